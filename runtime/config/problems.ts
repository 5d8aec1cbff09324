/** What is wrong with a file of settings, all of it at once, each with its line and what would be right. Pure. */
import type { BaseIssue } from "valibot";
import { type ErrorCode, MindosError } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import { type LineMap, lineOf, type SettingPath } from "./lines.js";
import type { Fields, Setting, SettingsTable } from "./setting.js";

/** A file of nonsense gives a screenful of problems, not a flood. */
const PROBLEMS_MAX = 20;
const SHOWN_LENGTH_MAX = 40;

export interface Problem {
  readonly path: SettingPath;
  /** CONFIG_INVALID unless told. */
  readonly code?: ErrorCode;
  readonly says: string;
}

export interface Origin {
  readonly fileName: string;
  readonly lines: LineMap;
  readonly overrides: { readonly [name: string]: unknown };
}

/** Keys that no setting has, with the nearest that one has. */
export function unknownSettings(input: { readonly [name: string]: unknown }, table: SettingsTable): Problem[] {
  const problems: Problem[] = [];
  for (const [name, value] of Object.entries(input)) {
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    if (entry === undefined) problems.push(unknown([name], Object.keys(table), sectionFields(table)));
    else if (entry.kind === "section") problems.push(...unknownFields(value, [name], entry.fields));
    else if (entry.kind === "entries" && Array.isArray(value))
      for (const [at, item] of value.slice(0, entry.entriesMax).entries())
        problems.push(...unknownFields(item, [name, at], entry.fields));
  }
  return problems;
}

function unknownFields(value: unknown, path: SettingPath, fields: Fields): Problem[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  const names = Object.keys(fields);
  return Object.keys(value)
    .filter((name) => !Object.hasOwn(fields, name))
    .map((name) => unknown([...path, name], names));
}

/** @param elsewhere fields of sections: somebody may have left out the section. */
function unknown(
  path: SettingPath,
  known: readonly string[],
  elsewhere: ReadonlyMap<string, string> = new Map(),
): Problem {
  const name = String(path.at(-1));
  const near = elsewhere.get(name) ?? nearest(name, known) ?? elsewhere.get(nearest(name, [...elsewhere.keys()]) ?? "");
  const advice = near === undefined ? `there are: ${known.join(", ")}` : `did you mean "${near}"?`;
  return { path, says: `is not a setting; ${advice}` };
}

/** "rssMaxMiB" → "inference.rssMaxMiB" */
function sectionFields(table: SettingsTable): Map<string, string> {
  const fields = new Map<string, string>();
  for (const [name, entry] of Object.entries(table))
    if (entry.kind === "section") for (const field of Object.keys(entry.fields)) fields.set(field, `${name}.${field}`);
  return fields;
}

export function valueProblem(issue: BaseIssue<unknown>, table: SettingsTable): Problem {
  const path: (string | number)[] = [];
  for (const { key } of issue.path ?? []) path.push(typeof key === "number" ? key : String(key));
  const entry = table[String(path[0])];
  if (entry === undefined) return { path, says: "is not valid" };
  if (entry.kind === "setting") return mismatch(path, entry, issue.input);
  const fieldName = entry.kind === "section" ? path[1] : path[2];
  if (fieldName === undefined) {
    const takes =
      entry.kind === "section" ? `a section, [${path[0]}]` : `entries, [[${path[0]}]], at most ${entry.entriesMax}`;
    return { path, says: `must be ${takes}` };
  }
  const field = entry.fields[String(fieldName)];
  return field === undefined ? { path, says: "is not valid" } : mismatch(path, field, issue.input);
}

function mismatch(path: SettingPath, setting: Setting<unknown>, input: unknown): Problem {
  const takes = article(typeof path.at(-1) === "number" ? (setting.itemTakes ?? setting.takes) : setting.takes);
  if (input === undefined) return { path, says: `is missing: it must be ${takes}` };
  return { path, says: `must be ${takes}${setting.secret ? "" : `, not ${shown(input)}`}` };
}

function article(takes: string): string {
  return takes.startsWith("text") || takes.startsWith("one of") || takes.startsWith("true") ? takes : `a ${takes}`;
}

/** Short, and never a control character: the text may come from anybody's file. */
function shown(input: unknown): string {
  if (Array.isArray(input)) return `a list of ${input.length}`;
  if (Object.prototype.toString.call(input) === "[object Date]") return "a date";
  if (typeof input === "object" && input !== null) return "a section";
  const text = (JSON.stringify(input) ?? String(input)).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  return text.length <= SHOWN_LENGTH_MAX ? text : `${text.slice(0, SHOWN_LENGTH_MAX)}…`;
}

/** One error for all problems: its message has one line for each. */
export function problemsError(problems: readonly Problem[], origin: Origin): MindosError {
  const line = ({ path }: Problem): number => (isOverride(path, origin) ? 0 : (lineOf(origin.lines, path) ?? 0));
  const ordered = [...problems].sort((a, b) => line(a) - line(b));
  const lines = ordered.slice(0, PROBLEMS_MAX).map((problem) => sentence(problem, origin));
  if (problems.length > PROBLEMS_MAX) lines.push(`… and ${problems.length - PROBLEMS_MAX} more`);
  return new MindosError(codeOf(problems, origin), lines.join("\n"));
}

function codeOf(problems: readonly Problem[], origin: Origin): ErrorCode {
  const special = problems[0]?.code;
  if (special !== undefined && problems.every(({ code }) => code === special)) return special;
  return problems.every(({ path }) => isOverride(path, origin)) ? "BAD_USAGE" : "CONFIG_INVALID";
}

function sentence(problem: Problem, origin: Origin): string {
  const name = JSON.stringify(problem.path.map(String).join("."))
    .slice(1, -1)
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
  const shortName = name.length <= 80 ? name : `${name.slice(0, 80)}…`;
  if (isOverride(problem.path, origin)) return `${shortName} ${problem.says}`;
  const line = lineOf(origin.lines, problem.path);
  return `${origin.fileName}${line === undefined ? "" : `:${line}`}: ${shortName} ${problem.says}`;
}

function isOverride(path: SettingPath, origin: Origin): boolean {
  let value: unknown = origin.overrides;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return value !== undefined;
    if (!Object.hasOwn(value, step)) return false;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value !== undefined;
}
