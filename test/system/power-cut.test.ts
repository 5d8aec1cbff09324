/**
 * The store against a real kernel: killed writers, full disks, and power cuts. Needs Linux and root (mount).
 * A power cut: the store lives on a file system inside an image file; the writer is frozen and the image copied. The
 * copy has what reached the "disk" and nothing of the kernel's caches; mounting it replays the file system's journal.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataDir } from "../../runtime/io/files/data-dir.js";
import { loadIdentity } from "../../runtime/io/home/identity.js";
import { openStore } from "../../runtime/io/store/store.js";
import { entriesOf, put } from "../contract/store.js";

let root: string;
const mounted: string[] = [];
const children: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mindos-power-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  for (const path of mounted.splice(0).reverse()) execFileSync("umount", ["-l", path]);
  rmSync(root, { recursive: true, force: true });
});

function mount(...args: readonly string[]): string {
  const path = mkdtempSync(join(root, "mount-"));
  execFileSync("mount", [...args, path]);
  mounted.push(path);
  return path;
}

/** Write n puts `last` = n and a row of its own, and removes the row of n - ROWS. Every fifth is durable; or only the
 *  first one after the engine began a new log, and then the writer stops itself: the old log was never synced. */
const ROWS = 200;
const WRITER = `
  import { openStore } from ${JSON.stringify(new URL("../../runtime/io/store/store.ts", import.meta.url).href)};
  import { readdirSync, statSync, writeSync } from "node:fs";
  const [directory, valueBytes, durableWhen] = [process.argv[1], Number(process.argv[2]), process.argv[3]];
  const store = await openStore(directory, { reserveBytes: 0 });
  const value = (n) => { const bytes = new Uint8Array(valueBytes); new DataView(bytes.buffer).setUint32(0, n); return bytes.fill(n % 251, 4); };
  const key = (n) => "row/" + String(n).padStart(9, "0");
  const newestLog = () => readdirSync(directory).filter((name) => name.endsWith(".log")).sort().at(-1) ?? "";
  let log = newestLog();
  let switched = false;
  for (let n = 1; ; n++) {
    const durable = durableWhen === "fifth" ? n % 5 === 0 : switched;
    await store.write([
      { type: "put", key: "last", value: value(n) },
      { type: "put", key: key(n), value: value(n) },
      { type: "delete", key: key(n - ${ROWS}) },
    ], { durable });
    const newest = newestLog();
    switched = newest !== log;
    log = newest;
    writeSync(1, JSON.stringify({ n, durable, log, logBytes: log === "" ? 0 : statSync(directory + "/" + log).size }) + "\\n");
    if (durable && durableWhen === "switched") process.kill(process.pid, "SIGSTOP");
  }`;

interface Acknowledged {
  readonly n: number;
  readonly durable: boolean;
  readonly log: string;
  readonly logBytes: number;
}

interface Writer {
  readonly child: ChildProcess;
  readonly lines: Acknowledged[];
}

async function startWriter(
  directory: string,
  valueBytes: number,
  durableWhen: "fifth" | "switched" = "fifth",
): Promise<Writer> {
  const args = ["--import", "tsx", "--input-type=module", "-e", WRITER, directory, String(valueBytes), durableWhen];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const lines: Acknowledged[] = [];
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) lines.push(JSON.parse(line) as Acknowledged);
  });
  await until(() => lines.length > 0 || child.exitCode !== null);
  return { child, lines };
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await sleep(5);
}

/** Stops it in the middle of whatever it does, and reads what it had said until then. */
async function freeze(writer: Writer): Promise<void> {
  writer.child.kill("SIGSTOP");
  await until(() => /^State:\s+T/m.test(readFileSync(`/proc/${writer.child.pid}/status`, "utf8")));
  await sleep(50);
}

const newest = (lines: readonly Acknowledged[], durable: boolean) =>
  lines.findLast((one) => !durable || one.durable)?.n ?? 0;

