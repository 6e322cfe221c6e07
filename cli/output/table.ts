import type { Row } from '../connection/received.ts';
import type { Column, Kind } from './columns.ts';
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

/** Aligned lines. On a narrow terminal columns that say least give way first, then the widest ones. */
export function tableOf(kind: Kind, rows: readonly Row[], options: TableOptions): string[] {
  const asked = kind.columns.filter((column) => options.isWide || !column.isWide);
  const columns = fitted(
    asked.map((column) => {
      const cells = rows.map((row) => column.value(row) || '-');
      const width = Math.max(...[...cells, options.hasHeader ? column.header : ''].map(widthOf));
      return { column, cells, width };
    }),
    options.columns,
  );
  const { paint } = options;
  const line = (texts: readonly string[], style: (text: string, column: Column) => string): string => {
    const parts = columns.map(({ column, width }, index) => {
      const cell = clipped(texts[index] ?? '', width);
      return style(index === columns.length - 1 ? cell : padded(cell, width), column);
    });
    return parts.join(GAP);
  };
  const state = (text: string, { isState }: Column): string =>
    isState ? paint(styleOfState(text.trim()), text) : text;
  const body = rows.map((_, row) =>
    line(
      columns.map(({ cells }) => cells[row] ?? ''),
      state,
    ),
  );
  const headers = columns.map(({ column }) => column.header);
  return options.hasHeader ? [line(headers, (text) => paint('bold', text)), ...body] : body;
}

interface Measured {
  readonly column: Column;
  readonly cells: readonly string[];
  readonly width: number;
}

function fitted(columns: readonly Measured[], limit: number): readonly Measured[] {
  const over = overhang(columns, limit);
  if (over <= 0) return columns;
  const extra = columns.findLast(({ column }) => column.isExtra);
  if (extra === undefined) return narrowed(columns, limit);
  const width = Math.max(NARROWEST, extra.width - over);
  const others = columns.filter((column) => column !== extra);
  const shortened = columns.map((column) => (column === extra ? { ...extra, width } : column));
  return overhang(shortened, limit) <= 0 ? shortened : fitted(others, limit);
}

const overhang = (columns: readonly Measured[], limit: number): number =>
  columns.reduce((sum, { width }) => sum + width, 0) + GAP.length * (columns.length - 1) - limit;

/** The widest ones become as wide as the next widest, so that none pays for all. */
function narrowed(columns: readonly Measured[], limit: number): readonly Measured[] {
  const widths = columns.map(({ width }) => width);
  for (let over = overhang(columns, limit); over > 0; over -= 1) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
  }
  return columns.map((column, index) => ({ ...column, width: widths[index] ?? column.width }));
}
