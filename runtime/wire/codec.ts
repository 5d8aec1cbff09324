/**
 * Small codecs that messages are put together from: one leaf per kind of value, lists, and records with integer keys.
 * Pure. Reading never throws: a problem is noted on the reader and `undefined` returned. Writing throws: a value of
 * our own that does not fit is a local mistake. Both sides go through the same schema, so what is written can be read.
 */
import * as v from "valibot";
import { MindosError, messageOf } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import { type CborKey, type CborValue, compareKeys } from "./cbor.js";
import { cborBytes, headBytes, numberBytes } from "./cbor-size.js";
import type { FrameProblem, ProblemCode } from "./problems.js";

/** Well-formed, but from a newer peer: a list leaves the item out, a record leaves the optional field out. */
export const SKIP: unique symbol = Symbol("skip");

export interface Codec<T> {
  read(wire: CborValue, reader: Reader): T | typeof SKIP | undefined;
  /** @param writer to be passed on to the codecs inside; absent for what is not written to a link.
   *  @throws MindosError BAD_INPUT */
  write(value: T, writer?: Writer): CborValue;
  /** How many bytes what `write` gives takes, without a word on whether it may be sent: a simulation asks for every frame. Absent: written
   *  and measured (`sizeOf`). */
  size?(value: T, writer?: Writer): number;
}

export function sizeOf<T>(codec: Codec<T>, value: T, writer: Writer | undefined): number {
  return codec.size === undefined ? cborBytes(codec.write(value, writer)) : codec.size(value, writer);
}

/** The sending end of the link that a frame is written to. */
export interface Writer {
  /** What stands for a hub on this link: its alias, or `[alias, hub id]`, which binds it. */
  refer(hub: HubId): CborValue;
}

/** The receiving end. */
export interface References {
  /** @returns undefined for an alias that stands for nobody. */
  hubOf(alias: number): HubId | undefined;
  bind(alias: number, hub: HubId): void;
}

/** The state of reading one frame. */
export class Reader {
  /** @param references absent for what may come from any link: nothing in it is an alias. */
  constructor(readonly references?: References) {}

  problem: ProblemCode | undefined;
  /** Unknown even keys and unknown registered numbers that were left out. */
  ignored = 0;
  #path = "";
  #expected = "";

  /** @param expected names and numbers of ours, never text from the remote */
  fail(problem: ProblemCode, expected = ""): undefined {
    this.problem = problem;
    this.#expected = expected;
  }

  /** Called on the way out, innermost name first. */
  within(name: string): undefined {
    this.#path = this.#path === "" ? name : `${name}.${this.#path}`;
  }

  toProblem(): FrameProblem {
    const detail = this.#expected === "" ? this.#path : `${this.#path}: ${this.#expected}`;
    return { problem: this.problem ?? "BAD_FIELD", detail };
  }
}

export interface LeafOptions<W, T> {
  /** "1–64 bytes of text": for the problem's detail. */
  readonly expected: string;
  /** Judges the value on the wire, in both directions. */
  readonly schema: v.GenericSchema<unknown, W>;
  readonly fromWire: (wire: W) => T | typeof SKIP;
  readonly toWire: (value: T) => CborValue;
  /** When it is known without `toWire`. */
  readonly size?: (value: T) => number;
}

export function leaf<W, T>({ expected, schema, fromWire, toWire, size }: LeafOptions<W, T>): Codec<T> {
  return {
    size: size ?? ((value) => cborBytes(toWire(value))),
    read(wire, reader) {
      if (!v.is(schema, wire)) return reader.fail("BAD_FIELD", `expected ${expected}`);
      const value = fromWire(wire as W);
      if (value === SKIP) reader.ignored += 1;
      return value;
    },
    write(value) {
      const wire = toWire(value);
      if (!v.is(schema, wire)) throw new Misfit("", `expected ${expected}`);
      return wire;
    },
  };
}

export function list<T>(item: Codec<T>, itemsMax: number, itemsMin = 0): Codec<readonly T[]> {
  const expected = `a list of ${itemsMin} … ${itemsMax}`;
  const fits = (length: number): boolean => length >= itemsMin && length <= itemsMax;
  return {
    read(wire, reader) {
      if (!Array.isArray(wire) || !fits(wire.length)) return reader.fail("BAD_FIELD", `expected ${expected}`);
      const values: T[] = [];
      for (const [index, element] of wire.entries()) {
        const value = item.read(element as CborValue, reader);
        if (value === undefined) return reader.within(String(index));
        if (value !== SKIP) values.push(value);
      }
      return values;
    },
    size(values, writer) {
      let bytes = headBytes(values.length);
      for (const value of values) bytes += sizeOf(item, value, writer);
      return bytes;
    },
    write(values, writer) {
      if (!fits(values.length)) throw new Misfit("", `expected ${expected}, got ${values.length}`);
      return values.map((value, index) => {
        try {
          return item.write(value, writer);
        } catch (error) {
          throw misfitWithin(String(index), error);
        }
      });
    },
  };
}

interface FieldBase<T> {
  /** 0–23 core, 24–255 registered, −1 … −256 private. Odd: who does not know it refuses; even: leaves it out. */
  readonly key: number;
  readonly codec: Codec<T>;
}
export interface RequiredField<T> extends FieldBase<T> {
  readonly optional?: false;
  /** A field that is not sent when it has this value, and has this value when it was not sent. */
  readonly whenAbsent?: { readonly value: T; is(value: T): boolean };
}
export interface OptionalField<T> extends FieldBase<T> {
  readonly optional: true;
}
/** One entry per property, so that a property added to the type cannot be forgotten here. */
export type FieldsOf<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? OptionalField<Exclude<T[K], undefined>> : RequiredField<T[K]>;
};

