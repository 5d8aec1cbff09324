/**
 * One table of settings → one frozen Config. Pure: the caller reads the file.
 * What wins: a value from the command line, else the file's, else the profile's default.
 */
import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { MindosError, messageOf } from "../core/errors.js";
import { isLoopback } from "./address.js";
import { linesOfSettings } from "./lines.js";
import { type Problem, problemsError, unknownSettings, valueProblem } from "./problems.js";
import { type Fields, PROFILES, type Profile, type Setting, type ValuesOf } from "./setting.js";
import { SETTINGS } from "./settings.js";

export const CONFIG_BYTES_MAX = 256 * 1024;
/** A setting is at most three deep; more is a mistake or an attack on the parser's stack. */
const NESTING_MAX = 8;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

export type Config = ValuesOf<typeof SETTINGS>;

/** Settings as they would be written in a file: what the command line gives. */
export type ConfigInput = { readonly [name: string]: unknown };
type Table = Record<string, unknown>;

/** @throws MindosError CONFIG_INVALID | OWNER_NEEDED | BAD_USAGE (a value of `overrides` is wrong) */
export function parseConfig(text: string, fileName: string, overrides: ConfigInput = {}): Config {
  const file = parseToml(text, fileName);
  const input = merged(file, overrides);
  const problems = unknownSettings(input, SETTINGS);
  const result = v.safeParse(schemaOf(), withDefaults(input));
  if (!result.success) problems.push(...result.issues.map((issue) => valueProblem(issue, SETTINGS)));
  const config = result.output as Config;
  if (problems.length === 0) problems.push(...contradictions(config));
  if (problems.length === 0) return deepFreeze(config);
  throw problemsError(problems, { fileName, lines: linesOfSettings(text), overrides });
}

/** Checks size and encoding first. @throws MindosError as `parseConfig` */
export function parseConfigBytes(bytes: Uint8Array, fileName: string, overrides: ConfigInput = {}): Config {
  if (bytes.length > CONFIG_BYTES_MAX) throw tooLarge(fileName);
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch (cause) {
    throw new MindosError("CONFIG_INVALID", `${fileName} is not UTF-8 text`, { cause });
  }
  return parseConfig(text, fileName, overrides);
}

/** @throws MindosError BAD_USAGE | OWNER_NEEDED */
export function defaultConfig(overrides: ConfigInput = {}): Config {
  return parseConfig("", "the defaults", overrides);
}

/** Whether the file must be kept from other users. */
export function holdsSecret(config: Config): boolean {
  return config.sensors.some((sensor) => sensor.key !== undefined);
}

function parseToml(text: string, fileName: string): Table {
  if (text.length > CONFIG_BYTES_MAX) throw tooLarge(fileName);
  try {
    return parse(text, { maxDepth: NESTING_MAX, unsafeKeyBehaviour: "throw" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw new MindosError("CONFIG_INVALID", `${fileName}: ${messageOf(error)}`);
    // Only the first line: the rest quotes the file, and a key may stand there.
    const reason = error.message.split("\n", 1)[0]?.replace("Invalid TOML document: ", "");
    throw new MindosError("CONFIG_INVALID", `${fileName}:${error.line}:${error.column}: ${reason}`);
  }
}

function tooLarge(fileName: string): MindosError {
  return new MindosError("CONFIG_INVALID", `${fileName} is larger than ${CONFIG_BYTES_MAX / 1024} KiB`);
}

/** Plain objects only: TOML's dates are objects too. */
function isTable(value: unknown): value is Table {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

function merged(file: Table, overrides: ConfigInput): Table {
  const out: Table = { ...file };
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue;
    const inner = out[name];
    out[name] = isTable(value) && (inner === undefined || isTable(inner)) ? merged(inner ?? {}, value) : value;
  }
  return out;
}

function withDefaults(input: Table): Table {
  const profile = PROFILES.find((name) => name === input["profile"]) ?? "standard";
  const out: Table = {};
  for (const [name, entry] of Object.entries(SETTINGS)) {
    const given = input[name];
    if (entry.kind === "setting") out[name] = given === undefined ? entry.defaults[profile] : given;
    else if (entry.kind === "entries") out[name] = given ?? [];
    else if (given === undefined || isTable(given)) out[name] = fieldDefaults(entry.fields, given, profile);
    else out[name] = null; // A date is an object too; null is refused as "must be a section".
  }
  return out;
}

function fieldDefaults(fields: Fields, given: Table | undefined, profile: Profile): Table {
  const out: Table = {};
  for (const [name, field] of Object.entries(fields)) out[name] = given?.[name] ?? field.defaults[profile];
  return out;
}

let schema: v.GenericSchema<unknown, unknown> | undefined;

/** Built at its first use: a command that needs no settings does not pay for it. */
function schemaOf(): v.GenericSchema<unknown, unknown> {
  if (schema !== undefined) return schema;
  const shape: Record<string, v.GenericSchema<unknown, unknown>> = {};
  for (const [name, entry] of Object.entries(SETTINGS)) {
    if (entry.kind === "setting") shape[name] = entry.schema;
    else if (entry.kind === "section") shape[name] = fieldsSchema(entry.fields);
    else shape[name] = v.pipe(v.array(fieldsSchema(entry.fields)), v.maxLength(entry.entriesMax));
  }
  schema = v.object(shape);
  return schema;
}

function fieldsSchema(fields: Fields): v.GenericSchema<unknown, unknown> {
  return v.object(
    Object.fromEntries(Object.entries(fields).map(([name, field]: [string, Setting<unknown>]) => [name, field.schema])),
  );
}

/** What each value allows by itself, but not together. */
function contradictions(config: Config): Problem[] {
  const problems: Problem[] = [];
  if (!isLoopback(config.host))
    problems.push({ path: ["host"], code: "OWNER_NEEDED", says: `"${config.host}" is not this machine's loopback` });
  const ports = new Map<number, string>();
  for (const name of ["mqttPort", "linkPort", "httpPort"] as const) {
    const same = ports.get(config[name]);
    if (same !== undefined) problems.push({ path: [name], says: `is ${config[name]}, the same as ${same}` });
    else if (config[name] !== 0) ports.set(config[name], name);
  }
  const seen = new Set<string>();
  for (const [at, { address }] of config.sensors.entries()) {
    if (seen.has(address)) problems.push({ path: ["sensors", at, "address"], says: `${address} is named twice` });
    seen.add(address);
  }
  if (config.replay.source === "")
    problems.push({ path: ["replay", "source"], says: 'must be "off", "motes" or the path of a recording' });
  return problems;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
