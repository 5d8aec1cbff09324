/** When a load report is worth sending: on a change, and now and then. Pure. */
import type { LoadBody } from "../core/messages.js";

/** Smaller changes are noise of the measurement. */
const CHANGE_RATIO = 0.1;
/** The same report again after this long, for a hub that missed it. Unit: ms. */
const REPEAT_MS = 15_000;
/** Every hub of a cell hears, and passes on, what every other reports, in 250 bytes. So that it is a report of somebody every two seconds at
 *  most however large the cell is, the repeats come less often the larger it is; */
const REPEAT_MS_PER_HUB = 2000;
/** and changes wait so long after the last report: two a second from the whole of a restless cell. */
const CHANGE_MS_PER_HUB = 500;
/** While links come and go they are not told: each neighbour hears the last report with its link, and of a mesh that starts the rest
 *  of the cell hears once. Unit: ms. */
const STEADY_MS = 3000;
/** The same for a hub that is behind with its work, as all are where a crowd starts on few processors: ways come first. Unit: ms. */
const STEADY_BEHIND_MS = 15_000;
/** A queue of one or two, and the first tenths of a core, come and go. */
const QUEUE_STEP = 4;
const CPU_STEP = 0.1;
/** Beyond one for each core it is a queue, and swings: what is said of it all the time makes it longer. */
const CROWDED_RATIO = 0.5;

export interface SentLoad {
  readonly load: LoadBody;
  readonly sentMs: number;
}

export interface LoadMoment {
  readonly nowMs: number;
  /** How many hubs hear it, this one among them. */
  readonly cellHubs: number;
  /** Since when the neighbours are these. Unit: ms. */
  readonly linkedMs: number;
  /** This hub's timers are late. */
  readonly isBehind: boolean;
}

export function shouldSend(
  previous: SentLoad | undefined,
  next: LoadBody,
  { nowMs, cellHubs, linkedMs, isBehind }: LoadMoment,
): boolean {
  if (previous === undefined) return true;
  if (nowMs - linkedMs < (isBehind ? STEADY_BEHIND_MS : STEADY_MS)) return false;
  const { load, sentMs } = previous;
  if (nowMs - sentMs >= Math.max(REPEAT_MS, cellHubs * REPEAT_MS_PER_HUB)) return true;
  // In a home of a few hubs a change is told with the next measurement.
  if (nowMs - sentMs < (cellHubs - 1) * CHANGE_MS_PER_HUB) return false;
  return (
    load.sensors !== next.sensors ||
    Math.abs(load.queueLength - next.queueLength) >= QUEUE_STEP ||
    Math.abs(load.cpuLoad - next.cpuLoad) >= (load.cpuLoad > 1 ? CROWDED_RATIO * load.cpuLoad : CPU_STEP) ||
    Math.abs(load.freeMemoryMiB - next.freeMemoryMiB) >= CHANGE_RATIO * load.freeMemoryMiB ||
    names(load) !== names(next)
  );
}

function names(load: LoadBody): string {
  return [...load.warmModels, "", ...load.neighbours.map(({ hub }) => hub).sort()].join(" ");
}
