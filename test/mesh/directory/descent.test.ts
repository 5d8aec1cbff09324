import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { type Step, stepTowards } from "../../../runtime/mesh/directory/descent.js";
import type { Ways } from "../../../runtime/mesh/forwarding/ways.js";
import { generator, geometricGraph, hubIdOf, StaticMesh } from "../static-ways.js";

const graph = geometricGraph(120, 6, generator(3));
const mesh = new StaticMesh(graph, [3, 4], generator(1));
const random = generator(21);
const keys = Array.from({ length: 200 }, () => hubIdOf(random));

/** @returns how often a hub passed it on, and where that ended. */
function travel(from: HubId, key: HubId, rank: number, viewOf: (hub: HubId) => Ways) {
  let self = from;
  let target: Step["target"] | undefined;
  for (let hops = 0; hops < 1000; hops++) {
    const step = stepTowards(viewOf(self), self, key, rank, target);
    if (typeof step !== "object") return { hops, self, step };
    self = step.via;
    target = step.target;
  }
  throw new Error("in circles");
}

test("from everywhere a key's copy is at the same hub, and whoever passes it on keeps to what was chosen", () => {
  for (const key of keys.slice(0, 20)) {
    const ends = mesh.hubs.map((hub) => travel(hub, key, 0, (at) => mesh.waysOf(at)));
    expect(new Set(ends.map(({ self, step }) => `${step} ${self}`)).size).toBe(1);
  }
});

test("where hubs do not agree on the candidates nothing goes in circles: each level is chosen once", () => {
  const views = new Map(mesh.hubs.map((hub) => [hub, partly(mesh.waysOf(hub))]));
  for (const [at, key] of keys.entries()) {
    const from = mesh.hubs[at % mesh.hubs.length] as HubId;
    const { hops } = travel(from, key, at % 4, (hub) => views.get(hub) as Ways);
    expect(hops).toBeLessThanOrEqual(3 * mesh.hubs.length);
  }
});

/** Some of what there is, drawn once. */
function partly(ways: Ways): Ways {
  const some = <T>(all: readonly T[]): T[] => all.filter((_, at) => at === 0 || random() < 0.6);
  const [cell, ...regions] = [some(ways.cell()), some(ways.regions(1)), some(ways.regions(2))] as const;
  return { ...ways, cell: () => cell, regions: (level) => regions[level - 1] ?? [] };
}

test("what was on its way to a region that is gone is dropped", () => {
  const [self] = mesh.hubs as [HubId];
  const target = { level: 2, id: hubIdOf(random) };
  const ways = { ...mesh.waysOf(self), nextHopTo: () => undefined };
  expect(stepTowards(ways, self, keys[0] as HubId, 0, target)).toBe("nowhere");
});
