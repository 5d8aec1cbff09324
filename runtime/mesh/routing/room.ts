/**
 * How many destinations the table takes in, and which goes when it is full. Pure functions over the table.
 *
 * `ENTRIES_MAX` bounds all ranks together: what a small board sorts through and tells a new neighbour in one breath. A settled mesh
 * needs 64 + 3 × 32 of them; a cell that is crowded, before it has split, may take what the regions leave. Newcomers that find
 * no room are dropped and asked for again later. A landmark does find room: the plain hub that is farthest away goes for it. Without the landmark a
 * whole region would be out of reach, without the hub just that one, and only from here: those nearer to it still have it, and a split
 * is due that will put it into another cell.
 */
import { ENTRIES_MAX, RANK_MAX, UNIT_ENTRIES_MAX, UNSPLIT_ENTRIES_MAX } from "./settings.js";
import { type RouteTable, SELF } from "./table.js";

/** A table that was too full asks again once it is this empty. Part of its bounds. */
const AGAIN_PART = 3 / 4;

export type Room = "free" | "displaces" | "none";

/** @param isSplit whether there are regions at all.
 *  @returns "displaces": there is room once another has gone, see `farthestPlain`. O(rows). */
export function roomFor(table: RouteTable, rank: number, isSplit: boolean): Room {
  let same = 0;
  let all = 0;
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (!table.isReachable(slot)) continue;
    all += 1;
    if (table.rank(slot) === rank) same += 1;
  }
  if (same >= mostOf(rank, isSplit)) return "none";
  if (all < ENTRIES_MAX) return "free";
  return rank > 0 ? "displaces" : "none";
}

/** Whether it is worth asking for what found no room. O(rows). */
export function hasRoomAgain(table: RouteTable, isSplit: boolean): boolean {
  const counts = new Array<number>(RANK_MAX + 1).fill(0);
  let all = 0;
  for (let slot = SELF + 1; slot < table.length; slot++) {
    if (!table.isReachable(slot)) continue;
    all += 1;
    const rank = table.rank(slot);
    counts[rank] = (counts[rank] as number) + 1;
  }
  return all < ENTRIES_MAX * AGAIN_PART && counts.every((count, rank) => count < mostOf(rank, isSplit) * AGAIN_PART);
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
