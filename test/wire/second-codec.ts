/** cborg, written by others, set to the profile: the second opinion on every vector. */
import { type DecodeOptions, decode, type EncodeOptions, encode } from "cborg";
import { hexToBytes } from "../../runtime/core/bytes.js";

const strict: DecodeOptions = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowNaN: false,
  allowInfinity: false,
  allowBigInt: false,
};

/** @throws Error */
export function decodeStrictly(bytes: Uint8Array): unknown {
  return decode(bytes, strict);
}

export function decodeHexStrictly(hex: string): unknown {
  return decodeStrictly(hexToBytes(hex));
}

const canonical: EncodeOptions = { float64: true, mapSorter: () => 0 };

export function encodeIndependently(value: unknown): Uint8Array {
  return encode(sorted(value), canonical);
}

/** cborg's own order is by length first (RFC 7049); this is RFC 8949's, over cborg's own encoding of each key. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!(value instanceof Map)) return value;
  const entries = [...value].map(([key, item]) => ({ key, bytes: encode(key), item: sorted(item) }));
  entries.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
  return new Map(entries.map(({ key, item }) => [key, item]));
}
