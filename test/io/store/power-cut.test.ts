import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Store } from "../../../runtime/core/ports.js";
import { crc32c } from "../../../runtime/io/store/crc32c.js";
import { findStaleRecord, intactLogBytes } from "../../../runtime/io/store/log.js";
import { openStore } from "../../../runtime/io/store/store.js";
import { entriesOf, put } from "../../contract/store.js";
import { scratchRoot } from "./scratch.js";

const root = mkdtempSync(scratchRoot());
afterAll(() => rmSync(root, { recursive: true, force: true }));
let copies = 0;

/** As a power cut finds it: the store is open, nothing is closed or flushed. */
function freeze(directory: string): string {
  const copy = join(root, `copy-${copies++}`);
  cpSync(directory, copy, { recursive: true });
  return copy;
}

function newest(directory: string, pattern: RegExp): string {
  const names = readdirSync(directory).filter((name) => pattern.test(name));
  return join(directory, names.sort().at(-1) ?? "missing");
}

/** State after write n: the counter, and one key per write. */
function writeNumber(store: Store, n: number, durable: boolean): Promise<void> {
  const dropped = { type: "delete" as const, key: `n/${String(n - 3).padStart(4, "0")}` };
  return store.write([put("last", [n]), put(`n/${String(n).padStart(4, "0")}`, [n, n, n]), dropped], { durable });
}

/** @returns the last write of which everything is there; fails when anything else is. */
async function lastWhole(directory: string, onRepair?: (note: string) => void): Promise<number> {
  const store = await openStore(directory, { onRepair });
  const found = await entriesOf(store);
  await store.close();
  const n = found[0]?.[1][0] ?? 0;
  const kept = Array.from({ length: n }, (_, at) => at + 1).slice(-3);
  const expected = kept.map((one) => [`n/${String(one).padStart(4, "0")}`, Uint8Array.of(one, one, one)] as const);
  expect(found).toEqual(n === 0 ? [] : [["last", Uint8Array.of(n)], ...expected]);
  return n;
}

