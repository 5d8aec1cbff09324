/**
 * Where a hub's place is kept, and the next step towards it. Pure.
 * From the top down: of the highest regions the one that rendezvous hashing picks for the hub, inside that one the picked region below,
 * at last the picked hubs of a cell. Every step needs only tables that a hub has anyway, and who is inside the region of one step
 * knows the candidates of the next.
 */
import type { HubId } from "../../core/ids.js";
import type { Ways } from "../forwarding/ways.js";
import { chooseTwo } from "./rendezvous.js";

/** Of `rank`: the copy in the second of the highest regions. */
export const SECOND_REGION = 1;
/** Of `rank`: the copy at the second hub of the cell. */
export const SECOND_HUB = 2;

export type Step =
  /** This hub keeps that copy. */
  | "here"
  /** There is no such hub, or no way to it. */
  | "nowhere"
  | HubId;

/** O(32 · levels + 64) hashes. */
export function stepTowards(ways: Ways, self: HubId, key: HubId, rank: number): Step {
  for (let level = ways.topLevel; level >= 1; level--) {
    const unit = chosenUnit(ways, key, level, rank);
    if (unit === undefined) return "nowhere";
    if (unit !== ways.locator[level - 1]) return ways.nextHopTo(level, unit) ?? "nowhere";
  }
  const keeper = keepers(ways, key)[(rank & SECOND_HUB) === 0 ? 0 : 1];
  if (keeper === undefined) return "nowhere";
  if (keeper === self) return "here";
  return ways.nextHop(keeper, ways.locator) ?? "nowhere";
}

/** The two hubs of this hub's cell that keep a place, if the cell does. */
export function keepers(ways: Ways, key: HubId): readonly [HubId | undefined, HubId | undefined] {
  return chooseTwo(key, ways.cell());
}

/** The two highest regions that keep a place. */
export function topRegions(ways: Ways, key: HubId): readonly [HubId | undefined, HubId | undefined] {
  return chooseTwo(key, unitIds(ways, ways.topLevel));
}

export function unitIds(ways: Ways, level: number): readonly HubId[] {
  return ways.units(level).map((unit) => unit.id);
}

function chosenUnit(ways: Ways, key: HubId, level: number, rank: number): HubId | undefined {
  const [first, second] = chooseTwo(key, unitIds(ways, level));
  return level === ways.topLevel && (rank & SECOND_REGION) !== 0 ? (second ?? first) : first;
}
