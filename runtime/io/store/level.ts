/**
 * LevelDB (npm classic-level 3.0.0, LevelDB 1.20) behind the store's engine door.
 * Chosen over LMDB by measurement: `npm run bench -- store` repeats it.
 */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ClassicLevel } from "classic-level";
import type { Engine, EngineOperation } from "./engine.js";
import { isSystemError } from "./errors.js";

/** Raise: fewer table files per day, less rewriting; lower: less memory (up to two are held) and a shorter log to
 *  replay at start. A hub writes some MiB a day, so this is a few switches a day. Unit: bytes. */
const WRITE_BUFFER_BYTES = 1024 * 1024;
/** Cached uncompressed blocks. History is read rarely, a row of blocks at a time. Unit: bytes. */
const CACHE_BYTES = 128 * 1024;

/** One call into the engine brings so much of a range. Raise: fewer calls for a long history; lower: less memory. */
const RANGE_BYTES = 64 * 1024;
const RANGE_ENTRIES = 100;

type Level = ClassicLevel<string, Uint8Array>;

/** @param writeBufferBytes for the bench, which compares sizes. @throws whatever the engine says; the folder must exist. */
export async function openLevel(directory: string, writeBufferBytes = WRITE_BUFFER_BYTES): Promise<Engine> {
  const { ClassicLevel } = await importLevel();
  const level: Level = new ClassicLevel<string, Uint8Array>(directory, {
    keyEncoding: "utf8",
    valueEncoding: "view",
    cacheSize: CACHE_BYTES,
    writeBufferSize: writeBufferBytes,
  });
  await level.open();
  return new LevelEngine(level, directory, writeBufferBytes);
}

/** Salvages what can be read into a new database. Only when the folder cannot be opened otherwise. */
export async function repairLevel(directory: string): Promise<void> {
  const { ClassicLevel } = await importLevel();
  await ClassicLevel.repair(directory);
}

/** Late, so that a command that needs no store does not load it. A bundler gives a CommonJS module as default only. */
async function importLevel(): Promise<Pick<typeof import("classic-level"), "ClassicLevel">> {
  const module: Partial<typeof import("classic-level")> & { readonly default?: typeof import("classic-level") } =
    await import("classic-level");
  const found = module.ClassicLevel ? module : module.default;
  if (!found?.ClassicLevel) throw new TypeError("classic-level exports no ClassicLevel");
  return { ClassicLevel: found.ClassicLevel };
}

class LevelEngine implements Engine {
  #unsynced = false;
  /** The engine began a new log while the old one held operations that were never synced: a sync of the new log alone
   *  would let a power cut take the older operations and leave the newer. */
  #logSwitched = false;

  constructor(
    readonly level: Level,
    readonly directory: string,
    readonly writeBufferBytes: number,
  ) {}

  async get(key: string): Promise<Uint8Array | undefined> {
    const value = await this.level.get(key);
    return value && plain(value);
  }

  async batch(operations: readonly EngineOperation[], sync: boolean): Promise<void> {
    if (this.#unsynced && this.#switchesNow()) this.#logSwitched = true;
    if (sync && this.#logSwitched) {
      await syncLogs(this.directory);
      this.#logSwitched = false;
    }
    await this.level.batch([...operations], { sync });
    this.#unsynced = !sync;
  }

  async *range(
    from: string,
    to: string,
    options: { readonly limit: number; readonly reverse: boolean },
  ): AsyncIterable<readonly [string, Uint8Array]> {
    const iterator = this.level.iterator({
      gte: from,
      lt: to,
      ...options,
      fillCache: false,
      highWaterMarkBytes: RANGE_BYTES,
    });
    try {
      // The first call asks for little: many a reader wants one entry.
      for (let size = 1; ; size = RANGE_ENTRIES) {
        const entries = await iterator.nextv(size);
        if (entries.length === 0) return;
        for (const [key, value] of entries) yield [key, plain(value)];
      }
    } finally {
      await iterator.close();
    }
  }

  close(): Promise<void> {
    return this.level.close();
  }

  /** The engine begins a new log when the buffer has grown past its size before a batch. The figure includes the
   *  cache, so this may say yes too early, which costs one more fsync, and never too late. */
  #switchesNow(): boolean {
    return !(Number(this.level.getProperty("leveldb.approximate-memory-usage")) <= this.writeBufferBytes);
  }
}

async function syncLogs(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!name.endsWith(".log")) continue;
    try {
      const file = await open(join(directory, name), "r+");
      try {
        await file.datasync();
      } finally {
        await file.close();
      }
    } catch (error) {
      // Gone since it was listed: its content is in a table file by now, and that is synced before the log is removed.
      if (!isSystemError(error, "ENOENT")) throw error;
    }
  }
}

/** A Buffer compares unequal to the Uint8Array that was written. */
function plain(value: Uint8Array): Uint8Array {
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}