describe("a power cut", () => {
  test("at any byte of the log keeps every acknowledged write, and of the others a beginning of their order", async () => {
    const directory = join(root, "log");
    const store = await openStore(directory);
    for (let n = 1; n <= 5; n++) await writeNumber(store, n, n % 2 === 1);
    const acknowledgedBytes = statSync(newest(directory, /\.log$/)).size;
    for (let n = 6; n <= 7; n++) await writeNumber(store, n, false);
    const frozen = freeze(directory);
    await store.close();
    const bytes = statSync(newest(frozen, /\.log$/)).size;
    expect(bytes).toBeGreaterThan(acknowledgedBytes + 60);
    let before = 5;
    for (let cut = acknowledgedBytes; cut <= bytes; cut++) {
      const copy = freeze(frozen);
      truncateSync(newest(copy, /\.log$/), cut);
      const n = await lastWhole(copy);
      expect(n).toBeGreaterThanOrEqual(before);
      before = n;
      rmSync(copy, { recursive: true });
    }
    expect(before).toBe(7);
  });

  test("that leaves zeros, garbage or old data in the last sectors of the log loses nothing acknowledged", async () => {
    const directory = join(root, "sectors");
    const store = await openStore(directory);
    for (let n = 1; n <= 5; n++) await writeNumber(store, n, true);
    const frozen = freeze(directory);
    await store.close();
    const log = readFileSync(newest(frozen, /\.log$/));
    const garbage = Buffer.from(Array.from({ length: 1024 }, (_, at) => (at * 197 + 13) % 256));
    const tails = [
      Buffer.alloc(512),
      Buffer.alloc(4096),
      garbage,
      Buffer.concat([Buffer.alloc(100), garbage]),
      log.subarray(0, 200),
    ];
    for (const tail of tails) {
      for (const alignment of [0, 1, 7]) {
        const copy = freeze(frozen);
        writeFileSync(newest(copy, /\.log$/), Buffer.concat([log, tail.subarray(alignment)]));
        // Old data of the same file may be read a second time: the same writes with the same result.
        expect(await lastWhole(copy)).toBe(5);
        rmSync(copy, { recursive: true });
      }
    }
  });

  test("in the middle of a manifest record is mended, told, and loses nothing acknowledged", async () => {
    const directory = join(root, "manifest");
    for (let n = 1; n <= 4; n++) {
      const store = await openStore(directory);
      await writeNumber(store, n, true);
      await store.close();
    }
    const manifest = readFileSync(newest(directory, /^MANIFEST/));
    for (const tail of [[1], [0, 0, 0, 0, 0, 0, 0, 0], Array.from({ length: 600 }, (_, at) => (at * 31 + 7) % 256)]) {
      const copy = freeze(directory);
      writeFileSync(newest(copy, /^MANIFEST/), Buffer.concat([manifest, Buffer.from(tail)]));
      expect(await lastWhole(copy)).toBe(4);
    }
    const notes: string[] = [];
    const copy = freeze(directory);
    // A whole record but for one bit: LevelDB reads a shorter one as the end of the file.
    const torn = Buffer.from(manifest.subarray(0, 7 + manifest.readUInt16LE(4)));
    torn[torn.length - 1]! ^= 1;
    writeFileSync(newest(copy, /^MANIFEST/), Buffer.concat([manifest, torn]));
    expect(await lastWhole(copy, (note) => notes.push(note))).toBe(4);
    expect(notes.join()).toContain(`manifest ended in ${torn.length} torn bytes`);
    expect(await lastWhole(copy, (note) => notes.push(note))).toBe(4);
    expect(notes).toHaveLength(1);
  });

  test("between the steps of a switch of files loses nothing acknowledged", async () => {
    const directory = join(root, "switch");
    for (let n = 1; n <= 3; n++) {
      const store = await openStore(directory);
      await writeNumber(store, n, true);
      await store.close();
    }
    const store = await openStore(directory);
    await writeNumber(store, 4, true);
    const frozen = freeze(directory);
    await store.close();
    const next = "MANIFEST-000099";
    const manifest = readFileSync(newest(frozen, /^MANIFEST/));
    const states: Record<string, (copy: string) => void> = {
      "an empty new manifest": (copy) => writeFileSync(join(copy, next), ""),
      "half a new manifest": (copy) => writeFileSync(join(copy, next), manifest.subarray(0, 20)),
      "a new manifest, and CURRENT's successor not yet renamed": (copy) => {
        writeFileSync(join(copy, next), manifest);
        writeFileSync(join(copy, "000099.dbtmp"), `${next}\n`);
      },
      "a torn successor of CURRENT": (copy) => writeFileSync(join(copy, "000099.dbtmp"), "MANI"),
      "CURRENT renamed, the old manifest still there": (copy) => {
        writeFileSync(join(copy, next), manifest);
        writeFileSync(join(copy, "CURRENT"), `${next}\n`);
      },
      "a new empty log": (copy) => writeFileSync(join(copy, "000098.log"), ""),
      "half a new table that no manifest names": (copy) => writeFileSync(join(copy, "000097.ldb"), "half"),
      "no lock and no engine log": (copy) => {
        rmSync(join(copy, "LOCK"));
        rmSync(join(copy, "LOG"));
      },
    };
    for (const [state, make] of Object.entries(states)) {
      const copy = freeze(frozen);
      make(copy);
      expect(await lastWhole(copy), state).toBe(4);
    }
  });

  test("during the very first start leaves a folder that opens as new", async () => {
    const directory = join(root, "first");
    await (await openStore(directory)).close();
    const manifest = readFileSync(newest(directory, /^MANIFEST/));
    const copy = join(root, "first-copy");
    cpSync(directory, copy, { recursive: true, filter: (path) => !/\.(log|ldb)$|CURRENT$/.test(path) });
    expect(await lastWhole(copy)).toBe(0);
    const dirtier = mkdtempSync(join(root, "first-"));
    writeFileSync(join(dirtier, "MANIFEST-000001"), manifest.subarray(0, 9));
    writeFileSync(join(dirtier, "000001.dbtmp"), "MANIFEST-0");
    expect(await lastWhole(dirtier)).toBe(0);
  });
});

