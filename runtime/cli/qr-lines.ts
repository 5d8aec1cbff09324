/** A QR code in a terminal: two modules to a character, by half blocks. Pure. */

/** By whether the upper and the lower module are light. Terminals are dark, a code's ground is light: light is drawn. */
const BLOCKS = { "11": " ", "01": "▀", "10": "▄", "00": "█" } as const;

/** @param rows of "1" (dark) and "0", quiet zone included.
 *  @param color whether to say white and black, so that it can be read on a light terminal too. */
export function qrLines(rows: readonly string[], color: boolean): string[] {
  const lines: string[] = [];
  for (let at = 0; at < rows.length; at += 2) {
    const [upper = "", lower = ""] = [rows[at], rows[at + 1]];
    const line = [...upper].map((module, x) => BLOCKS[`${module}${lower[x] ?? "1"}` as keyof typeof BLOCKS]).join("");
    lines.push(color ? `\x1b[97;40m${line}\x1b[0m` : line);
  }
  return lines;
}
