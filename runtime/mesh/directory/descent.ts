/**
 * Where a hub's place is kept, and the next step towards it. Pure.
 * From the top down: of the highest regions the one that rendezvous hashing picks for the hub, inside that one the picked region below,
 * at last the picked hubs of a cell. Every step needs only tables that a hub has anyway, and who is inside the region of one step
 * knows the candidates of the next, and picks among them.
 */
import type { HubId } from "../../core/ids.js";
import type { SearchedRegion } from "../../core/messages-directory.js";
import type { Ways } from "../forwarding/ways.js";
import { chooseTwo } from "./rendezvous.js";

/** Of `rank`: the copy in the second of the highest regions. */
export const SECOND_REGION = 1;
/** Of `rank`: the copy at the second hub of the cell. */
export const SECOND_HUB = 2;

/** Which way a LOOKUP goes on. */
export interface Step {
  /** The neighbour that gets it. */
  readonly via: HubId;
  /** The region, or at level 0 the hub of this cell, that it is on its way to. */
  readonly target: Target;
}

/** Chosen once, by a hub that has to choose; whoever passes the LOOKUP on only follows the route there. So hubs that do not agree on the
 *  candidates while regions change send nothing in circles, and most of them need not hash. */
export type Target = SearchedRegion;

/** @param target where it is on its way to; undefined: nobody has chosen yet.
 *  @returns "here": this hub keeps that copy; "nowhere": there is no such hub, or no way to it. O(32 · levels + 64) hashes where a
 *  target was reached, else none. */
export function stepTowards(
  ways: Ways,
  self: HubId,
  key: HubId,
  rank: number,
  target: Target | undefined,
): Step | "here" | "nowhere" {
  let level = ways.topLevel;
  if (target !== undefined) {
    if (target.level === 0 && target.id === self) return "here";
    const isInside = target.level > 0 && ways.locator[target.level - 1] === target.id;
    // Where it is gone nothing is chosen in its place: who sees another hierarchy would send it back.
    if (!isInside) return stepTo(ways, target);
    level = target.level - 1;
  }
  for (; level >= 1; level--) {
    const id = chosenUnit(ways, key, level, rank);
    if (id === undefined) return "nowhere";
    if (id === ways.locator[level - 1]) continue;
    return stepTo(ways, { level, id });
  }
  const keeper = keepers(ways, key)[(rank & SECOND_HUB) === 0 ? 0 : 1];
  if (keeper === undefined) return "nowhere";
  return keeper === self ? "here" : stepTo(ways, { level: 0, id: keeper });
}

/** @returns "nowhere" when there is no way. */
export function stepTo(ways: Ways, target: Target): Step | "nowhere" {
  const via = viaTo(ways, target);
  return via === undefined ? "nowhere" : { via, target };
}

function viaTo(ways: Ways, { level, id }: Target): HubId | undefined {
  return level === 0 ? ways.nextHop(id, ways.locator) : ways.nextHopTo(level, id);
}

/** The two hubs of this hub's cell that keep a place, if the cell does. */
export function keepers(ways: Ways, key: HubId): readonly [HubId | undefined, HubId | undefined] {
  return chooseTwo(key, ways.cell());
}

/** The two highest regions that keep a place. */
export function topRegions(ways: Ways, key: HubId): readonly [HubId | undefined, HubId | undefined] {
  return chooseTwo(key, ways.regions(ways.topLevel));
}

function chosenUnit(ways: Ways, key: HubId, level: number, rank: number): HubId | undefined {
  const [first, second] = chooseTwo(key, ways.regions(level));
  return level === ways.topLevel && (rank & SECOND_REGION) !== 0 ? (second ?? first) : first;
}
