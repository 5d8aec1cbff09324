/**
 * `npm run bench -- store [--hours 24] [--runs 3]`: LevelDB against LMDB under a hub's load.
 *
 * A simulated day: 50 sensors advertise every 5 s to 60 s (log-uniform), two readings each; the readings log is flushed
 * durably once a minute; what changed of one retained state per sensor is written every 30 s, not durably; 300 bytes
 * (anti-replay counters and the like) are written durably every 10 minutes. The kernel writes dirty pages back after
 * 30 s: here the file system is synced once per 30 simulated seconds instead. Bytes are those that reached the block
 * device of an ext4 file system of its own on a loop device, journal included (as root); elsewhere the process's
 * write_bytes. With --hours below 24 the figures are multiplied up to a day.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { open as openLmdbEnvironment } from "lmdb";
import type { SensorId } from "../../runtime/core/ids.js";
import type { Store, StoreOperation } from "../../runtime/core/ports.js";
import type { Reading } from "../../runtime/core/reading.js";
import type { Engine, EngineOperation } from "../../runtime/io/store/engine.js";
import { openLevel } from "../../runtime/io/store/level.js";
import { openReadingsLog } from "../../runtime/io/store/readings-log.js";
import { openStore } from "../../runtime/io/store/store.js";

const SENSORS = 50;
const STEP_MS = 30_000;
const DAY_HOURS = 24;
const MIB = 1024 * 1024;
const modules = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "node_modules");

const CANDIDATES: Readonly<Record<string, (directory: string) => Promise<Engine>>> = {
  level: (directory) => openLevel(directory),
  level256KiB: (directory) => openLevel(directory, 256 * 1024),
  level4MiB: (directory) => openLevel(directory, 4 * MIB),
  lmdb: async (directory) => openLmdb(directory, {}),
  lmdbOneSync: async (directory) => openLmdb(directory, { overlappingSync: false }),
};

/** What each brings into node_modules, of which an image carries one platform's binary. */
const PACKAGES = {
  level: ["classic-level", "abstract-level", "level-supports", "level-transcoder", "module-error", "napi-macros"],
  lmdb: ["lmdb", "@lmdb", "msgpackr", "msgpackr-extract", "@msgpackr-extract", "weak-lru-cache", "ordered-binary"],
} as const;

const PROBES = {
  bare: "",
  level: `const { ClassicLevel } = await import("classic-level");
    const db = new ClassicLevel(dir, { valueEncoding: "view", cacheSize: 131072, writeBufferSize: 1048576 });
    await db.open();
    opened = performance.now();
    for (let i = 0; i < 500; i++) await db.batch([{ type: "put", key: "k" + i, value: new Uint8Array(2000).fill(i) }]);
    for await (const entry of db.iterator({ fillCache: false })) void entry;`,
  lmdb: `const { open } = await import("lmdb");
    const db = open({ path: dir, encoding: "binary" });
    opened = performance.now();
    for (let i = 0; i < 500; i++) await db.put("k" + i, new Uint8Array(2000).fill(i));
    for (const entry of db.getRange()) void entry;`,
} as const;

export async function run(argv: readonly string[]): Promise<Record<string, number | string>> {
  const { values } = parseArgs({
    args: [...argv],
    options: { hours: { type: "string", default: "24" }, runs: { type: "string", default: "3" } },
  });
  const hours = Number(values.hours);
  const runs = Number(values.runs);
  if (!(hours > 0 && hours <= 240 && runs >= 1 && runs <= 20)) throw new RangeError("--hours 1–240, --runs 1–20");
  const figures: Record<string, number | string> = {};
  const disk = mountDisk();
  figures["measuredBy"] = disk.method;
  try {
    await measureBytes(disk, hours, figures);
  } finally {
    disk.unmount();
  }
  measureProcesses(runs, figures);
  for (const [engine, packages] of Object.entries(PACKAGES)) {
    figures[`${engine}InstallMiB`] = round(
      packages.reduce((sum, name) => sum + bytesBelow(join(modules, name)), 0) / MIB,
    );
  }
  console.table(figures);
  return figures;
}

