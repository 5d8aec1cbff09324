/** The words behind a command's name → typed options, or an error that says which word is wrong. Pure. */
import { parseArgs } from "node:util";
import { MindosError } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import { allOptions, type Command, type Option, type Options } from "./command.js";

export interface ParsedArguments {
  readonly options: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

/** @throws MindosError BAD_USAGE */
export function parseArguments(command: Command, words: readonly string[]): ParsedArguments {
  const known = allOptions(command);
  const { tokens } = parseArgs({
    args: [...words],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(Object.entries(known).map(([name, option]) => [name, parserOption(option)])),
  });
  const options: Record<string, unknown> = {};
  const positionals: string[] = [];
  for (const [name, option] of Object.entries(known)) options[name] = defaultOf(option);
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, known, command);
    options[token.name] = givenValue(option, token.rawName, token.value, token.inlineValue === true);
  }
  // Help is given even where something else is missing.
  if (options["help"] !== true) checkPositionals(command, positionals);
  return { options, positionals };
}

function parserOption(option: Option): { type: "boolean" | "string"; short?: string } {
  const type = option.type === "flag" ? "boolean" : "string";
  return option.short === undefined ? { type } : { type, short: option.short };
}

function defaultOf(option: Option): unknown {
  if (option.type === "flag") return false;
  return option.type === "list" ? undefined : option.default;
}

function givenValue(option: Option, name: string, value: string | undefined, inline: boolean): unknown {
  if (option.type === "flag") {
    if (value !== undefined) throw usage(`${name} takes no value`);
    return true;
  }
  // `--data --json` is a forgotten value, `--from -3` a wrong one, and `--data=-x` is meant.
  const forgotten = value === undefined || value === "" || (!inline && /^-[^\d]/.test(value));
  if (forgotten) throw usage(`${name} needs a value: ${name} ${option.value}`);
  switch (option.type) {
    case "number":
      return numberOf(option, name, value);
    case "choice":
      return choiceOf(option.choices, name, value);
    case "list":
      return value.split(",").map((item) => item.trim());
    case "text":
      return value;
  }
}

function numberOf(option: Option & { type: "number" }, name: string, value: string): number {
  const number = /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  const fits = number >= option.min && number <= option.max && (option.whole !== true || Number.isInteger(number));
  if (fits) return number;
  const kind = option.whole === true ? "whole number" : "number";
  throw usage(`${name} takes a ${kind} from ${option.min} to ${option.max}, not "${value}"`);
}

function choiceOf(choices: readonly string[], name: string, value: string): string {
  if (choices.includes(value)) return value;
  throw usage(`${name} takes one of ${choices.join(", ")}, not "${value}"${didYouMean(nearest(value, choices))}`);
}

function checkPositionals(command: Command, given: readonly string[]): void {
  const missing = command.positionals[given.length];
  if (missing?.required === true) throw usage(`mindos ${command.name} needs ${missing.name}: ${missing.description}`);
  const takesRest = command.positionals.some((positional) => positional.rest === true);
  if (given.length > command.positionals.length && !takesRest)
    throw usage(`mindos ${command.name} does not take "${given[command.positionals.length]}"`);
}

function unknownOption(rawName: string, known: Options, command: Command): MindosError {
  const near = rawName.startsWith("--") ? nearest(rawName.slice(2), Object.keys(known)) : undefined;
  return usage(
    `mindos ${command.name} has no option "${rawName}"${didYouMean(near === undefined ? undefined : `--${near}`)}`,
  );
}

export function didYouMean(word: string | undefined): string {
  return word === undefined ? "" : `; did you mean "${word}"?`;
}

function usage(message: string): MindosError {
  return new MindosError("BAD_USAGE", message);
}
