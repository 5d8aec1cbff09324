/** Aligned columns for people. Pure. */
import { fitText, safeText, textWidth } from "./text-width.js";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Gives up width first when the terminal is narrow; one column has it. */
  readonly flexible?: boolean;
}

const GAP = 2;
const FLEXIBLE_WIDTH_MIN = 8;

/** @param columnsMax width of the terminal; Infinity when the text goes to a file or a pipe. */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  columnsMax: number,
): string[] {
  const cells = rows.map((row) => columns.map((_, at) => safeText(row[at] ?? "")));
  const widths = columns.map(({ title }, at) =>
    Math.max(textWidth(title), ...cells.map((row) => textWidth(row[at] ?? ""))),
  );
  const total = widths.reduce((sum, width) => sum + width + GAP, -GAP);
  const flexibleAt = columns.findIndex(({ flexible }) => flexible === true);
  if (total > columnsMax && flexibleAt >= 0)
    widths[flexibleAt] = Math.max(FLEXIBLE_WIDTH_MIN, (widths[flexibleAt] ?? 0) - (total - columnsMax));
  const render = (row: readonly string[]): string =>
    row
      .map((cell, at) => fitText(cell, widths[at] ?? 0, columns[at]?.align))
      .join(" ".repeat(GAP))
      .trimEnd();
  return [render(columns.map(({ title }) => title)), ...cells.map(render)];
}
