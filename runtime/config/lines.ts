/**
 * On which line of a TOML text a setting is written. Pure.
 * Not a parser: it runs only on texts that smol-toml has accepted, to give an error its line. What it cannot place
 * (keys inside inline tables) gets the line of the setting around it.
 */
export type SettingPath = readonly (string | number)[];

/** "sensors.0.key" → line, from 1. */
export type LineMap = ReadonlyMap<string, number>;

interface Token {
  readonly text: string;
  readonly line: number;
}

/** Statement by statement; strings and brackets may hide a line's end. */
export function linesOfSettings(toml: string): LineMap {
  const lines = new Map<string, number>();
  const tables = new Map<string, number>();
  let prefix: string[] = [];
  for (const { text, line } of statements(toml)) {
    const header = /^(\[\[?)([\s\S]*?)\]/.exec(text);
    if (header) {
      prefix = resolve(keyParts(header[2] ?? ""), tables, header[1] === "[[");
      remember(lines, prefix, line);
    } else remember(lines, [...prefix, ...keyParts(text)], line);
  }
  return lines;
}

/** The line of the setting, or of what is around it. */
export function lineOf(lines: LineMap, path: SettingPath): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(path.slice(0, length).join("."));
    if (line !== undefined) return line;
  }
  return undefined;
}

function remember(lines: Map<string, number>, path: readonly string[], line: number): void {
  for (let length = 1; length <= path.length; length++) {
    const key = path.slice(0, length).join(".");
    if (!lines.has(key)) lines.set(key, line);
  }
}

/** Puts the index of the current entry behind the name of each array of tables on the way. */
function resolve(parts: readonly string[], tables: Map<string, number>, isEntry: boolean): string[] {
  const path: string[] = [];
  for (const [at, part] of parts.entries()) {
    path.push(part);
    const key = path.join(".");
    if (isEntry && at === parts.length - 1) tables.set(key, (tables.get(key) ?? -1) + 1);
    const index = tables.get(key);
    if (index !== undefined) path.push(String(index));
  }
  return path;
}

/** The key at the beginning of a statement: bare, quoted or dotted. */
function keyParts(statement: string): string[] {
  const parts: string[] = [];
  const part = /\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([\w-]+))\s*(\.?)/y;
  for (let match = part.exec(statement); match; match = part.exec(statement)) {
    parts.push(match[1] ?? match[2] ?? match[3] ?? "");
    if (match[4] !== ".") break;
  }
  return parts;
}

function* statements(toml: string): Generator<Token> {
  const piece =
    /"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?|#[^\n]*|\n|[[\]{}]|[^"'#\n[\]{}]+/g;
  let text = "";
  let line = 1;
  let startLine = 1;
  let depth = 0;
  for (const [token] of toml.matchAll(piece)) {
    if (token === "\n" && depth <= 0) {
      if (text.trim() !== "") yield { text: text.trim(), line: startLine };
      text = "";
      depth = 0;
    } else if (!token.startsWith("#")) {
      if (text.trim() === "") startLine = line;
      if (token === "[" || token === "{") depth++;
      if (token === "]" || token === "}") depth--;
      text += token;
    }
    line += token.split("\n").length - 1;
  }
  if (text.trim() !== "") yield { text: text.trim(), line: startLine };
}
