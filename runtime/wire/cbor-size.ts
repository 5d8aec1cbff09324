/** How many bytes CBOR values take (RFC 8949), without writing them. Pure. */
import type { CborValue } from "./cbor.js";
import { utf8Length } from "./text.js";

/** What `encodeCbor` would write. */
export function cborBytes(value: CborValue): number {
  switch (typeof value) {
    case "number":
      return numberBytes(value);
    case "string": {
      const bytes = utf8Length(value);
      return headBytes(bytes) + bytes;
    }
    case "boolean":
      return 1;
  }
  if (value === null) return 1;
  if (value instanceof Uint8Array) return headBytes(value.length) + value.length;
  let bytes = 0;
  if (value instanceof Map) {
    for (const [key, item] of value) bytes += cborBytes(key as CborValue) + cborBytes(item as CborValue);
    return headBytes(value.size) + bytes;
  }
  const items = value as readonly CborValue[];
  for (const item of items) bytes += cborBytes(item);
  return headBytes(items.length) + bytes;
}

/** An integer, or a float64. */
export function numberBytes(value: number): number {
  if (!Number.isSafeInteger(value)) return 9;
  return headBytes(value < 0 ? -1 - value : value);
}

/** The head of an item with this argument. RFC 8949 §3. */
export function headBytes(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x1_0000) return 3;
  return argument < 0x1_0000_0000 ? 5 : 9;
}
