/**
 * How long this process was ready to run and did not: other processes had the processors. Not pure: reads /proc where there is one.
 * Source: the Linux kernel's Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat": time on a processor, time on a run queue (ns), slices.
 */
import { openSync, readSync } from "node:fs";

const SCHEDSTAT = "/proc/self/schedstat";
/** A reading is a system call; a flood of frames is not to ask before each of them. Unit: ms. */
const LOOK_EVERY_MS = 5;
const NANOSECONDS = 1e6;

export interface RunQueueSources {
  /** @returns the file's text, or undefined where there is none. */
  readonly read?: () => string | undefined;
}

/** Of the main thread: the one that runs JavaScript. */
export class RunQueue {
  readonly #read: () => string | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #waitedMs: number | undefined;

  constructor({ read = readerOf(SCHEDSTAT) }: RunQueueSources = {}) {
    this.#read = read;
    this.#waitedMs = this.#look();
  }

  /** @returns how long it has waited since it was asked last; 0 where the system does not tell. Unit: ms. */
  waitedMs(nowMs: number): number {
    if (this.#waitedMs === undefined || nowMs - this.#lookedMs < LOOK_EVERY_MS) return 0;
    this.#lookedMs = nowMs;
    const before = this.#waitedMs;
    this.#waitedMs = this.#look();
    return this.#waitedMs === undefined ? 0 : Math.max(0, this.#waitedMs - before);
  }

  #look(): number | undefined {
    const waited = Number(this.#read()?.split(" ")[1]);
    return Number.isFinite(waited) ? waited / NANOSECONDS : undefined;
  }
}

/** Kept open: it is read for as long as this process lives. */
function readerOf(path: string): () => string | undefined {
  const file = opened(path);
  if (file === undefined) return () => undefined; // not Linux, or a kernel without scheduler statistics
  const buffer = Buffer.alloc(96);
  return () => {
    try {
      return buffer.toString("latin1", 0, readSync(file, buffer, 0, buffer.length, 0));
    } catch {
      return undefined;
    }
  };
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    return undefined;
  }
}
