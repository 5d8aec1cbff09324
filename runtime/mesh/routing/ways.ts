/** Which row a frame follows: landmark routing over the table. Pure. */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { Adjacency } from "./adjacency.js";
import { backup } from "./selection.js";
import { LONG_LOST, type RouteTable, SELF } from "./table.js";

/**
 * The hub itself where it is known (in one's cell, or a landmark); else, from the bottom up, the landmark of the first of its regions that is known here,
 * which is the largest that does not hold this hub. From the bottom, since a locator grows old from the top: when a region splits, its cells stay, and
 * what every hub remembers of them names a region above that they have left.
 * @returns undefined when no way is known, and for this hub itself.
 */
export function towards(table: RouteTable, own: Locator, to: HubId, locator: Locator | undefined): number | undefined {
  const direct = table.slots.get(to);
  if (direct === SELF) return undefined;
  if (direct !== undefined && table.isReachable(direct)) return direct;
  if (locator === undefined) return undefined;
  for (let level = 1; level <= locator.length; level++) {
    const landmark = locator[level - 1] as HubId;
    // It holds this hub, too, and below it nothing is known: the region there is gone, or the hub has left it.
    if (landmark === own[level - 1]) return undefined;
    const slot = table.slots.get(landmark);
    // It has named this hub, which leads no such region (any more): those around that still think so would get it back.
    if (slot === SELF) return undefined;
    if (slot !== undefined && table.isReachable(slot)) return slot;
  }
  return undefined;
}

/**
 * The same for a neighbour. One of this cell has a row, and the best way is not always its link. One of another region is reached over
 * the link, unless that is so bad, or so doubtful, that even the landmark there is nearer. No circle comes of it: whoever went through this
 * hub to one that had a row here has heard by now that it is lost, or its link was cut as silent.
 * @returns undefined: the link is the way.
 */
export function aroundLink(table: RouteTable, own: Locator, { hub, column, heard }: Adjacency): number | undefined {
  const direct = table.slots.get(hub);
  if (direct !== undefined && table.isReachable(direct)) return direct;
  if (direct !== undefined && table.via[direct] !== LONG_LOST) return undefined;
  const slot = towards(table, own, hub, heard);
  if (slot === undefined) return undefined;
  return (table.metric[slot] as number) < (table.cost[column] as number) ? slot : undefined;
}

/** A row of the table as people see it. */
export interface RouteRow {
  readonly destination: HubId;
  /** The rank of the destination: 0 a hub of one's cell, k the landmark of a level-k region. */
  readonly level: number;
  readonly via: HubId;
  readonly backup: HubId | undefined;
  readonly metric: number;
  readonly seqno: number;
}

/** @returns every destination with a route, in the order in which they were learnt. */
export function rowsOf(table: RouteTable, hubOf: (column: number) => HubId | undefined): RouteRow[] {
  const rows: RouteRow[] = [];
  for (const [destination, slot] of table.slots) {
    const column = table.via[slot] as number;
    const via = hubOf(column);
    if (via === undefined) continue;
    rows.push({
      destination,
      level: table.rank(slot),
      via,
      backup: hubOf(backup(table, slot, column)),
      metric: table.metric[slot] as number,
      seqno: table.seqno[slot] as number,
    });
  }
  return rows;
}
