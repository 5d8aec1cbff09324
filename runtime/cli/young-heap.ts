/**
 * How much room V8 takes for what was made last. Not pure: node:v8.
 * Its young generation begins with two halves of 1 MiB, and doubles whenever as much as one half holds has outlived a collection since it doubled last. That is a question
 * of time alone: after a day of 24 hubs that come and go it has grown to two halves of 16 MiB, none of which the hub needs, and a hub that is quiet
 * makes no full collections any more, which would give it back.
 */
import { setFlagsFromString } from "node:v8";

/**
 * From now on it stays as large as it is: to be called before a hub's code is loaded, whose start would have it grow to 4 MiB. It is collected the more
 * often for it, each time for a shorter while: nothing to notice in a home, and about 5 % more processor for each frame of a flood.
 * (`--max-semi-space-size` is heard at the start of a process only.) Source: `SemiSpaceNewSpace::Grow` and `Heap::ReduceNewSpaceSize` of V8.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}