/** @returns n when the store holds exactly what the first n writes left; fails otherwise. */
async function lastWhole(directory: string): Promise<number> {
  const store = await openStore(directory, { reserveBytes: 0 });
  const found = await entriesOf(store);
  await store.close();
  const n = numberOf(found.find(([key]) => key === "last")?.[1]);
  const rows = found.filter(([key]) => key !== "last");
  const expected = Array.from({ length: Math.min(n, ROWS) }, (_, at) => n - Math.min(n, ROWS) + 1 + at);
  expect(rows.map(([key]) => Number(key.slice(4)))).toEqual(expected);
  for (const [at, [, value]] of rows.entries()) {
    expect(numberOf(value)).toBe(expected[at]);
    expect(value.subarray(4).every((byte) => byte === (expected[at] ?? 0) % 251)).toBe(true);
  }
  return n;
}

function numberOf(value: Uint8Array | undefined): number {
  return value ? new DataView(value.buffer, value.byteOffset).getUint32(0) : 0;
}

describe("a killed process", () => {
  test("loses no write that resolved, durable or not, kill after kill", async () => {
    const directory = join(root, "store");
    for (let round = 0; round < 5; round++) {
      rmSync(directory, { recursive: true, force: true });
      const writer = await startWriter(directory, 2_000);
      const enough = 50 + 400 * round;
      await until(() => writer.lines.length > enough);
      writer.child.kill("SIGKILL");
      await once(writer.child, "exit");
      await sleep(20);
      expect(await lastWhole(directory)).toBeGreaterThanOrEqual(newest(writer.lines, false));
    }
  });
});

