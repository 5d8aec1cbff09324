/**
 * Which hubs of a cell speak for it to the outside: three, chosen by weighted rendezvous hashing, the same at every member, with no
 * leader and no vote. Pure.
 * A hub's score is −weight ÷ ln(u), u uniform from the ids of cell and hub (Schindelhauer and Schomaker 2005): a hub with twice the weight is a gateway
 * twice as often. Weights are products of coarse classes, so that small changes of load or memory change nothing; members that
 * have not yet heard of a change may disagree on one of the three for a moment, which its users must (and do) bear.
 */
import type { HubId } from "../../core/ids.js";
import { score } from "../directory/rendezvous.js";

export const GATEWAYS = 3;

/** What a hub can spare. What is not known is taken for average. */
export interface Resources {
  readonly hub: HubId;
  readonly power?: "mains" | "battery";
  /** Towards the other hubs. Unit: Mbit/s. */
  readonly bandwidthMbps?: number;
  readonly freeMemoryMiB?: number;
  /** One-minute load average divided by the number of cores. */
  readonly cpuLoad?: number;
}

const POWER_WEIGHTS = { mains: 4, battery: 1 } as const;
const POWER_UNKNOWN = 2;

/** Each class about three times or more beyond the one before: a hub has to change a lot to change its class. */
interface Ladder {
  /** Lower ends of the classes. */
  readonly steps: readonly number[];
  /** One more than there are steps. */
  readonly weights: readonly number[];
  readonly unknown: number;
}
const BANDWIDTH: Ladder = { steps: [2, 10, 50], weights: [0.25, 1, 2, 4], unknown: 1 };
const MEMORY: Ladder = { steps: [32, 128, 512], weights: [0.125, 1, 2, 3], unknown: 1 };
const LOAD: Ladder = { steps: [0.5, 1.5, 4], weights: [2, 1, 0.5, 0.125], unknown: 1 };

/** The product of four classes, 1/256 … 96. */
export function gatewayWeight({ power, bandwidthMbps, freeMemoryMiB, cpuLoad }: Omit<Resources, "hub">): number {
  return (
    (power === undefined ? POWER_UNKNOWN : POWER_WEIGHTS[power]) *
    classOf(BANDWIDTH, bandwidthMbps) *
    classOf(MEMORY, freeMemoryMiB) *
    classOf(LOAD, cpuLoad)
  );
}

/** @param cell its landmark, or any name that all members know.
 *  @param members in any order. O(n).
 *  @returns at most three, best first. */
export function gateways(cell: HubId, members: readonly Resources[], count = GATEWAYS): readonly HubId[] {
  const best: { readonly hub: HubId; readonly score: number }[] = [];
  for (const member of members) {
    const own = { hub: member.hub, score: -gatewayWeight(member) / Math.log(score(cell, member.hub)) };
    let at = best.length;
    while (at > 0 && isBetter(own, best[at - 1])) at -= 1;
    if (at >= count) continue;
    best.splice(at, 0, own);
    best.length = Math.min(best.length, count);
  }
  return best.map(({ hub }) => hub);
}

interface Scored {
  readonly hub: HubId;
  readonly score: number;
}

function isBetter(a: Scored, b: Scored | undefined): boolean {
  return b === undefined || a.score > b.score || (a.score === b.score && a.hub < b.hub);
}

function classOf({ steps, weights, unknown }: Ladder, value: number | undefined): number {
  if (value === undefined || Number.isNaN(value)) return unknown;
  let at = 0;
  for (const step of steps) if (value >= step) at += 1;
  return weights[at] ?? unknown;
}
