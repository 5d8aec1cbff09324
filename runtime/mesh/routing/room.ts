/**
 * How many destinations the table takes in, and which goes when it is full. Pure functions over the table.
 *
 * `ENTRIES_MAX` bounds all ranks together: what a small board sorts through and tells a new neighbour in one breath. A settled mesh
 * needs 64 + 3 × 32 of them; a cell that is crowded, before it has split, may take what the regions leave. Newcomers that find
 * no room are dropped and asked for again later. A landmark does find room: the plain hub that is farthest away goes for it. Without the landmark a
 * whole region would be out of reach, without the hub just that one, and only from here: those nearer to it still have it, and a split
 * is due that will put it into another cell.
 */
import { DOUBT_MS, ENTRIES_MAX, UNIT_ENTRIES_MAX, UNSPLIT_ENTRIES_MAX } from "./settings.js";
import { LONG_LOST, NO_COLUMN, type RouteTable, SELF } from "./table.js";

/** A table that was too full asks again once it is this empty. Part of its bounds. */
const AGAIN_PART = 3 / 4;

export type Room = "free" | "displaces" | "none";

/** @param isSplit whether there are regions at all.
 *  @returns "displaces": there is room once another has gone, see `farthestPlain`. */
export function roomFor({ reachable }: RouteTable, rank: number, isSplit: boolean): Room {
  if ((reachable[rank] as number) >= mostOf(rank, isSplit)) return "none";
  if (sum(reachable) < ENTRIES_MAX) return "free";
  return rank > 0 ? "displaces" : "none";
}

/** Whether it is worth asking for what found no room. */
export function hasRoomAgain({ reachable }: RouteTable, isSplit: boolean): boolean {
  const isRoomy = (count: number, rank: number) => count < mostOf(rank, isSplit) * AGAIN_PART;
  return sum(reachable) < ENTRIES_MAX * AGAIN_PART && reachable.every(isRoomy);
}

/** Forgets what has been lost for long. Slots may be renumbered. @returns whether any lost row is left. */
export function collectLost(table: RouteTable, nowMs: number, holdMs: number): boolean {
  let left = false;
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (table.hubs[slot] === undefined || table.isReachable(slot)) continue;
    const ageMs = nowMs - (table.lostMs[slot] as number);
    if (ageMs >= DOUBT_MS) table.via[slot] = LONG_LOST;
    if (ageMs < holdMs) left = true;
    else table.remove(slot);
  }
  table.compact();
  return left;
}

/** @returns the row that makes room when all are taken: most are lost destinations, since far fewer have a route. O(rows). */
export function longestLost(table: RouteTable): number {
  let oldest = NO_COLUMN;
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (table.hubs[slot] === undefined || table.isReachable(slot)) continue;
    if (oldest === NO_COLUMN || (table.lostMs[slot] as number) < (table.lostMs[oldest] as number)) oldest = slot;
  }
  return oldest;
}

function sum(counts: readonly number[]): number {
  let all = 0;
  for (const count of counts) all += count;
  return all;
}

/** @returns the reachable hub of rank 0 with the greatest metric; undefined when all are landmarks. O(rows). */
export function farthestPlain(table: RouteTable): number | undefined {
  let farthest: number | undefined;
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (!table.isReachable(slot) || table.rank(slot) > 0) continue;
    if (farthest === undefined || (table.metric[slot] as number) > (table.metric[farthest] as number)) farthest = slot;
  }
  return farthest;
}

function mostOf(rank: number, isSplit: boolean): number {
  if (rank > 0) return UNIT_ENTRIES_MAX;
  return isSplit ? ENTRIES_MAX : UNSPLIT_ENTRIES_MAX;
}