describe("a log cut by power", () => {
  test("at any byte beyond the last acknowledged one, and with torn sectors there, opens with all that was acknowledged", async () => {
    const directory = join("/dev/shm", `mindos-${process.pid}`);
    try {
      mkdirSync(directory);
      const writer = await startWriter(join(directory, "store"), 40);
      await until(() => writer.lines.length > 300);
      await freeze(writer);
      const frozen = join(directory, "frozen");
      cpSync(join(directory, "store"), frozen, { recursive: true });
      const durable = writer.lines.findLast((one) => one.durable);
      const log = join(frozen, durable?.log ?? "");
      const whole = readFileSync(log);
      const acknowledgedBytes = durable?.logBytes ?? 0;
      expect(whole.length).toBeGreaterThanOrEqual(acknowledgedBytes);
      const check = async (content: Uint8Array) => {
        const copy = join(directory, "copy");
        cpSync(frozen, copy, { recursive: true });
        writeFileSync(join(copy, durable?.log ?? ""), content);
        expect(await lastWhole(copy)).toBeGreaterThanOrEqual(durable?.n ?? Number.NaN);
        rmSync(copy, { recursive: true });
      };
      for (let cut = acknowledgedBytes; cut <= whole.length; cut++) await check(whole.subarray(0, cut));
      const acknowledged = whole.subarray(0, acknowledgedBytes);
      for (let round = 0; round < 100; round++) {
        const tail = Buffer.alloc(1 + ((round * 977) % 9_000), round % 3 === 0 ? 0 : (round * 37) % 256);
        // A third has pieces of the log itself: what the sectors held before.
        if (round % 3 === 2) whole.copy(tail, 0, (round * 131) % acknowledgedBytes);
        await check(Buffer.concat([acknowledged, tail]));
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
});

describe("a disk cut off by power", () => {
  let image: string;
  let directory: string;
  beforeEach(() => {
    image = join(root, "image");
    writeFileSync(image, "");
    truncateSync(image, 96 * 1024 * 1024);
    execFileSync("mkfs.ext4", ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image]);
    directory = join(mount("-o", "loop", image), "store");
  });

  /** The writer must be frozen. @returns the last write that the disk has whole. */
  async function cut(writer: Writer): Promise<number> {
    const copy = join(root, "cut");
    cpSync(image, copy);
    writer.child.kill("SIGKILL");
    await once(writer.child, "exit");
    const after = mount("-o", "loop", copy);
    const n = await lastWhole(join(after, "store"));
    execFileSync("umount", [after]);
    mounted.splice(mounted.indexOf(after), 1);
    rmSync(directory, { recursive: true, force: true });
    return n;
  }

  test("has every durable write, and of the others a beginning of their order", async () => {
    // Values of 6 kB switch the log about every 90 writes, so that cuts fall into switches and compactions too.
    for (const afterMs of [0, 40, 90, 150, 230, 310, 420, 540]) {
      const writer = await startWriter(directory, 6_000);
      await until(() => writer.lines.length > 150);
      await sleep(afterMs);
      await freeze(writer);
      expect(await cut(writer)).toBeGreaterThanOrEqual(newest(writer.lines, true));
    }
  });

  test("has what was written before a durable write, although the engine began a new log between them", async () => {
    for (let round = 0; round < 4; round++) {
      const writer = await startWriter(directory, 6_000, "switched");
      await until(() => writer.lines.some((one) => one.durable));
      await freeze(writer);
      expect(await cut(writer)).toBeGreaterThanOrEqual(newest(writer.lines, true));
    }
  });
});

describe("a full disk", () => {
  test("is DISK_FULL, loses nothing acknowledged, and the store goes on by itself once there is room", async () => {
    const disk = mount("-t", "tmpfs", "-o", "size=6m", "tmpfs");
    const directory = join(disk, "store");
    const store = await openStore(directory, { reserveBytes: 0 });
    const acknowledged = new Set<string>();
    const fill = async (from: number, to: number) => {
      for (let n = from; n < to; n++) {
        const value = new Uint8Array(30_000).map((_, at) => (at * at * 31 + n * 17 + (at >> 3)) % 256);
        await store.write([{ type: "put", key: `k${String(n).padStart(5, "0")}`, value }], { durable: n % 2 === 0 });
        acknowledged.add(`k${String(n).padStart(5, "0")}`);
      }
    };
    await expect(fill(0, 2_000)).rejects.toMatchObject({ code: "DISK_FULL" });
    await expect(store.write([put("more", [1])])).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(acknowledged.size).toBeGreaterThan(20);
    execFileSync("mount", ["-o", "remount,size=64m", disk]);
    await fill(5_000, 5_050);
    await store.close();
    const again = await openStore(directory);
    const keys = new Set((await entriesOf(again)).map(([key]) => key));
    await again.close();
    expect([...acknowledged].filter((key) => !keys.has(key))).toEqual([]);
  });

  test("leaves the identity as it was, and the start says DISK_FULL", async () => {
    const disk = mount("-t", "tmpfs", "-o", "size=1m", "tmpfs");
    const first = await loadIdentity(join(disk, "data"));
    writeFileSync(join(disk, "filler"), new Uint8Array(1024 * 1024 - 8 * 1024));
    expect(() => {
      for (let n = 0; ; n++) writeFileSync(join(disk, `small-${n}`), new Uint8Array(4096));
    }).toThrow(/ENOSPC/);
    await expect(loadIdentity(join(disk, "data"))).rejects.toMatchObject({ code: "DISK_FULL" });
    await expect(openDataDir(join(disk, "other"))).rejects.toMatchObject({ code: "DISK_FULL" });
    rmSync(join(disk, "filler"));
    expect(await loadIdentity(join(disk, "data"))).toMatchObject({ hub: first.hub, epoch: 2 });
  });

  test("is noticed before it is full: with the reserve, reading and deleting go on", async () => {
    const disk = mount("-t", "tmpfs", "-o", "size=12m", "tmpfs");
    const store = await openStore(join(disk, "store"));
    await store.write([put("a", [1])]);
    writeFileSync(join(disk, "filler"), new Uint8Array(6 * 1024 * 1024));
    await expect(store.write([put("b", [1])])).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(await store.get("a")).toEqual(Uint8Array.of(1));
    await store.write([{ type: "delete", key: "a" }]);
    rmSync(join(disk, "filler"));
    await store.write([put("b", [1])]);
    await store.close();
    expect(readdirSync(disk)).toEqual(["store"]);
    expect(statSync(join(disk, "store")).mode & 0o777).toBe(0o700);
  });
});
