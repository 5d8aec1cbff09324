/** A store in memory with the port's exact semantics; for tests of what stands on a store. */
import { MindosError } from "../../runtime/core/errors.js";
import type { Store, StoreOperation } from "../../runtime/core/ports.js";
import { checkOperations } from "../../runtime/io/store/operations.js";

export interface MemoryStore extends Store {
  /** The next writes fail with this, until it is undefined again. */
  failWith: MindosError | undefined;
  /** How often `write` was called, and with how many bytes of values. */
  readonly written: { calls: number; durableCalls: number; bytes: number };
}

export function createMemoryStore(): MemoryStore {
  const entries = new Map<string, Uint8Array>();
  const written = { calls: 0, durableCalls: 0, bytes: 0 };
  let closed = false;
  const refuseWhenClosed = () => {
    if (closed) throw new MindosError("INTERNAL", "the store is closed");
  };
  return {
    failWith: undefined,
    written,
    async get(key) {
      refuseWhenClosed();
      return entries.get(key)?.slice();
    },
    async write(operations: readonly StoreOperation[], options = {}) {
      checkOperations(operations);
      refuseWhenClosed();
      const copies = operations.map((one) => (one.type === "put" ? { ...one, value: one.value.slice() } : one));
      await Promise.resolve();
      if (this.failWith) throw this.failWith;
      written.calls++;
      if (options.durable ?? true) written.durableCalls++;
      for (const one of copies) {
        if (one.type === "delete") entries.delete(one.key);
        else {
          entries.set(one.key, one.value);
          written.bytes += one.value.length;
        }
      }
    },
    async *range(from, to, { limit = Number.POSITIVE_INFINITY, reverse = false } = {}) {
      refuseWhenClosed();
      const keys = [...entries.keys()].filter((key) => compareKeys(key, from) >= 0 && compareKeys(key, to) < 0);
      keys.sort((a, b) => (reverse ? compareKeys(b, a) : compareKeys(a, b)));
      // A snapshot, as the real one reads.
      const found = keys.slice(0, limit).map((key) => [key, entries.get(key)!.slice()] as const);
      for (const entry of found) {
        await Promise.resolve();
        yield entry;
      }
    },
    async close() {
      closed = true;
    },
  };
}

/** UTF-8 byte order, which is not JavaScript's order of strings. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