async function measureBytes(disk: Disk, hours: number, figures: Record<string, number | string>): Promise<void> {
  for (const [name, openEngine] of Object.entries(CANDIDATES)) {
    const directory = join(disk.path, name);
    mkdirSync(directory);
    const store = await openStore(directory, { openEngine: () => openEngine(directory), reserveBytes: 0 });
    disk.sync();
    const before = disk.writtenBytes();
    const readings = await liveThrough(store, hours, () => disk.sync());
    await store.close();
    disk.sync();
    const perDay = DAY_HOURS / hours;
    figures[`${name}BytesPerDay`] = Math.round((disk.writtenBytes() - before) * perDay);
    figures[`${name}DiskMiB`] = round(bytesBelow(directory) / MIB);
    figures["readingsPerDay"] = Math.round(readings * perDay);
    rmSync(directory, { recursive: true });
  }
}

/** @returns how many readings were taken. */
async function liveThrough(store: Store, hours: number, writeBack: () => void): Promise<number> {
  let nowMs = 0;
  let readings = 0;
  const random = seeded(1);
  const log = openReadingsLog(store, { clock: { nowMs: () => nowMs, wallMs: () => 1_700_000_000_000 + nowMs } });
  const sensors = Array.from({ length: SENSORS }, (_, at) => ({
    id: `ble:${(0xa4c138000000 + at).toString(16)}` as SensorId,
    intervalMs: 5_000 * 12 ** random(),
    dueMs: random() * 60_000,
    temperature: 15 + 10 * random(),
    humidity: 40 + 20 * random(),
  }));
  for (const endMs = hours * 3_600_000; nowMs < endMs; ) {
    nowMs += STEP_MS;
    const changed: StoreOperation[] = [];
    for (const sensor of sensors) {
      const heard = sensor.dueMs <= nowMs;
      for (; sensor.dueMs <= nowMs; sensor.dueMs += sensor.intervalMs + 10 * random()) {
        sensor.temperature += Math.round(8 * random() - 4) / 100;
        sensor.humidity += Math.round(20 * random() - 10) / 100;
        log.append(readingOf(sensor.id, "temperature", sensor.temperature, sensor.dueMs));
        log.append(readingOf(sensor.id, "humidity", sensor.humidity, sensor.dueMs));
        readings += 2;
      }
      if (heard) changed.push(stateOf(sensor));
    }
    if (changed.length > 0) await store.write(changed, { durable: false });
    if ((log.flushDueMs ?? Number.POSITIVE_INFINITY) <= nowMs) await log.flush();
    if (nowMs % 600_000 === 0) {
      await store.write([
        { type: "put", key: "bridge/counters", value: new Uint8Array(300).map(() => 255 * random()) },
      ]);
    }
    writeBack();
  }
  await log.close();
  return readings;
}

function readingOf(sensor: SensorId, quantity: "temperature" | "humidity", value: number, atMs: number): Reading {
  const wallMs = 1_700_000_000_000 + atMs;
  return { sensor, quantity, value: Math.round(value * 100) / 100, index: 0, wallMs, rssiDbm: -70, origin: "live" };
}

function stateOf(sensor: { id: string; temperature: number; humidity: number }): StoreOperation {
  const text = JSON.stringify({
    temperature: Number(sensor.temperature.toFixed(2)),
    humidity: Number(sensor.humidity.toFixed(2)),
    battery: 91,
    rssiDbm: -70,
  });
  return {
    type: "put",
    key: `mqtt/retained/mindos/sensor/${sensor.id.slice(4)}`,
    value: new TextEncoder().encode(text),
  };
}

interface Disk {
  readonly path: string;
  readonly method: string;
  writtenBytes(): number;
  sync(): void;
  unmount(): void;
}

