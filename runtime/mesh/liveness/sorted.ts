/** Looking up in sorted ids. Pure. */
import type { HubId } from "../../core/ids.js";

/** @param sorted ascending. */
export function isAmong(sorted: readonly HubId[], hub: HubId): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? hub) < hub) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === hub;
}
