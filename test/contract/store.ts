/** What every store must do. Run by the real one and by the fake. */
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import type { Store, StoreOperation } from "../../runtime/core/ports.js";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "../../runtime/io/store/operations.js";
import { compareKeys } from "../fakes/memory-store.js";

/** @param open makes a new, empty store each time. */
export function describeStoreContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the store's contract`, () => {
    const opened: Store[] = [];
    const fresh = async () => {
      const store = await open();
      opened.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });

    test("a key that was never written is undefined", async () => {
      const store = await fresh();
      expect(await store.get("absent")).toBeUndefined();
      expect(await keysOf(store)).toEqual([]);
    });

    test("what a resolved write put is read back, byte for byte", async () => {
      const store = await fresh();
      await store.write([put("a", [0, 255, 10]), put("empty", [])]);
      expect(await store.get("a")).toEqual(Uint8Array.of(0, 255, 10));
      expect(await store.get("empty")).toEqual(new Uint8Array());
    });

    test("a later operation of one write wins over an earlier one of the same key", async () => {
      const store = await fresh();
      await store.write([put("a", [1]), { type: "delete", key: "a" }, put("a", [2])]);
      await store.write([put("b", [1]), { type: "delete", key: "b" }]);
      expect(await store.get("a")).toEqual(Uint8Array.of(2));
      expect(await store.get("b")).toBeUndefined();
    });

    test("writes that are not awaited take effect in the order in which they were made", async () => {
      const store = await fresh();
      const writes = Array.from({ length: 50 }, (_, at) => store.write([put("a", [at])], { durable: at % 7 === 0 }));
      await Promise.all(writes);
      expect(await store.get("a")).toEqual(Uint8Array.of(49));
    });

    test("a buffer may be reused as soon as write has been called", async () => {
      const store = await fresh();
      const buffer = Uint8Array.of(1);
      const write = store.write([{ type: "put", key: "a", value: buffer }]);
      buffer[0] = 9;
      await write;
      expect(await store.get("a")).toEqual(Uint8Array.of(1));
    });

    test("a range is in byte order of the keys, from inclusive, to exclusive", async () => {
      const store = await fresh();
      // In UTF-16 order "\u{10000}" would come before "\u{ffff}".
      const keys = ["b", "a", "a0", "\u{ffff}", "\u{10000}", "é"];
      await store.write(keys.map((key) => put(key, [1])));
      expect(await keysOf(store)).toEqual(["a", "a0", "b", "é", "\u{ffff}", "\u{10000}"]);
      expect(await keysOf(store, "a", "b")).toEqual(["a", "a0"]);
      expect(await keysOf(store, "b", "a")).toEqual([]);
      expect(await keysOf(store, "a", "a")).toEqual([]);
    });

    test("a range stops at its limit and goes backwards when asked", async () => {
      const store = await fresh();
      await store.write(["a", "b", "c", "d"].map((key) => put(key, [1])));
      expect(await keysOf(store, "a", "d", { limit: 2 })).toEqual(["a", "b"]);
      expect(await keysOf(store, "a", "d", { limit: 2, reverse: true })).toEqual(["c", "b"]);
      expect(await keysOf(store, "a", "d", { limit: 0 })).toEqual([]);
    });

    test("a range that is left early does not hold up the close", async () => {
      const store = await fresh();
      await store.write(Array.from({ length: 100 }, (_, at) => put(`k${at}`, [at])));
      for await (const [key] of store.range("", "z")) {
        expect(key).toBe("k0");
        break;
      }
      await store.close();
    });

    test("a range does not see what is written while it is read", async () => {
      const store = await fresh();
      await store.write([put("a", [1]), put("b", [1])]);
      const seen: string[] = [];
      for await (const [key] of store.range("", "z")) {
        seen.push(key);
        await store.write([put("c", [1]), { type: "delete", key: "b" }], { durable: false });
      }
      expect(seen).toEqual(["a", "b"]);
    });

    test("a bad key or an oversized value is refused, and nothing of that write is kept", async () => {
      const store = await fresh();
      const bad: StoreOperation[] = [
        put("", [1]),
        put("x".repeat(KEY_BYTES_MAX + 1), [1]),
        put("\ud800", [1]),
        { type: "put", key: "big", value: new Uint8Array(VALUE_BYTES_MAX + 1) },
      ];
      for (const one of bad) {
        await expect(store.write([put("good", [1]), one])).rejects.toMatchObject({ code: "BAD_INPUT" });
      }
      expect(await keysOf(store)).toEqual([]);
    });

    test("an empty write resolves, durable or not", async () => {
      const store = await fresh();
      await store.write([put("a", [1])], { durable: false });
      await store.write([]);
      await store.write([], { durable: false });
      expect(await keysOf(store)).toEqual(["a"]);
    });

    test("close finishes the writes that were taken, may be repeated, and refuses what comes after", async () => {
      const store = await fresh();
      const write = store.write([put("a", [1])]);
      await Promise.all([store.close(), store.close()]);
      await write;
      await expect(store.write([put("b", [1])])).rejects.toMatchObject({ code: "INTERNAL" });
      await expect(store.get("a")).rejects.toMatchObject({ code: "INTERNAL" });
      await expect(keysOf(store)).rejects.toMatchObject({ code: "INTERNAL" });
    });

    test("any sequence of writes leaves what a plain map would hold", async () => {
      const key = fc.constantFrom("a", "aa", "b", "é", "\u{1f600}", "/", ".", "~");
      const operation: fc.Arbitrary<StoreOperation> = fc.oneof(
        fc.record({ type: fc.constant("put" as const), key, value: fc.uint8Array({ maxLength: 40 }) }),
        fc.record({ type: fc.constant("delete" as const), key }),
      );
      const writes = fc.array(fc.tuple(fc.array(operation, { maxLength: 5 }), fc.boolean()), { maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(writes, async (batches) => {
          const store = await open();
          const model = new Map<string, Uint8Array>();
          for (const [operations, durable] of batches) {
            await store.write(operations, { durable });
            for (const one of operations) {
              if (one.type === "put") model.set(one.key, one.value);
              else model.delete(one.key);
            }
          }
          const found = await entriesOf(store);
          await store.close();
          expect(found).toEqual([...model].sort(([a], [b]) => compareKeys(a, b)));
        }),
        { numRuns: 20 },
      );
    });
  });
}

export function put(key: string, value: readonly number[]): StoreOperation {
  return { type: "put", key, value: Uint8Array.from(value) };
}

export async function entriesOf(
  store: Store,
  from = "",
  to = "\u{10ffff}",
  options: { limit?: number; reverse?: boolean } = {},
): Promise<(readonly [string, Uint8Array])[]> {
  const found: (readonly [string, Uint8Array])[] = [];
  for await (const entry of store.range(from, to, options)) found.push(entry);
  return found;
}

export async function keysOf(
  store: Store,
  from?: string,
  to?: string,
  options?: { limit?: number; reverse?: boolean },
): Promise<string[]> {
  return (await entriesOf(store, from, to, options)).map(([key]) => key);
}
