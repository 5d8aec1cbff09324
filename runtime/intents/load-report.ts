/** When a load report is worth sending: on a change, and now and then. Pure. */
import type { LoadBody } from "../core/messages.js";

/** Smaller changes are noise of the measurement. */
const CHANGE_RATIO = 0.1;
/** The same report again after this long, for a hub that missed it. Unit: ms. */
const REPEAT_MS = 15_000;
/** A queue of one or two, and the first tenths of a core, come and go. */
const QUEUE_STEP = 4;
const CPU_STEP = 0.1;

export interface SentLoad {
  readonly load: LoadBody;
  readonly sentMs: number;
}

export function shouldSend(previous: SentLoad | undefined, next: LoadBody, nowMs: number): boolean {
  if (previous === undefined || nowMs - previous.sentMs >= REPEAT_MS) return true;
  const { load } = previous;
  return (
    load.sensors !== next.sensors ||
    Math.abs(load.queueLength - next.queueLength) >= QUEUE_STEP ||
    Math.abs(load.cpuLoad - next.cpuLoad) >= Math.max(CPU_STEP, CHANGE_RATIO * load.cpuLoad) ||
    Math.abs(load.freeMemoryMiB - next.freeMemoryMiB) >= CHANGE_RATIO * load.freeMemoryMiB ||
    names(load) !== names(next)
  );
}

function names(load: LoadBody): string {
  return [...load.warmModels, "", ...load.neighbours.map(({ hub }) => hub).sort()].join(" ");
}
