/** Counters of what was dropped, refused or done. Pure. */
import type { Counters } from "./ports.js";

export function createCounters(): Counters {
  const totals = new Map<string, number>();
  return {
    count: (name, by = 1) => void totals.set(name, (totals.get(name) ?? 0) + by),
    snapshot: () => Object.fromEntries([...totals].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}
