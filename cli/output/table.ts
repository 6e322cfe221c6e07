import type { Row } from '../connection/received.ts';
import type { Kind } from './columns.ts';
import { styleOfState, type Paint } from './style.ts';
import { clipped, padded, widthOf } from './width.ts';

export interface TableOptions {
  readonly isWide: boolean;
  readonly hasHeader: boolean;
  /** Lines are no longer than this; Infinity for a file. */
  readonly columns: number;
  readonly paint: Paint;
}

const GAP = '   ';
/** A column is not made narrower than this: less could not be read. */
const NARROWEST = 8;

/** Aligned lines. What is too wide for the terminal is shortened, the widest column first. */
export function tableOf(
  kind: Kind,
  rows: readonly Row[],
  { isWide, hasHeader, columns, paint }: TableOptions,
): string[] {
  const shown = kind.columns.filter((column) => isWide || !column.isWide);
  const cells = rows.map((row) => shown.map(({ value }) => value(row) || '-'));
  const headers = shown.map(({ header }) => header);
  const widths = fitted(
    headers.map((header, index) =>
      Math.max(...[...cells.map((row) => row[index] ?? ''), hasHeader ? header : ''].map(widthOf)),
    ),
    columns,
  );
  const line = (texts: readonly string[], style: (text: string, index: number) => string): string => {
    const parts = texts.map((text, index) => {
      const width = widths[index] ?? 0;
      const cell = clipped(text, width);
      return style(index === texts.length - 1 ? cell : padded(cell, width), index);
    });
    return parts.join(GAP);
  };
  const body = cells.map((row) =>
    line(row, (text, index) => (shown[index]?.isState ? paint(styleOfState(text.trim()), text) : text)),
  );
  return hasHeader ? [line(headers, (text) => paint('bold', text)), ...body] : body;
}

function fitted(widths: readonly number[], columns: number): number[] {
  const fit = [...widths];
  const total = (): number => fit.reduce((sum, width) => sum + width, 0) + GAP.length * (fit.length - 1);
  for (let over = total() - columns; over > 0; over = total() - columns) {
    const widest = Math.max(...fit);
    if (widest <= NARROWEST) break;
    const index = fit.indexOf(widest);
    // Down to the next widest, so that no column pays for all.
    const next = Math.max(NARROWEST, ...fit.filter((width) => width < widest));
    fit[index] = Math.max(next, widest - over, NARROWEST);
    if (fit[index] === widest) fit[index] = widest - 1;
  }
  return fit;
}
