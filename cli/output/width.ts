// eslint-disable-next-line no-control-regex -- it looks for the escapes of styles
const STYLED = /\u001b\[\d+m/g;

/** Made when it is needed, which is seldom: it takes 17 ms. */
const graphemesOf = (text: string): string[] => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);

/** Columns that a text takes on a terminal; styles take none, and letters of East Asia and pictures take two. */
export const widthOf = (text: string): number => {
  const bare = text.replaceAll(STYLED, '');
  return ASCII.test(bare) ? bare.length : graphemesOf(bare).reduce((sum, grapheme) => sum + cells(grapheme), 0);
};

const ASCII = /^[ -~]*$/;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}/u;

const cells = (grapheme: string): number => (WIDE.test(grapheme) ? 2 : 1);

/** At most `width` columns of an unstyled text, its end told by `…`. */
export function clipped(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (ASCII.test(text)) return width < 1 ? '' : `${text.slice(0, width - 1)}…`;
  let kept = '';
  let used = 0;
  for (const grapheme of graphemesOf(text)) {
    used += cells(grapheme);
    if (used > width - 1) break;
    kept += grapheme;
  }
  return width < 1 ? '' : `${kept}…`;
}

export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** As `clipped`, of a text that has styles: they are kept, and ended where the text is cut. */
export function styledClip(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const parts = text.split(/(\u001b\[\d+m)/); // eslint-disable-line no-control-regex -- the escapes of styles
  let left = width;
  let kept = '';
  for (const part of parts) {
    if (part.startsWith('\u001b')) {
      kept += part;
      continue;
    }
    kept += clipped(part, left);
    left -= widthOf(part);
    if (left <= 0) break;
  }
  return `${kept}\u001b[0m`;
}
