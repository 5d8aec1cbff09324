/** Lines of styled text, and cutting them to the width of a terminal. Pure. */
import { paint, type Style } from "../style.js";
import { clipText, fitText, safeText, textWidth } from "../text-width.js";

export interface Span {
  readonly text: string;
  readonly style: Style;
}
export type Line = readonly Span[];

/** Text from anywhere: control characters are taken out here, so that no caller can forget. */
export function span(text: string, style: Style = "plain"): Span {
  return { text: safeText(text), style };
}

export function line(text: string, style: Style = "plain"): Line {
  return [span(text, style)];
}

export function lineWidth(spans: Line): number {
  return spans.reduce((sum, { text }) => sum + textWidth(text), 0);
}

/** One string of at most `width` columns, with colours or without. */
export function renderLine(spans: Line, width: number, color: boolean): string {
  let left = width;
  let out = "";
  for (const { text, style } of spans) {
    if (left <= 0) break;
    const shown = clipText(text, left);
    out += paint(shown, style, color);
    left -= textWidth(shown);
  }
  return out;
}

export interface GridColumn {
  readonly title: string;
  readonly width: number;
  readonly align?: "left" | "right";
  /** Takes what is left of the line. */
  readonly grows?: boolean;
  /** The least width of the terminal at which it is shown. */
  readonly from?: number;
}
export type Cell = Span | string;

function visible(columns: readonly GridColumn[], width: number): { column: GridColumn; at: number }[] {
  return columns.map((column, at) => ({ column, at })).filter(({ column }) => (column.from ?? 0) <= width);
}

/** The width of each column that grows. */
export function grownWidth(columns: readonly GridColumn[], width: number): number {
  const shown = visible(columns, width);
  const fixed = shown.reduce((sum, { column }) => sum + (column.grows === true ? 0 : column.width) + 1, -1);
  const growing = shown.filter(({ column }) => column.grows === true).length;
  return growing === 0 ? 0 : Math.max(6, Math.floor((width - fixed) / growing));
}

/** A header and rows of aligned cells that fill `width`. */
export function grid(columns: readonly GridColumn[], rows: readonly (readonly Cell[])[], width: number): Line[] {
  const shown = visible(columns, width);
  const share = grownWidth(columns, width);
  const widthOf = (column: GridColumn): number => (column.grows === true ? share : column.width);
  const row = (cells: readonly Cell[], style: Style): Line =>
    shown.flatMap(({ column, at }, position) => {
      const cell = cells[at] ?? "";
      const { text, style: own } = typeof cell === "string" ? span(cell, style) : cell;
      const fitted = fitText(text, widthOf(column), column.align);
      return position === 0 ? [span(fitted, own)] : [span(" "), span(fitted, own)];
    });
  return [
    row(
      columns.map(({ title }) => title),
      "faint",
    ),
    ...rows.map((cells) => row(cells, "plain")),
  ];
}

/** Puts items side by side, and on the next line when the line is full. */
export function flow(items: readonly Line[], width: number, gap = 3): Line[] {
  const lines: Span[][] = [];
  let used = 0;
  for (const item of items) {
    const wide = lineWidth(item);
    const last = lines.at(-1);
    if (last === undefined || used + gap + wide > width) {
      lines.push([...item]);
      used = wide;
    } else {
      last.push(span(" ".repeat(gap)), ...item);
      used += gap + wide;
    }
  }
  return lines;
}