describe("damage that no power cut does", () => {
  async function made(name: string): Promise<string> {
    const directory = join(root, name);
    for (let n = 1; n <= 4; n++) {
      const store = await openStore(directory);
      await writeNumber(store, n, true);
      await store.close();
    }
    return directory;
  }

  test("a CURRENT that is gone, empty or wrong is rebuilt and told; the tables are not thrown away", async () => {
    const directory = await made("current");
    const damages = [
      (copy: string) => rmSync(join(copy, "CURRENT")),
      (copy: string) => writeFileSync(join(copy, "CURRENT"), ""),
      (copy: string) => writeFileSync(join(copy, "CURRENT"), "MANIFEST-000777\n"),
      (copy: string) => renameSync(newest(copy, /^MANIFEST/), join(copy, "gone")),
    ];
    for (const damage of damages) {
      const copy = freeze(directory);
      damage(copy);
      const notes: string[] = [];
      expect(await lastWhole(copy, (note) => notes.push(note))).toBe(4);
      expect(notes.length).toBeGreaterThan(0);
      expect(existsSync(join(copy, "CURRENT"))).toBe(true);
    }
  });

  test("a flipped bit inside the log is told, and the rest is read", async () => {
    const directory = join(root, "flip");
    const store = await openStore(directory);
    for (let n = 1; n <= 5; n++) await writeNumber(store, n, true);
    const frozen = freeze(directory);
    await store.close();
    const path = newest(frozen, /\.log$/);
    const log = readFileSync(path);
    log[log.length - 3]! ^= 1;
    writeFileSync(path, log);
    const notes: string[] = [];
    expect(await lastWhole(frozen, (note) => notes.push(note))).toBe(4);
    expect(notes.join()).toMatch(/unreadable bytes of the store's log were dropped/);
  });

  test("a store of which nothing can be read any more opens empty or is STORE_CORRUPT, never anything else", async () => {
    const directory = await made("wreck");
    for (const name of readdirSync(directory)) {
      const copy = freeze(directory);
      writeFileSync(join(copy, name), Buffer.from(Array.from({ length: 300 }, (_, at) => (at * 89) % 256)));
      const outcome = await openStore(copy).then(
        async (store) => {
          await store.close();
          return "opened";
        },
        (error: { code?: string }) => error.code,
      );
      expect(["opened", "STORE_CORRUPT"], name).toContain(outcome);
    }
  });
});

describe("the log format", () => {
  test("CRC-32C of the check string is that of RFC 3720", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  });

  test("a record older than one before it is found, whatever lies between them", async () => {
    const directory = join(root, "stale");
    const store = await openStore(directory);
    for (let n = 1; n <= 5; n++) await writeNumber(store, n, true);
    const log = new Uint8Array(readFileSync(newest(directory, /\.log$/)));
    await store.close();
    const { at, next } = findStaleRecord(log, 0);
    expect([at, next]).toEqual([undefined, 17]);
    expect(findStaleRecord(log, next).at).toBe(0);
    const blank = new Uint8Array(32 * 1024 - log.length);
    expect(findStaleRecord(Uint8Array.of(...log, ...log), 0).at).toBe(log.length);
    expect(findStaleRecord(Uint8Array.of(...log, ...blank, ...log), 0).at).toBe(32 * 1024);
    expect(findStaleRecord(log.subarray(0, log.length - 1), 0).next).toBe(14);
  });

  test("an intact log is intact to its last byte, and any cut ends at a whole record", async () => {
    const directory = join(root, "format");
    const store = await openStore(directory);
    for (let n = 0; n < 5; n++)
      await store.write([{ type: "put", key: `k${n}`, value: new Uint8Array(20_000).fill(n) }]);
    const log = readFileSync(newest(directory, /\.log$/));
    await store.close();
    // Five records of about 20,000 bytes cross the blocks of 32 KiB.
    expect(intactLogBytes(log)).toBe(log.length);
    const ends = new Set(
      Array.from({ length: 100 }, (_, at) => intactLogBytes(log.subarray(0, (at * log.length) / 100))),
    );
    expect(ends.size).toBeLessThanOrEqual(7);
    expect(intactLogBytes(new Uint8Array())).toBe(0);
    expect(intactLogBytes(new Uint8Array(100))).toBe(0);
  });
});
