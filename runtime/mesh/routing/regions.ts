/**
 * Which regions hold this hub, and what each is made of. Pure functions over the table.
 * Source: Tsuchiya, "The Landmark Hierarchy" (SIGCOMM 1988); see `runtime/mesh/README.md`.
 *
 * A hub is of the region that its next hop towards the landmark is of. Next hops towards one destination are a tree, so a region
 * is connected: whatever the metrics do, whoever stays has a neighbour in the region that is nearer to the landmark.
 */
import type { HubId } from "../../core/ids.js";
import { LOCATOR_LEVELS_MAX, type Locator } from "../../core/mesh.js";
import type { Adjacency } from "./adjacency.js";
import { INFINITE } from "./settings.js";
import { type RouteTable, SELF } from "./table.js";

/** A hub leaves its region only for a landmark that is nearer by this part: metrics waver, locators should not. */
const STAY_PART = 1 / 8;

export interface Unit {
  readonly id: HubId;
  readonly metric: number;
  /** How many children: hubs of a cell, regions of a region. 0 while it has not said so. */
  readonly size: number;
}

export interface Surroundings {
  readonly table: RouteTable;
  readonly neighbours: readonly (Adjacency | undefined)[];
  readonly locator: Locator;
}

/** @param holdMs a landmark that was lost less than this ago is still there.
 *  @param isAboveNew one of the regions above the cell has changed a moment ago: those around change theirs, too.
 *  @returns where this hub is now; `around.locator` itself when that has not changed. */
export function locate(around: Surroundings, nowMs: number, holdMs: number, isAboveNew: boolean): Locator {
  const { table, locator } = around;
  const slots = landmarkSlots(around, nowMs - holdMs);
  let top = table.rank(SELF);
  for (const slot of slots) top = Math.max(top, table.rank(slot));
  top = Math.min(top, LOCATOR_LEVELS_MAX);
  if (top === 0) return locator.length === 0 ? locator : NOWHERE;
  const place = new Array<HubId>(top);
  let changed = locator.length !== top;
  for (let level = top; level >= 1; level--) {
    place[level - 1] = landmarkOf(around, slots, place, level, isAboveNew);
    changed ||= place[level - 1] !== locator[level - 1];
  }
  return changed ? place : locator;
}

const NOWHERE: Locator = Object.freeze([]);

/** Landmarks that can be reached, and one's own that were lost after `heldMs`. */
function landmarkSlots({ table, locator }: Surroundings, heldMs: number): number[] {
  const slots: number[] = [];
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (table.rank(slot) === 0) continue;
    const isHeld = () => (table.lostMs[slot] as number) > heldMs && locator.includes(table.hubs[slot] as HubId);
    if (table.isReachable(slot) || isHeld()) slots.push(slot);
  }
  return slots;
}

/** @param place is known above `level`. */
function landmarkOf(
  around: Surroundings,
  slots: readonly number[],
  place: HubId[],
  level: number,
  isAboveNew: boolean,
): HubId {
  const { table, locator } = around;
  const self = table.hubs[SELF] as HubId;
  if (table.rank(SELF) >= level) return self;
  const above = place[level];
  const present = locator[level - 1];
  // A new region of a level spreads from its landmark, and passes through a cell from one side to the other. Whoever hears of it first is not to leave its
  // cell for that: in a moment the others are of the new region, too.
  const isPatient = isAboveNew || !restIsSame(locator, place, level);
  let best: HubId | undefined;
  let bestMetric = INFINITE;
  let presentMetric = INFINITE;
  for (const slot of slots) {
    const hub = table.hubs[slot] as HubId;
    const rank = table.rank(slot);
    if (rank !== level && !(rank > level && hub === above)) continue;
    const metric = table.metric[slot] as number;
    if (metric === INFINITE) {
      // Lost a moment ago: whoever belongs to it waits.
      if (hub === present) presentMetric = 0;
      continue;
    }
    const next = around.neighbours[table.via[slot] as number];
    if (!isOf(next, hub, level)) continue;
    if (!isBelow(next, place, level) && !(isPatient && hub === present)) continue;
    if (hub === present) presentMetric = metric;
    if (metric < bestMetric || (metric === bestMetric && best !== undefined && hub < best)) {
      best = hub;
      bestMetric = metric;
    }
  }
  if (present !== undefined && presentMetric !== INFINITE && bestMetric >= presentMetric * (1 - STAY_PART))
    return present;
  return best ?? above ?? nearest(around, slots, level) ?? self;
}

function restIsSame(locator: Locator, place: readonly HubId[], level: number): boolean {
  for (let above = level; above < place.length; above++) if (locator[above] !== place[above]) return false;
  return true;
}

/** Is the next hop towards this landmark of its region? */
function isOf(next: Adjacency | undefined, landmark: HubId, level: number): boolean {
  return next?.heard !== undefined && (next.hub === landmark || next.heard[level - 1] === landmark);
}

/** Is it of the regions above that we are of? One that it has not found yet may still be ours. */
function isBelow(next: Adjacency | undefined, place: readonly HubId[], level: number): boolean {
  for (let above = level; above < place.length; above++) {
    const other = next?.heard?.[above];
    if (other !== undefined && other !== place[above]) return false;
  }
  return true;
}

/** Nobody on the way is of a region at the highest level yet. */
function nearest({ table }: Surroundings, slots: readonly number[], level: number): HubId | undefined {
  let best: HubId | undefined;
  let bestMetric = INFINITE;
  for (const slot of slots) {
    const metric = table.metric[slot] as number;
    if (table.rank(slot) !== level || metric >= bestMetric) continue;
    best = table.hubs[slot];
    bestMetric = metric;
  }
  return best;
}

/** Calls `visit` for each reachable child of this hub's region of level `rank` + 1: hubs of its cell (rank 0), regions of level `rank`.
 *  `slot` is that of its landmark. */
export function eachChild({ table, locator }: Surroundings, rank: number, visit: (slot: number) => void): void {
  const above = locator[rank];
  for (let slot = 0; slot < table.length; slot++) {
    const hub = table.hubs[slot];
    if (hub === undefined || !table.isReachable(slot)) continue;
    const own = table.rank(slot);
    if (own === rank || (own > rank && (slot === SELF || hub === above))) visit(slot);
  }
}

export function countChildren(around: Surroundings, rank: number): number {
  let count = 0;
  eachChild(around, rank, () => {
    count += 1;
  });
  return count;
}

/** @returns the hubs of this hub's cell, itself among them, sorted. */
export function cellOf(around: Surroundings): HubId[] {
  const hubs: HubId[] = [];
  eachChild(around, 0, (slot) => hubs.push(around.table.hubs[slot] as HubId));
  return hubs.sort();
}

/** @param level from 1. @returns the level-`level` regions of this hub's level-(`level`+1) region, its own among them, sorted by id. */
export function unitsOf(around: Surroundings, level: number): Unit[] {
  const { table } = around;
  const units: Unit[] = [];
  eachChild(around, level, (slot) => {
    const size = table.sizes[slot]?.[level - 1] ?? 0;
    units.push({ id: table.hubs[slot] as HubId, metric: table.metric[slot] as number, size });
  });
  return units.sort((a, b) => (a.id < b.id ? -1 : 1));
}
