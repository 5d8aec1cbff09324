/**
 * When this hub raises or lowers its rank: how regions split and merge. A small machine over the table.
 *
 * Everybody decides for itself, in an order, and whoever comes later sees that it is done. A landmark must have others behind it:
 * hubs that its neighbour on the way to the old landmark reaches through it. So the leaf of a star never splits anything, and a star stays
 * one region, however many leaves it has. Where there is no landmark, or far too many children, each looks at its nearest alone: in a
 * large mesh that starts cold many begin at once, a region apart.
 */
import type { HubId } from "../../core/ids.js";
import { countChildren, eachChild, type Surroundings } from "./regions.js";
import { ENTRIES_MAX, INFINITE, RANK_MAX, type RoutingSettings } from "./settings.js";
import { type RouteTable, SELF } from "./table.js";

/** Part of the children that should be behind a new landmark; twice as many will be nearer to it. */
const SPLIT_PART = 1 / 8;
/** A region of which this part has gone is being split. */
const GONE_PART = 1 / 8;
/** Past this many times the bound any split is better than none. */
const OVERFULL = 2;
/** A region with this part of the least number of children (the leaf of a star) merges into any sibling that can hold it. */
const TINY_PART = 1 / 4;
/** There everything goes this much faster. */
const HASTE = 4;
/** Where several begin at once: each looks at as many as this part of the greatest number of children. Gives regions of middling size. */
const NEAR_PART = 5 / 8;
/** Each level up, the surroundings that one looks at are so many times as wide: the square root of `unitsMax` · `NEAR_PART`, with short links. News
 *  takes so many times as long. Without it 10,000 hubs that start cold got 89 landmarks of rank 2 instead of some 15, and a level too many. */
const WIDER_PER_LEVEL = 4;
const NEVER = Number.POSITIVE_INFINITY;

export class RankRule {
  /** When to judge again. Unit: ms. */
  deadlineMs = NEVER;
  #crowdedMs = NEVER;
  #sparseMs = NEVER;
  /** Of whose region, and how many children it had at most since: another, or fewer, and it is being split already. */
  #landmark: HubId | undefined;
  #peak = 0;
  #raiseNotBeforeMs = 0;

  constructor(readonly settings: RoutingSettings) {}

  /** @returns by how much to change one's rank. */
  judge(around: Surroundings, nowMs: number): -1 | 0 | 1 {
    const rank = around.table.rank(SELF);
    const raiseMs = this.#raiseMs(around, rank, nowMs);
    const lowerMs = this.#lowerMs(around, rank, nowMs);
    this.deadlineMs = Math.min(raiseMs > nowMs ? raiseMs : NEVER, lowerMs > nowMs ? lowerMs : NEVER);
    if (raiseMs <= nowMs) return this.#changed(nowMs, 1);
    return lowerMs <= nowMs ? this.#changed(nowMs, -1) : 0;
  }

