/** Counters of what was dropped, refused or done. Pure. */
import type { Counters } from "./ports.js";

/** Names: some hundreds are in the code. A name that somebody else could choose is a bug, which must not fill the memory. */
const NAMES_MAX = 2048;
const BEYOND = "counters.other";

/** Bounded: beyond 2,048 names all others are counted as one. */
export function createCounters(): Counters {
  const totals = new Map<string, number>();
  return {
    count: (asked, by = 1) => {
      const name = totals.size < NAMES_MAX || totals.has(asked) ? asked : BEYOND;
      totals.set(name, (totals.get(name) ?? 0) + by);
    },
    snapshot: () => Object.fromEntries([...totals].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