/** A file system of its own, so that nobody else's writes are counted. */
function mountDisk(): Disk {
  const root = mkdtempSync(join(tmpdir(), "mindos-bench-"));
  const path = join(root, "mount");
  mkdirSync(path);
  const sync = () => void execFileSync("sync", ["-f", path]);
  try {
    const image = join(root, "image");
    execFileSync("truncate", ["-s", "256M", image]);
    execFileSync("mkfs.ext4", ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image]);
    execFileSync("mount", ["-o", "loop", image, path], { stdio: "ignore" });
    const device = basename(execFileSync("findmnt", ["-no", "SOURCE", path], { encoding: "utf8" }).trim());
    return {
      path,
      method: "sectors written to an ext4 loop device",
      // Documentation/block/stat.rst: the seventh field is sectors written, of 512 bytes whatever the device.
      writtenBytes: () => 512 * Number(readFileSync(`/sys/block/${device}/stat`, "utf8").trim().split(/\s+/)[6]),
      sync,
      unmount: () => {
        execFileSync("umount", [path]);
        rmSync(root, { recursive: true });
      },
    };
  } catch {
    return {
      path,
      method: "write_bytes of the process",
      writtenBytes: () => Number(/^write_bytes: (\d+)/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]),
      sync,
      unmount: () => rmSync(root, { recursive: true }),
    };
  }
}

/** Memory and opening time in processes of their own, alternating; the second opening of each folder counts. */
function measureProcesses(runs: number, figures: Record<string, number | string>): void {
  const root = mkdtempSync(join(tmpdir(), "mindos-bench-"));
  const samples = new Map<string, number[]>();
  const add = (name: string, value: number) => samples.set(name, [...(samples.get(name) ?? []), value]);
  for (let at = 0; at <= runs; at++) {
    for (const [name, body] of Object.entries(PROBES)) {
      const { rssMiB, openMs } = probe(body, join(root, name));
      if (at === 0) continue;
      add(`${name}RssMiB`, rssMiB);
      if (name !== "bare") add(`${name}OpenMs`, openMs);
    }
  }
  rmSync(root, { recursive: true });
  for (const [name, values] of samples) figures[name] = round(median(values));
  for (const name of ["level", "lmdb"]) {
    figures[`${name}RssAddedMiB`] = round(Number(figures[`${name}RssMiB`]) - Number(figures["bareRssMiB"]));
  }
}

function probe(body: string, directory: string): { rssMiB: number; openMs: number } {
  const script = `const dir = ${JSON.stringify(directory)}; const begun = performance.now(); let opened = begun;
    ${body}
    globalThis.gc(); await new Promise((done) => setTimeout(done, 300));
    console.log(JSON.stringify({ rssMiB: process.memoryUsage().rss / ${MIB}, openMs: opened - begun })); process.exit(0);`;
  const file = join(modules, `.mindos-probe-${process.pid}.mjs`);
  writeFileSync(file, script);
  try {
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--expose-gc", file], { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as { rssMiB: number; openMs: number };
  } finally {
    rmSync(file);
  }
}

/** LMDB behind the same door, with one environment and one database. */
function openLmdb(directory: string, options: { readonly overlappingSync?: boolean }): Engine {
  const db = openLmdbEnvironment<Uint8Array, Buffer>({
    path: directory,
    encoding: "binary",
    keyEncoding: "binary",
    ...options,
  });
  return {
    get: async (key) => db.get(Buffer.from(key)),
    async batch(operations: readonly EngineOperation[], sync: boolean) {
      await db.batch(() => {
        for (const one of operations) {
          if (one.type === "put") void db.put(Buffer.from(one.key), one.value);
          else void db.remove(Buffer.from(one.key));
        }
      });
      if (sync) await db.flushed;
    },
    async *range(from, to, { limit, reverse }) {
      const keys = reverse
        ? { start: Buffer.from(to), end: Buffer.from(from) }
        : { start: Buffer.from(from), end: Buffer.from(to) };
      for (const { key, value } of db.getRange({ ...keys, reverse, ...(limit >= 0 && { limit }) })) {
        yield [key.toString(), value] as const;
      }
    },
    close: () => db.close(),
  };
}

function bytesBelow(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}

/** Mulberry32: the same day for every engine. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
