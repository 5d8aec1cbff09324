/**
 * How wide a text is on a terminal, and cutting it to a width. Pure.
 * Sources: UAX #11 (East Asian Width), UAX #29 (grapheme clusters).
 */

/** Wide and fullwidth blocks, in order. Emoji are found by their Unicode property. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
];
/** Plain ASCII needs none of the work below. */
const ASCII = /^[\x20-\x7e]*$/;
let segmenter: Intl.Segmenter | undefined;

/** Terminals are driven by control characters; a name heard over the air must not drive ours. */
export function safeText(text: string): string {
  return ASCII.test(text)
    ? text
    : text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (c) => (c === "\u200d" ? c : "\ufffd"));
}

/** The same for texts of several lines. */
export function safeLines(text: string): string {
  return text.split("\n").map(safeText).join("\n");
}

export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const cluster of clusters(text)) width += clusterWidth(cluster);
  return width;
}

/** Cuts at a whole character; what was cut ends with "…". */
export function clipText(text: string, width: number): string {
  if (width <= 0) return "";
  if (textWidth(text) <= width) return text;
  let out = "";
  let used = 0;
  for (const cluster of clusters(text)) {
    const next = clusterWidth(cluster);
    if (used + next > width - 1) break;
    out += cluster;
    used += next;
  }
  return `${out}…`;
}

/** Exactly `width` columns. */
export function fitText(text: string, width: number, align: "left" | "right" = "left"): string {
  const clipped = clipText(text, width);
  const space = " ".repeat(Math.max(0, width - textWidth(clipped)));
  return align === "left" ? clipped + space : space + clipped;
}

/** Breaks at spaces; a word longer than the width is cut. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    const joined = line === "" ? word : `${line} ${word}`;
    if (textWidth(joined) <= width) line = joined;
    else {
      if (line !== "") lines.push(line);
      line = clipText(word, width);
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

function* clusters(text: string): Generator<string> {
  if (ASCII.test(text)) {
    yield* text;
    return;
  }
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (const { segment } of segmenter.segment(text)) yield segment;
}

function clusterWidth(cluster: string): number {
  const code = cluster.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (/^[\p{M}\p{Cf}]/u.test(cluster)) return 0;
  // U+FE0F asks for the coloured, wide form of a sign that is narrow as text.
  if (/\p{Emoji_Presentation}/u.test(cluster) || cluster.includes("\ufe0f")) return 2;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}
