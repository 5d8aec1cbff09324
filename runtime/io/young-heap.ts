/**
 * How much room V8 takes for what was made last. Not pure: node:v8, and the whole process.
 * Its young generation begins with two halves of 1 MiB, and both double whenever as much as one holds has outlived a collection since they doubled last. That is a
 * question of time alone: while 24 hubs come and go it grows to two halves of 16 MiB within two hours, and the allocator's own tables with it. Nothing of that is
 * needed, and it is given back with a full collection only, which a quiet hub hardly ever makes.
 */
import { setFlagsFromString } from "node:v8";

const GROWTH = "--semi-space-growth-factor";
/** Of V8 in Node 20, 22 and 24. */
const GROWTH_DEFAULT = 2;

/**
 * From now on it stays as large as it is; the first full collection, some seconds after a start, makes it small. To be called when a hub listens: a start
 * makes what stays, and takes a tenth longer in a small one. It is collected the more often, each time for a shorter while: nothing to notice in a home, and
 * some 15 % more processor for each frame that a flooded hub passes on. (`--max-semi-space-size` is heard at the start of a process only, and
 * `NODE_OPTIONS` by whoever starts it.) Source: `SemiSpaceNewSpace::Grow` and `Heap::ReduceNewSpaceSize` of V8.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString(`${GROWTH}=1`);
}

/** What V8 compiled bears its flags, and a start with others does not take it: the code of a hub is asked for under those that it started with.
 *  @returns what `run` returns; from then on the young generation is kept small. */
export function withFlagsOfStart<T>(run: () => T): T {
  setFlagsFromString(`${GROWTH}=${GROWTH_DEFAULT}`);
  try {
    return run();
  } finally {
    keepYoungHeapSmall();
  }
}
