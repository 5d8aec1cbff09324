/** Colours by meaning, as ANSI SGR sequences (ECMA-48 §8.3.117). Pure. */
export type Style = "plain" | "strong" | "faint" | "good" | "warning" | "bad" | "accent" | "selected";

const CODES: Readonly<Record<Style, string>> = {
  plain: "",
  strong: "1",
  faint: "2",
  good: "32",
  warning: "33",
  bad: "31;1",
  accent: "36",
  selected: "7",
};

export function paint(text: string, style: Style, color: boolean): string {
  return color && CODES[style] !== "" ? `\x1b[${CODES[style]}m${text}\x1b[0m` : text;
}