  #changed(nowMs: number, by: 1 | -1): 1 | -1 {
    this.#crowdedMs = NEVER;
    this.#sparseMs = NEVER;
    if (by < 0) this.#raiseNotBeforeMs = nowMs + this.settings.raiseBackoffMs;
    return by;
  }

  /** @returns when to raise, as far as can be told now. */
  #raiseMs(around: Surroundings, rank: number, nowMs: number): number {
    const { max } = this.#bounds(rank);
    const count = rank < RANK_MAX ? countChildren(around, rank) : 0;
    if (count <= max) {
      this.#crowdedMs = NEVER;
      return NEVER;
    }
    const landmark = around.locator[rank];
    const isBeingSplit = landmark !== this.#landmark || count < this.#peak * (1 - GONE_PART);
    if (this.#crowdedMs === NEVER || isBeingSplit) {
      this.#crowdedMs = nowMs;
      this.#peak = count;
      this.#landmark = landmark;
    }
    this.#peak = Math.max(this.#peak, count);
    const delayMs = landmark === undefined ? this.#electMs(around, rank) : this.#splitMs(around, rank, landmark, count);
    return Math.max(this.#crowdedMs + delayMs, this.#raiseNotBeforeMs);
  }

  #splitMs({ table }: Surroundings, rank: number, landmark: HubId, count: number): number {
    const { splitHoldMs, badSplitMs } = this.settings;
    const stepMs = this.#stepMs(rank);
    const slot = table.slots.get(landmark);
    if (slot === undefined || !table.isReachable(slot)) return NEVER;
    const { max, min } = this.#bounds(rank);
    const behind = countBehind(table, rank, table.via[slot] as number);
    if (Math.min(behind, count - behind) < min / 2) return NEVER;
    // Far too many: several hubs split the region at once, each in its own surroundings.
    if (count > OVERFULL * max) return (splitHoldMs + this.#before(table, rank, max * NEAR_PART) * stepMs) / HASTE;
    const waitMs = behind >= count * SPLIT_PART ? 0 : badSplitMs;
    return splitHoldMs + waitMs + this.#before(table, rank, table.length) * stepMs;
  }

  #electMs({ table }: Surroundings, rank: number): number {
    const { electHoldMs, badSplitMs } = this.settings;
    const { max, min } = this.#bounds(rank);
    let behind = 0;
    for (let column = 0; column < table.width; column++) behind = Math.max(behind, countBehind(table, rank, column));
    const waitMs = behind < min / 2 ? badSplitMs : 0;
    return electHoldMs + waitMs + this.#before(table, rank, max * NEAR_PART) * this.#stepMs(rank);
  }

  /** Between two of an order that raise themselves. Unit: ms. */
  #stepMs(rank: number): number {
    return this.settings.raiseStepMs * WIDER_PER_LEVEL ** rank;
  }

  /** @returns how many of the `nearest` others of this rank have a higher hash: they go first. */
  #before(table: RouteTable, rank: number, nearest: number): number {
    const metrics: number[] = [];
    eachOther(table, rank, (other) => metrics.push(table.metric[other] as number));
    const reach = metrics.length <= nearest ? INFINITE : (metrics.sort(ascending)[Math.floor(nearest)] as number);
    const own = mixed(table.hash[SELF] as number, rank);
    let before = 0;
    eachOther(table, rank, (other) => {
      if ((table.metric[other] as number) > reach) return;
      if (mixed(table.hash[other] as number, rank) > own) before += 1;
    });
    return before;
  }

  #bounds(rank: number): { readonly max: number; readonly min: number; readonly room: number } {
    const { cellMax, cellMin, cellRoom, unitsMax, unitsMin, unitsRoom } = this.settings;
    return rank === 0
      ? { max: cellMax, min: cellMin, room: cellRoom }
      : { max: unitsMax, min: unitsMin, room: unitsRoom };
  }

  /** @returns when to lower, as far as can be told now. */
  #lowerMs(around: Surroundings, rank: number, nowMs: number): number {
    if (rank === 0 || !this.#isSparse(around, rank)) {
      this.#sparseMs = NEVER;
      return NEVER;
    }
    if (this.#sparseMs === NEVER) this.#sparseMs = nowMs;
    return this.#sparseMs + this.settings.mergeHoldMs * (1 + mixed(around.table.hash[SELF] as number, rank) / 2 ** 33);
  }

  #isSparse(around: Surroundings, rank: number): boolean {
    const { min, room } = this.#bounds(rank - 1);
    const { table } = around;
    const count = countChildren(around, rank - 1);
    const sibling = nearestSibling(around, rank);
    // The only region of the highest level: the level itself is not needed when its children fit without.
    if (sibling === undefined) return around.locator.length === rank && count <= room;
    const size = table.sizes[sibling]?.[rank - 1] ?? 0;
    const most = count <= min * TINY_PART ? ENTRIES_MAX / 2 : room;
    if (count >= min || size === 0 || size + count > most) return false;
    // Of two sparse ones the smaller goes; a sibling that may not lower itself (it is landmark higher up) stays.
    if (size >= min || table.rank(sibling) > rank || size > count) return true;
    return size === count && mixed(table.hash[sibling] as number, rank) > mixed(table.hash[SELF] as number, rank);
  }
}

/** @returns how many hubs of this rank, oneself among them, the neighbour of that column reaches through this hub: it keeps silent about
 *  them (split horizon). A lower bound of what is nearer to this hub; nobody is behind a leaf, however many neighbours it has. */
function countBehind(table: RouteTable, rank: number, column: number): number {
  let count = 1;
  eachOther(table, rank, (other) => {
    const isSilent = table.heardMetric[other * table.width + column] === INFINITE;
    if (isSilent && table.via[other] !== column) count += 1;
  });
  return count;
}

/** Each reachable hub of exactly this rank. */
function eachOther(table: RouteTable, rank: number, visit: (slot: number) => void): void {
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (table.isReachable(slot) && table.rank(slot) === rank) visit(slot);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

function nearestSibling(around: Surroundings, rank: number): number | undefined {
  const { table } = around;
  let nearest: number | undefined;
  eachChild(around, rank, (slot) => {
    if (slot === SELF) return;
    if (nearest === undefined || (table.metric[slot] as number) < (table.metric[nearest] as number)) nearest = slot;
  });
  return nearest;
}

/** A different order for each level. Source: the finaliser of MurmurHash3. */
export function mixed(hash: number, salt: number): number {
  let h = hash ^ Math.imul(salt + 1, 0x9e3779b9);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Order-free sum over one neighbour's entries; both ends work it out. */
export function digestTerm(table: RouteTable, slot: number, metric: number): number {
  return mixed((table.hash[slot] as number) ^ metric, table.version[slot] as number);
}
