/**
 * Text from elsewhere, safe to show on a terminal: what could move the cursor, change colours or set the title is shown
 * as a replacement character. Line ends and tabs stay.
 */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
export const plain = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');

/** In one line, for a cell or a status line. */
export const oneLine = (text: string): string => plain(text.replaceAll(/\s+/g, ' ').trim());
