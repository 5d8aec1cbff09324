import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WRITE_BYTES_MAX } from "../../../runtime/io/store/operations.js";
import type { StoreMigration } from "../../../runtime/io/store/schema.js";
import { openStore } from "../../../runtime/io/store/store.js";
import { entriesOf, keysOf, put } from "../../contract/store.js";
import { createFakeDisk, diskFullError } from "./fake-engine.js";
import { scratchRoot } from "./scratch.js";

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(scratchRoot()), "store");
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));

const PLENTY = { freeBytes: async () => 2 ** 40 };
async function openOn(disk: ReturnType<typeof createFakeDisk>, options = {}) {
  return openStore(directory, { openEngine: () => disk.open(), ...PLENTY, ...options });
}

describe("across restarts", () => {
  test("what was written is there after close and open", async () => {
    const first = await openStore(directory);
    await first.write([put("a", [1])], { durable: false });
    await first.write([put("b", [2])]);
    await first.close();
    const second = await openStore(directory);
    expect(await entriesOf(second)).toEqual([
      ["a", Uint8Array.of(1)],
      ["b", Uint8Array.of(2)],
    ]);
    await second.close();
  });

  test("a second opening of the same folder is refused as in use, and the first goes on", async () => {
    const first = await openStore(directory);
    await expect(openStore(directory)).rejects.toMatchObject({ code: "DATA_DIR_IN_USE" });
    await first.write([put("a", [1])]);
    await first.close();
  });

  test("a path below a plain file is unusable", async () => {
    mkdirSync(directory);
    writeFileSync(join(directory, "file"), "");
    await expect(openStore(join(directory, "file", "store"))).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
    await expect(openStore(join(directory, "file"))).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
  });

  test("a path that the kernel will not make is unusable, not waited for", async () => {
    await expect(openStore("/proc/mindos/store")).rejects.toMatchObject({ code: "DATA_DIR_UNUSABLE" });
  });
});

