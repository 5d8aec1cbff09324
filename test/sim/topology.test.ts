import { describe, expect, test } from "vitest";
import { CUT_SHAPES, cut } from "../../tools/sim/cuts.js";
import { Random, RandomStreams } from "../../tools/sim/engine/random.js";
import { MEASURED } from "../../tools/sim/topology/measured.js";
import { MissingData, topologyOf } from "../../tools/sim/topology/parse.js";
import { regionOf } from "../../tools/sim/topology/region.js";
import type { Topology } from "../../tools/sim/topology/topology.js";

function components(topology: Topology): number {
  return new Set(topology.components(() => true)).size;
}

describe("topologies", () => {
  test("a grid has the links of a grid", () => {
    const grid = topologyOf("grid:7x7", 0, 1);
    expect([grid.hubs, grid.edges, components(grid)]).toEqual([49, 84, 1]);
    expect(grid.latencyMs(0, 1)).toBe(1);
    expect(grid.latencyMs(0, 8)).toBeUndefined();
  });

  test("a random geometric graph is connected, has the degree that was asked for, and comes again with its seed", () => {
    const graph = topologyOf("geometric:6", 2000, 5);
    expect(components(graph)).toBe(1);
    expect((graph.edges * 2) / graph.hubs).toBeGreaterThan(5);
    expect((graph.edges * 2) / graph.hubs).toBeLessThan(7);
    const again = topologyOf("geometric:6", 2000, 5);
    expect([...again.neighboursOf(17)]).toEqual([...graph.neighboursOf(17)]);
  });

  test("a city is homes with full meshes, all connected", () => {
    const city = topologyOf("city", 500, 3);
    expect([city.hubs, components(city)]).toEqual([500, 1]);
  });

  test("the measured ones are read when they are here, and missed with a sentence when they are not", () => {
    const sizes: Record<string, number> = {
      munich: 1685,
      stuttgart: 1462,
      ulm: 217,
      leipzig: 210,
      grid49: 49,
      grid100: 100,
      mesh17: 17,
    };
    for (const name of Object.keys(MEASURED)) {
      try {
        const topology = topologyOf(name, 0, 1);
        expect([name, topology.hubs, components(topology)]).toEqual([name, sizes[name], 1]);
        for (const { x, y } of topology.places ?? []) expect(Number.isFinite(x + y)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(MissingData);
      }
    }
  });

  test("the region around a city's middle is connected, and has the links that the city has there", () => {
    const city = topologyOf("geometric:6", 400, 2);
    const region = regionOf(city, 100);
    expect([region.hubs, components(region), regionOf(city, 1000).hubs]).toEqual([100, 1, 400]);
    const places = new Map(city.places?.map(({ x, y }, hub) => [`${x} ${y}`, hub]));
    const inCity = region.places?.map(({ x, y }) => places.get(`${x} ${y}`) as number) ?? [];
    const among = inCity.reduce(
      (sum, hub) => sum + [...city.neighboursOf(hub)].filter((other) => inCity.includes(other)).length,
      0,
    );
    expect(2 * region.edges).toBe(among);
    for (const other of region.neighboursOf(7))
      expect(region.latencyMs(7, other)).toBe(city.latencyMs(inCity[7] as number, inCity[other] as number));
  });

  test("a name that does not exist is answered with those that do", () => {
    expect(() => topologyOf("moon", 9, 1)).toThrow(/no topology "moon"; there are: home/);
  });
});

test("every shape of cut takes the share that was asked for", () => {
  for (const text of ["grid:20x20", "geometric:6"]) {
    const topology = topologyOf(text, 400, 2);
    for (const shape of CUT_SHAPES) {
      for (const share of [0.3, 0.6, 0.8]) {
        const hubs = cut(topology, shape, share, new Random(4));
        expect(new Set(hubs).size).toBe(hubs.length);
        expect(Math.abs(hubs.length - 400 * share), `${text} ${shape} ${share}`).toBeLessThanOrEqual(
          shape === "subtree" ? 40 : 0,
        );
      }
    }
  }
});

test("streams of random numbers do not depend on each other", () => {
  const few = new RandomStreams(9, 2);
  const many = new RandomStreams(9, 50);
  few.next(0);
  expect(few.next(1)).toBe(many.next(1));
  const mean = Array.from({ length: 20_000 }, () => many.uniform(7)).reduce((sum, value) => sum + value, 0) / 20_000;
  expect(mean).toBeCloseTo(0.5, 1);
});
