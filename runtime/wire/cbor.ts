/**
 * CBOR values ↔ bytes in the profile of PROTOCOL.md §2, by cbor-x. Pure.
 *
 * cbor-x alone is not deterministic; `prepare` takes care of what it would get wrong:
 * - integers beyond 32 bits become float64 unless they are BigInt;
 * - map keys keep the order of insertion; objects may become records, byte strings may get tags;
 * - a lone surrogate becomes bytes that are not UTF-8;
 * - NaN and infinities are written.
 * The subpath without Node's native string extractor is taken on purpose: the same code on every board, and no native
 * code on bytes from outside.
 */
import { Encoder } from "cbor-x/encode";
import { MindosError } from "../core/errors.js";
import { type CborLimits, checkCbor } from "./cbor-limits.js";
import type { FrameProblem } from "./problems.js";
import { isWellFormed, utf8Length } from "./text.js";

export type CborKey = number | string;
export type CborValue = number | string | boolean | null | Uint8Array | readonly CborValue[] | CborMap;
export interface CborMap extends ReadonlyMap<CborKey, CborValue> {}

const options = {
  useRecords: false,
  mapsAsObjects: false,
  variableMapSize: true,
  tagUint8Array: false,
  int64AsNumber: true,
  copyBuffers: true,
};
const cborX = new Encoder(options);

/** A local value nested deeper is a mistake (or a cycle). */
const DEPTH_MAX = 16;

/** @returns bytes of their own, the only encoding of `value`. −0 is written as 0.
 *  @throws MindosError BAD_INPUT for what the profile cannot hold. */
export function encodeCbor(value: CborValue): Uint8Array {
  // A copy: cbor-x returns a view of a pool that it goes on filling.
  return new Uint8Array(cborX.encode(prepare(value, 1)));
}

/** @returns the value, or what is wrong with the bytes. */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits): { readonly value: CborValue } | FrameProblem {
  const problem = checkCbor(bytes, limits);
  if (problem !== undefined) return problem;
  // A view of our own: cbor-x hangs a property on the object that it is given.
  const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  try {
    return { value: cborX.decode(view) as CborValue };
  } catch {
    return { problem: "UNREADABLE", detail: "the decoder refused what the scanner accepted" };
  }
}

function prepare(value: CborValue, depth: number): unknown {
  switch (typeof value) {
    case "number":
      return prepareNumber(value);
    case "string":
      if (!isWellFormed(value)) throw new MindosError("BAD_INPUT", "a text has a lone surrogate");
      if (value.charCodeAt(0) === 0xfeff) throw new MindosError("BAD_INPUT", "a text begins with a byte order mark");
      return value;
    case "boolean":
      return value;
  }
  if (value === null) return value;
  // Buffer and the like would be written as they are, but are told apart by their constructor.
  if (value instanceof Uint8Array) return value;
  if (depth > DEPTH_MAX) throw new MindosError("BAD_INPUT", `a value is nested deeper than ${DEPTH_MAX}`);
  if (Array.isArray(value)) return value.map((item: CborValue) => prepare(item, depth + 1));
  if (value instanceof Map) return prepareMap(value as CborMap, depth);
  throw new MindosError("BAD_INPUT", `a value of type ${typeof value} has no CBOR form here`);
}

function prepareNumber(value: number): number | bigint {
  if (!Number.isFinite(value)) throw new MindosError("BAD_INPUT", "NaN and infinity do not travel");
  const large = value > 0xffff_ffff || value < -0x1_0000_0000;
  return large && Number.isSafeInteger(value) ? BigInt(value) : value;
}

function prepareMap(map: CborMap, depth: number): Map<unknown, unknown> {
  const entries = isSorted(map) ? map : [...map].sort(([a], [b]) => compareKeys(a, b));
  const prepared = new Map<unknown, unknown>();
  for (const [key, value] of entries) prepared.set(prepare(key, depth), prepare(value, depth + 1));
  return prepared;
}

function isSorted(map: CborMap): boolean {
  let sorted = true;
  let previous: CborKey | undefined;
  for (const key of map.keys()) {
    if (typeof key === "number" ? !Number.isSafeInteger(key) : typeof key !== "string") {
      throw new MindosError("BAD_INPUT", "a map key is neither an integer nor a text");
    }
    if (previous !== undefined && compareKeys(previous, key) > 0) sorted = false;
    previous = key;
  }
  return sorted;
}

/** The order of the encoded bytes (RFC 8949 §4.2.1): 0, 1, …, −1, −2, …, then texts, shorter first. */
export function compareKeys(a: CborKey, b: CborKey): number {
  if (typeof a === "number") {
    if (typeof b !== "number") return -1;
    if (a >= 0) return b >= 0 ? a - b : -1;
    return b >= 0 ? 1 : b - a;
  }
  if (typeof b === "number") return 1;
  const aBytes = utf8Length(a);
  const bBytes = utf8Length(b);
  if (aBytes !== bBytes) return aBytes - bBytes;
  if (aBytes === a.length && bBytes === b.length) return a < b ? -1 : a > b ? 1 : 0;
  return compareCodePoints(a, b);
}

/** UTF-8 orders as code points do; UTF-16 does not. */
function compareCodePoints(a: string, b: string): number {
  const as = [...a];
  const bs = [...b];
  for (let i = 0; i < as.length && i < bs.length; i++) {
    const order = (as[i]?.codePointAt(0) ?? 0) - (bs[i]?.codePointAt(0) ?? 0);
    if (order !== 0) return order;
  }
  return as.length - bs.length;
}
