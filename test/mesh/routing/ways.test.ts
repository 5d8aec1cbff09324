import { beforeEach, describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { RouteTable } from "../../../runtime/mesh/routing/table.js";
import { towards } from "../../../runtime/mesh/routing/ways.js";

const id = (digit: number) => String(digit).repeat(32) as HubId;
const [self, cell, region, otherRegion] = [id(1), id(2), id(3), id(4)];
const [near, farCell, peer, stranger] = [id(5), id(6), id(7), id(8)];
const OWN = [cell, region];

describe("where a frame goes", () => {
  let table: RouteTable;

  function row(hub: HubId, rank: number): void {
    const slot = table.add(hub, 0) as number;
    table.setSizes(slot, new Array<number>(rank).fill(20));
    table.via[slot] = 0;
    table.setMetric(slot, 10);
  }

  beforeEach(() => {
    table = new RouteTable(self);
    row(cell, 1);
    row(region, 2);
    row(otherRegion, 2);
    row(near, 1);
    row(peer, 0);
  });

  test("a hub of this cell has a row, whatever its locator says", () => {
    expect(towards(table, OWN, peer, [farCell, otherRegion])).toBe(table.slots.get(peer));
  });

  test("to a cell of this region by the cell's landmark, to another region by the region's", () => {
    expect(towards(table, OWN, stranger, [near, region])).toBe(table.slots.get(near));
    expect(towards(table, OWN, stranger, [farCell, otherRegion])).toBe(table.slots.get(otherRegion));
  });

  test("to a cell that is known here although the locator names a region that the cell has left", () => {
    expect(towards(table, OWN, stranger, [near, otherRegion])).toBe(table.slots.get(near));
  });

  test("nowhere when it ought to be in this very cell, and is not: no other region can have it", () => {
    expect(towards(table, OWN, stranger, [cell, otherRegion])).toBeUndefined();
    expect(towards(table, OWN, stranger, OWN)).toBeUndefined();
  });

  test("nowhere when it names this very hub, which leads no such region: its neighbours would send it back", () => {
    expect(towards(table, OWN, stranger, [self, otherRegion])).toBeUndefined();
  });

  test("nowhere when its cell is gone from this region", () => {
    expect(towards(table, OWN, stranger, [farCell, region])).toBeUndefined();
  });
});
