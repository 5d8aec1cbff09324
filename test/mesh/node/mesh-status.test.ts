import { beforeAll, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { MeshStatus } from "../../../runtime/core/mesh-status.js";
import type { MeshNode } from "../../../runtime/mesh/node/node.js";
import { meshStatus, neighbourLoads } from "../../../runtime/mesh/node/views.js";
import { Simulation } from "../../../tools/sim/engine/simulation.js";
import { machineOf } from "../../../tools/sim/machines/all.js";
import { WIRE_SIZES } from "../../../tools/sim/sizes.js";
import { topologyOf } from "../../../tools/sim/topology/parse.js";

const NOTHING = { framesSent: 0, bytesSent: 0, framesReceived: 0, bytesReceived: 0 };
const TRAFFIC = { total: NOTHING, perSecond: NOTHING };
const HUBS = 90;

const nodes = new Map<HubId, MeshNode>();
let sim: Simulation;

beforeAll(() => {
  const machine = machineOf("node");
  sim = new Simulation({
    topology: topologyOf("geometric:6", HUBS, 3),
    machine: {
      ...machine,
      boot(birth) {
        const booted = machine.boot(birth) as ReturnType<typeof machine.boot> & { readonly node: MeshNode };
        nodes.set(birth.hub, booted.node);
        return booted;
      },
    },
    ...{ seed: 3, sizes: WIRE_SIZES },
  });
  for (let hub = 0; hub < HUBS; hub++) sim.start(hub);
  sim.run(60_000);
}, 60_000);

/** The node's own clock has an origin of its own; ages are not looked at here. */
const statusOf = (node: MeshNode): MeshStatus => meshStatus(node, { traffic: TRAFFIC, nowMs: sim.nowMs });
const statuses = (): MeshStatus[] => [...nodes.values()].map(statusOf);

test("this mesh has several cells, so that there is something to see", () => {
  expect(new Set(statuses().map(({ locator }) => locator[0])).size).toBeGreaterThan(1);
});

test("links are those that are up, and every way begins with one of them", () => {
  for (const { links, ways } of statuses()) {
    const linked = new Set(links.map(({ hub }) => hub));
    expect(linked.size).toBeGreaterThan(0);
    for (const { via, backup, metric } of ways) {
      expect(linked).toContain(via);
      if (backup !== undefined) expect(linked).toContain(backup);
      expect(metric).toBeGreaterThan(0);
    }
  }
});

test("a cell's members and its gateways are the same to all of them", () => {
  const byCell = new Map<HubId, Set<string>>();
  for (const { hub, locator, members, gateways } of statuses()) {
    const cell = members.filter(({ inCell }) => inCell).map((member) => member.hub);
    expect(cell).toContain(hub);
    const told = byCell.get(locator[0] as HubId) ?? new Set();
    byCell.set(locator[0] as HubId, told.add(JSON.stringify([cell, gateways])));
  }
  for (const told of byCell.values()) expect(told.size).toBe(1);
});

test("the own region of each level is the one that the place names", () => {
  for (const { locator, regions } of statuses()) {
    const own = regions.filter((region) => region.own);
    expect(own.map(({ landmark }) => landmark)).toEqual([...locator]);
    for (const { level, size } of own) if (level === 1) expect(size).toBeGreaterThan(1);
  }
});

test("names are given for the hub itself and whoever has told one", () => {
  for (const { hub, links, names } of statuses()) {
    expect(names[hub]).toMatch(/^hub \d+$/);
    for (const link of links) expect(names[link.hub]).toMatch(/^hub \d+$/);
  }
});

test("figures can be sent as JSON: nothing is NaN or infinite", () => {
  for (const status of statuses()) expect(JSON.parse(JSON.stringify(status))).toEqual(status);
});

test("of a link's two ends people are shown what the one measured that measures more often", () => {
  const node = [...nodes.values()][0] as MeshNode;
  const { links } = statusOf(node);
  const { hub, rttMs = 0 } = links[0] as (typeof links)[number];
  const told = (ofLink: number) => {
    const load = { queueLength: 0, freeMemoryMiB: 1, cpuLoad: 0, sensors: 0, warmModels: [] };
    node.names.onLoad(hub, { ...load, neighbours: [{ hub: node.self.hub, rttMs: ofLink }] });
    return statusOf(node).links.find((link) => link.hub === hub)?.rttMs;
  };
  expect(rttMs).toBeGreaterThan(0.1);
  expect([told(0), told(0.1), told(900)]).toEqual([rttMs, 0.1, rttMs]);
  // What it is told it does not tell on.
  told(0.1);
  expect(neighbourLoads(node).find((other) => other.hub === hub)?.rttMs).toBe(rttMs);
});
