/**
 * The keys of an observed-remove map: dots and floors. Pure.
 * A dot is one act of adding: the hub that did it and its counter. Its key is the hub's id and 6 bytes of counter. Version major 0 is
 * live, 1 removed: a removal wins over the very dot it has observed and over no other. A floor has the hub's id alone as
 * its key and major 2; `minor` is a counter below which no dot of that hub is left: the causal context, compacted.
 */
import { type HubId, isHubId } from "../../core/ids.js";
import type { StateEntry } from "../../core/messages-state.js";

export const REMOVED_MAJOR = 1;
export const FLOOR_MAJOR = 2;
const COUNTER_DIGITS = 12;
const HUB_DIGITS = 32;

export interface Dot {
  readonly hub: HubId;
  /** Below 2^48. */
  readonly counter: number;
}

export function keyOfDot({ hub, counter }: Dot): string {
  return hub + counter.toString(16).padStart(COUNTER_DIGITS, "0");
}

/** @returns undefined when it is no dot's key. */
export function dotOf(key: string): Dot | undefined {
  const hub = key.slice(0, HUB_DIGITS);
  if (key.length !== HUB_DIGITS + COUNTER_DIGITS || !isHubId(hub)) return undefined;
  return { hub, counter: Number.parseInt(key.slice(HUB_DIGITS), 16) };
}

export function isRemoved({ major }: StateEntry): boolean {
  return major === REMOVED_MAJOR;
}
