/** Where a hub is while regions above its cell change. */
import { beforeEach, describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Locator } from "../../../runtime/core/mesh.js";
import { Adjacency } from "../../../runtime/mesh/routing/adjacency.js";
import { INFINITE, ROUTING_DEFAULTS } from "../../../runtime/mesh/routing/settings.js";
import { RouteTable } from "../../../runtime/mesh/routing/table.js";
import { Whereabouts } from "../../../runtime/mesh/routing/whereabouts.js";
import { generator, hubIdOf } from "../static-ways.js";

const { regionHoldMs, landmarkHoldMs } = ROUTING_DEFAULTS;
const random = generator(3);
const [self, inside, outside, cell, otherCell, region, newRegion] = Array.from({ length: 7 }, () =>
  hubIdOf(random),
) as [HubId, HubId, HubId, HubId, HubId, HubId, HubId];
const INSIDE = 0;
const OUTSIDE = 1;

describe("a hub whose cell is passed through by a new region", () => {
  let table: RouteTable;
  let neighbours: Adjacency[];
  let place: Whereabouts;

  function landmark(hub: HubId, rank: number, via: number, metric: number): number {
    const slot = table.add(hub, 0) as number;
    table.setSizes(slot, new Array<number>(rank).fill(20));
    table.via[slot] = via;
    table.setMetric(slot, metric);
    return slot;
  }

  function look(nowMs: number): Locator {
    place.look({ table, neighbours }, nowMs);
    return place.locator;
  }

  /** The neighbour of the other cell has heard of a nearer region first. */
  function regionComes(nowMs: number): Locator {
    landmark(newRegion, 2, OUTSIDE, 30);
    (neighbours[OUTSIDE] as Adjacency).heard = [otherCell, newRegion];
    return look(nowMs);
  }

  let cellSlot: number;
  beforeEach(() => {
    table = new RouteTable(self);
    place = new Whereabouts(ROUTING_DEFAULTS);
    neighbours = [inside, outside].map((hub, column) => new Adjacency(hub, column, 10, 0, 1000));
    (neighbours[INSIDE] as Adjacency).heard = [cell, region];
    (neighbours[OUTSIDE] as Adjacency).heard = [otherCell, region];
    cellSlot = landmark(cell, 1, INSIDE, 20);
    landmark(otherCell, 1, OUTSIDE, 20 + 1);
    landmark(region, 2, INSIDE, 90);
    expect(look(1000)).toEqual([cell, region]);
    expect(regionComes(2000)).toEqual([cell, newRegion]);
  });

  it("stays in it until the others are of that region, too", () => {
    expect(place.deadlineMs).toBe(2000 + regionHoldMs);
    expect(look(2000 + regionHoldMs / 2)).toEqual([cell, newRegion]);
    (neighbours[INSIDE] as Adjacency).heard = [cell, newRegion];
    expect(look(place.deadlineMs)).toEqual([cell, newRegion]);
    expect(place.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  it("stays though its landmark is out of reach meanwhile: neighbours of different regions do not tell each other of cells", () => {
    table.setMetric(cellSlot, INFINITE);
    table.lostMs[cellSlot] = 2000;
    expect(look(2000 + landmarkHoldMs)).toEqual([cell, newRegion]);
  });

  it("leaves it when they are not in the end: the border is here", () => {
    expect(look(place.deadlineMs)).toEqual([otherCell, newRegion]);
  });
});