describe("the layout's version", () => {
  const rename: StoreMigration = async (engine) => {
    const old = await engine.get("/old");
    return old
      ? [
          { type: "put", key: "/new", value: old },
          { type: "del", key: "/old" },
        ]
      : [];
  };

  test("an older store is lifted step by step, once", async () => {
    const before = await openStore(directory);
    await before.write([put("old", [7])]);
    await before.close();
    let steps = 0;
    const migrations: StoreMigration[] = [
      (engine) => {
        steps++;
        return rename(engine);
      },
      async () => {
        steps++;
        return [];
      },
    ];
    for (let start = 0; start < 2; start++) {
      const store = await openStore(directory, { migrations });
      expect(await entriesOf(store)).toEqual([["new", Uint8Array.of(7)]]);
      await store.close();
    }
    expect(steps).toBe(2);
  });

  test("a store of a newer program is refused in a sentence that says so", async () => {
    const newer = await openStore(directory, { migrations: [rename, rename] });
    await newer.close();
    await expect(openStore(directory)).rejects.toMatchObject({
      code: "DATA_DIR_UNUSABLE",
      message: expect.stringContaining("layout 3; this one knows up to 1"),
    });
    // The refusal gave the lock back.
    await (await openStore(directory, { migrations: [rename, rename] })).close();
  });

  test("data without a version, and a damaged version, are corruption", async () => {
    const disk = createFakeDisk();
    disk.entries.set("/a", Uint8Array.of(1));
    await expect(openOn(disk)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
    disk.entries.set(".schema", Uint8Array.of(0xff));
    await expect(openOn(disk)).rejects.toMatchObject({ code: "STORE_CORRUPT" });
  });
});

describe("the queue", () => {
  test("what waits while the disk is busy goes together, and is synced when any of it is durable", async () => {
    const disk = createFakeDisk();
    const store = await openOn(disk);
    const writes = ["a", "b", "c", "d"].map((key) => store.write([put(key, [1])], { durable: key === "c" }));
    await Promise.all(writes);
    expect(disk.batches.map(({ operations, sync }) => [operations.map((one) => one.key).join(), sync])).toEqual([
      ["/a", false],
      ["/b,/c,/d", true],
    ]);
    await store.close();
  });

  test("an empty durable write syncs what came before it", async () => {
    const store = await openStore(directory);
    await store.write([put("a", [1])], { durable: false });
    await store.write([]);
    expect(await keysOf(store)).toEqual(["a"]);
    await store.close();
  });

  test("a disk that does not keep up is answered with TOO_BUSY, and the queue drains afterwards", async () => {
    const disk = createFakeDisk();
    const store = await openOn(disk);
    let release = () => {};
    disk.gate = new Promise((resolve) => {
      release = resolve;
    });
    const large = () => [put("a", []), ...[0, 1, 2].map((at) => putBytes(`k${at}`, 1024 * 1024))];
    const taken = [store.write(large()), store.write(large())];
    await expect(store.write([...large()])).rejects.toMatchObject({ code: "TOO_BUSY" });
    release();
    await Promise.all(taken);
    await store.write([put("b", [1])]);
    await store.close();
    expect(disk.batches).toHaveLength(3);
  });

  test("one write beyond the bound is refused", async () => {
    const store = await openOn(createFakeDisk());
    const many = Array.from({ length: WRITE_BYTES_MAX / (512 * 1024) }, (_, at) => putBytes(`k${at}`, 512 * 1024));
    await expect(store.write(many)).rejects.toMatchObject({ code: "BAD_INPUT" });
    await store.close();
  });
});

describe("a full disk", () => {
  test("is DISK_FULL, and reading goes on", async () => {
    const disk = createFakeDisk();
    const store = await openOn(disk);
    await store.write([put("a", [1])]);
    disk.failure = diskFullError();
    await expect(store.write([put("b", [1])])).rejects.toMatchObject({ code: "DISK_FULL", fault: "local" });
    expect(await keysOf(store)).toEqual(["a"]);
    expect(await store.get("a")).toEqual(Uint8Array.of(1));
    await store.close();
  });

  test("after a failed write the log is read again before anything is appended, so that no later write is lost", async () => {
    const disk = createFakeDisk();
    const store = await openOn(disk);
    disk.failure = diskFullError();
    await expect(store.write([put("a", [1])])).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.failure = undefined;
    await store.write([put("b", [1])]);
    expect(disk.opened).toBe(2);
    expect([...disk.entries.keys()]).toContain("/b");
    await store.close();
  });

  test("while the log cannot be read again every call says why, and the store recovers by itself", async () => {
    const disk = createFakeDisk();
    const store = await openOn(disk);
    await store.write([put("a", [1])]);
    disk.failure = diskFullError();
    await expect(store.write([put("b", [1])])).rejects.toMatchObject({ code: "DISK_FULL" });
    await expect(store.write([put("b", [1])])).rejects.toMatchObject({ code: "DISK_FULL" });
    await expect(store.get("a")).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.failure = undefined;
    expect(await store.get("a")).toEqual(Uint8Array.of(1));
    await store.write([put("b", [1])]);
    expect(await keysOf(store)).toEqual(["a", "b"]);
    await store.close();
  });

  test("puts stop while less than the reserve is free; deletes do not", async () => {
    const disk = createFakeDisk();
    let freeBytes = 100;
    const store = await openOn(disk, { reserveBytes: 50, freeBytes: async () => freeBytes });
    await store.write([put("a", [1])]);
    freeBytes = 49;
    await expect(store.write([put("b", [1])])).rejects.toMatchObject({ code: "DISK_FULL" });
    await store.write([{ type: "delete", key: "a" }]);
    freeBytes = 50;
    await store.write([put("b", [1])]);
    expect(disk.opened).toBe(1);
    expect(await keysOf(store)).toEqual(["b"]);
    await store.close();
  });

  test("any other failure of the disk is STORE_CORRUPT with its cause", async () => {
    const disk = createFakeDisk();
    const store = await openOn(disk);
    disk.failure = new Error("IO error: /data/000003.log: Input/output error");
    await expect(store.write([put("a", [1])])).rejects.toMatchObject({
      code: "STORE_CORRUPT",
      cause: disk.failure,
    });
    await store.close();
  });
});

function putBytes(key: string, bytes: number) {
  return { type: "put" as const, key, value: new Uint8Array(bytes) };
}
