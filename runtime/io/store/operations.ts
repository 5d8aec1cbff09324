/** What a store takes: bounds on keys, values and batches, checked before a byte is written. Pure. */
import { MindosError } from "../../core/errors.js";
import type { StoreOperation } from "../../core/ports.js";

/** Keys are names, not data. Unit: UTF-8 bytes. */
export const KEY_BYTES_MAX = 512;
/** One value. A larger thing belongs in a file of its own. */
export const VALUE_BYTES_MAX = 1024 * 1024;
/** One write, keys and values together. */
export const WRITE_BYTES_MAX = 4 * 1024 * 1024;
/** A put or delete costs the engine this much beyond its key and value; it also bounds writes of many empty values. */
const OPERATION_BYTES = 16;

/** @returns the bytes that the operations take. @throws MindosError BAD_INPUT */
export function checkOperations(operations: readonly StoreOperation[]): number {
  let total = 0;
  for (const operation of operations) {
    total += OPERATION_BYTES + checkKey(operation.key);
    if (operation.type !== "put") continue;
    const bytes = operation.value.byteLength;
    if (bytes > VALUE_BYTES_MAX) {
      throw new MindosError("BAD_INPUT", `the value of "${operation.key}" has ${bytes} bytes, not ${VALUE_BYTES_MAX}`);
    }
    total += bytes;
  }
  if (total > WRITE_BYTES_MAX) {
    throw new MindosError("BAD_INPUT", `one write of ${total} bytes; at most ${WRITE_BYTES_MAX} go together`);
  }
  return total;
}

/** @returns the key's length in bytes. @throws MindosError BAD_INPUT */
function checkKey(key: string): number {
  // A lone surrogate has no UTF-8 form: two such keys would silently become one.
  if (/\p{Surrogate}/u.test(key)) throw new MindosError("BAD_INPUT", "a store key is not well-formed text");
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > KEY_BYTES_MAX) {
    throw new MindosError("BAD_INPUT", `a store key has ${bytes} bytes; 1 to ${KEY_BYTES_MAX} are allowed`);
  }
  return bytes;
}