/** For documentation and tests. */
export interface FieldInfo {
  readonly key: number;
  readonly name: string;
  readonly required: boolean;
}

export interface RecordCodec<T> extends Codec<T> {
  readonly fields: readonly FieldInfo[];
  write(value: T, writer?: Writer): ReadonlyMap<CborKey, CborValue>;
  size(value: T, writer?: Writer): number;
}

type AnyField = FieldBase<unknown> & Pick<RequiredField<unknown>, "whenAbsent"> & { readonly optional?: boolean };

const KEY_MIN = -256;
const KEY_MAX = 255;

/** A map with integer keys. */
export function record<T extends object>(fields: FieldsOf<T>): RecordCodec<T> {
  const entries = (Object.entries(fields) as [string, AnyField][]).map(([name, field]) => ({ name, ...field }));
  // Written in the order of the encoded keys, so that nothing needs sorting later.
  entries.sort((a, b) => compareKeys(a.key, b.key));
  const known = new Set(entries.map((entry) => entry.key));
  if (known.size !== entries.length) throw new TypeError("two fields have one key");
  return {
    fields: entries.map(({ key, name, optional, whenAbsent }) => ({
      key,
      name,
      required: optional !== true && whenAbsent === undefined,
    })),
    read: (wire, reader) => readRecord(entries, known, wire, reader) as T | undefined,
    write: (value, writer) => writeRecord(entries, value as Readonly<Record<string, unknown>>, writer),
    size: (value, writer) => recordSize(entries, value as Readonly<Record<string, unknown>>, writer),
  };
}

type Entries = readonly (AnyField & { readonly name: string })[];

function readRecord(entries: Entries, known: ReadonlySet<number>, wire: CborValue, reader: Reader): object | undefined {
  if (!(wire instanceof Map)) return reader.fail("BAD_FIELD", "expected a map");
  const record: Record<string, unknown> = {};
  let found = 0;
  for (const { key, name, codec, optional, whenAbsent } of entries) {
    const element = wire.get(key) as CborValue | undefined;
    if (element === undefined) {
      if (whenAbsent !== undefined) record[name] = whenAbsent.value;
      else if (optional !== true) {
        reader.fail("MISSING_FIELD");
        return reader.within(name);
      }
      continue;
    }
    found += 1;
    const value = codec.read(element, reader);
    if (value === undefined) return reader.within(name);
    if (value === SKIP) {
      if (optional === true) continue;
      reader.fail("BAD_FIELD", "unknown number");
      return reader.within(name);
    }
    if (whenAbsent?.is(value)) {
      reader.fail("NOT_CANONICAL", "a default is left out");
      return reader.within(name);
    }
    record[name] = value;
  }
  return found === wire.size || readUnknown(known, wire, reader) ? record : undefined;
}

/** @returns false when there is a key that must be understood. */
function readUnknown(known: ReadonlySet<number>, wire: ReadonlyMap<unknown, unknown>, reader: Reader): boolean {
  for (const key of wire.keys()) {
    if (typeof key !== "number" || key < KEY_MIN || key > KEY_MAX) {
      reader.fail("BAD_FIELD", `expected keys ${KEY_MIN} … ${KEY_MAX}`);
      return false;
    }
    if (known.has(key)) continue;
    if (key % 2 !== 0) {
      reader.fail("UNKNOWN_KEY", `key ${key}`);
      return false;
    }
    reader.ignored += 1;
  }
  return true;
}

function writeRecord(
  entries: Entries,
  value: Readonly<Record<string, unknown>>,
  writer: Writer | undefined,
): Map<CborKey, CborValue> {
  const map = new Map<CborKey, CborValue>();
  for (const { key, name, codec, optional, whenAbsent } of entries) {
    const element = value[name];
    if (element === undefined) {
      if (optional === true) continue;
      throw new Misfit(name, "missing");
    }
    if (whenAbsent?.is(element)) continue;
    try {
      map.set(key, codec.write(element, writer));
    } catch (error) {
      throw misfitWithin(name, error);
    }
  }
  return map;
}

function recordSize(entries: Entries, value: Readonly<Record<string, unknown>>, writer: Writer | undefined): number {
  let bytes = 0;
  let items = 0;
  for (const { key, name, codec, whenAbsent } of entries) {
    const element = value[name];
    if (element === undefined || whenAbsent?.is(element)) continue;
    items += 1;
    bytes += numberBytes(key) + sizeOf(codec, element, writer);
  }
  return headBytes(items) + bytes;
}

/** A value of ours that does not fit, and where it is. */
class Misfit extends MindosError {
  constructor(
    readonly path: string,
    readonly reason: string,
    cause?: unknown,
  ) {
    super("BAD_INPUT", path === "" ? reason : `${path}: ${reason}`, { cause });
  }
}

function misfitWithin(name: string, error: unknown): Misfit {
  if (!(error instanceof Misfit)) return new Misfit(name, messageOf(error), error);
  return new Misfit(error.path === "" ? name : `${name}.${error.path}`, error.reason, error.cause);
}
