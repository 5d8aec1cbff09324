/** An engine in memory whose disk can fail, half-way through a batch too. */
import { type Engine, type EngineOperation, META_PREFIX } from "../../../runtime/io/store/engine.js";

export interface FakeDisk {
  /** What survives closing, as the log on a disk does. */
  readonly entries: Map<string, Uint8Array>;
  readonly batches: { operations: readonly EngineOperation[]; sync: boolean }[];
  /** Thrown by every batch and opening until it is undefined. */
  failure: Error | undefined;
  /** Batches wait for this. */
  gate: Promise<void>;
  opened: number;
  open(): Promise<Engine>;
}

export function createFakeDisk(): FakeDisk {
  const disk: FakeDisk = {
    entries: new Map(),
    batches: [],
    failure: undefined,
    gate: Promise.resolve(),
    opened: 0,
    async open() {
      if (disk.failure) throw disk.failure;
      disk.opened++;
      return engineOn(disk);
    },
  };
  return disk;
}

/** An error as the engine words it. */
export function diskFullError(): Error {
  return new Error("IO error: /data/000003.log: No space left on device");
}

function engineOn(disk: FakeDisk): Engine {
  let open = true;
  /** After a failed batch the log's end is unknown: whatever this engine writes then is lost when it is read again. */
  let torn = false;
  return {
    async get(key) {
      if (!open) throw new Error("engine used after close");
      return disk.entries.get(key);
    },
    async batch(operations, sync) {
      await disk.gate;
      if (!open) throw new Error("engine used after close");
      if (disk.failure) {
        torn = true;
        throw disk.failure;
      }
      if (!operations[0]?.key.startsWith(META_PREFIX)) disk.batches.push({ operations, sync });
      if (torn) return;
      for (const one of operations) {
        if (one.type === "put") disk.entries.set(one.key, one.value);
        else disk.entries.delete(one.key);
      }
    },
    async *range(from, to, { limit, reverse }) {
      const keys = [...disk.entries.keys()].filter((key) => key >= from && key < to).sort();
      if (reverse) keys.reverse();
      for (const key of limit < 0 ? keys : keys.slice(0, limit)) yield [key, disk.entries.get(key)!] as const;
    },
    async close() {
      open = false;
    },
  };
}
