/** Ways and regions in small networks: what converges, heals, splits and merges. */
import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { ROUTING_DEFAULTS, UNIT_ENTRIES_MAX } from "../../../runtime/mesh/routing/settings.js";
import { RoutingNet } from "../routing-net.js";
import { disc, geometric, grid, recorded, star, type Topology } from "../topologies.js";

function settled(topology: Topology, ms = 20_000, seed = 1): RoutingNet {
  const net = new RoutingNet(topology, ROUTING_DEFAULTS, seed);
  net.start();
  net.run(ms);
  return net;
}

function allPairsReach(net: RoutingNet): boolean {
  const component = net.components();
  const alive = net.nodes.filter((node) => node.alive);
  return alive.every((from) =>
    alive.every(
      (to) => from === to || component[from.index] !== component[to.index] || net.walk(from.index, to.index).arrived,
    ),
  );
}

describe("a mesh of one cell", () => {
  it("reaches everybody within 500 ms of a cold start of 49 hubs, and has no locators", () => {
    const net = new RoutingNet(grid(7, 7));
    net.start();
    expect(net.untilReach(net.pairs(200), 1, 500)).toBeLessThan(500);
    expect(net.nodes.every((node) => node.routes.locator.length === 0 && node.routes.topLevel === 0)).toBe(true);
    expect(net.nodes[0]!.routes.cell()).toEqual(net.nodes.map((node) => node.id).sort());
  });

  it("finds ways as short as a search over the whole graph", () => {
    const topology = grid(6, 6);
    const net = settled(topology, 3000);
    const distance = distances(topology, 0);
    for (const node of net.nodes.slice(1)) {
      expect(net.nodes[0]!.routes.metricTo(node.id, undefined)).toBe(distance[node.index]);
    }
  });

  it("says nothing when nothing happens but a digest now and then", () => {
    const net = settled(grid(6, 6), 5000);
    const before = net.bytes;
    net.run(net.nowMs + 300_000);
    expect((net.bytes - before) / 36 / 300).toBeLessThan(4);
    expect(net.counts.get("mesh.routing.digestDiffers")).toBeUndefined();
  });

  it("goes around a link that died, at once where a backup is feasible", () => {
    const net = settled(grid(5, 5), 3000);
    const link = net.nodes[12]!.links.get(13)!;
    net.down(link);
    const waysOut = net.nodes.filter((node) => net.walk(12, node.index).arrived).length;
    expect(waysOut).toBeGreaterThan(15);
    net.run(net.nowMs + 200);
    expect(allPairsReach(net)).toBe(true);
  });

  it("takes dearer ways when a link's cost grows, and comes back", () => {
    const topology = grid(3, 3);
    const net = settled(topology, 2000);
    const [from, to] = [net.nodes[0]!, net.nodes[1]!];
    const link = from.links.get(1)!;
    net.setCost(link, 4000);
    net.run(net.nowMs + 2000);
    expect(from.routes.nextHop(to.id, undefined)).toBe(net.nodes[3]!.id);
    net.setCost(link, link.cost);
    net.run(net.nowMs + 2000);
    expect(from.routes.nextHop(to.id, undefined)).toBe(to.id);
  });

  it("avoids a penalised neighbour until the time is over, where there is another way", () => {
    const net = settled(grid(3, 3), 2000);
    const node = net.nodes[0]!;
    const target = net.nodes[8]!.id;
    const via = node.routes.nextHop(target, undefined)!;
    net.penalise(node, via, net.nowMs + 5000);
    net.run(net.nowMs + 1000);
    expect(node.routes.nextHop(target, undefined)).not.toBe(via);
    net.run(net.nowMs + 8000);
    expect(node.routes.nextHop(target, undefined)).toBe(via);
  });

  it("forgets a dead hub without a loop and without counting upwards", () => {
    const net = settled(grid(6, 6), 3000);
    const dead = net.nodes[14]!;
    const before = net.entries;
    net.kill([14]);
    net.run(net.nowMs + 1000);
    expect(net.nodes.every((node) => !node.alive || node.routes.nextHop(dead.id, undefined) === undefined)).toBe(true);
    expect((net.entries - before) / 36).toBeLessThan(80);
  });
});

describe("regions", () => {
  it("a mesh of 100 hubs falls into cells within bounds, each connected, and every pair still reaches each other", () => {
    const net = settled(grid(10, 10));
    checkRegions(net, 64);
    expect(allPairsReach(net)).toBe(true);
  });

  it("a random mesh of 120 hubs too, with few entries each", () => {
    const net = settled(geometric(120, 7, 5), 8000);
    checkRegions(net, 64);
    expect(net.reach(net.pairs(200))).toBe(1);
    expect(Math.max(...net.nodes.map((node) => node.routes.table().length))).toBeLessThan(128);
  });

  it("nests them when the bounds are small, and every pair reaches each other through four levels", () => {
    const small = { cellMax: 8, cellMin: 2, cellRoom: 6, unitsMax: 4, unitsMin: 2, unitsRoom: 3 };
    const net = new RoutingNet(grid(10, 10), { ...ROUTING_DEFAULTS, ...small });
    net.start();
    net.run(15_000);
    expect(Math.max(...net.nodes.map((node) => node.routes.topLevel))).toBeGreaterThanOrEqual(3);
    expect(net.reach(net.pairs(300))).toBe(1);
    checkConnected(net);
  });

  it("a star stays one cell, whatever its size, since splitting off leaves helps nobody", () => {
    const net = settled(star(100), 60_000);
    expect(net.nodes[0]!.routes.cell().length).toBe(101);
    expect(allPairsReach(net)).toBe(true);
  });

  it("merge again when most hubs are gone for good", () => {
    const topology = grid(10, 10);
    const net = settled(topology);
    expect(Math.max(...net.nodes.map((node) => node.routes.topLevel))).toBe(1);
    net.kill(disc(topology, 0, 0.8));
    net.run(net.nowMs + 150_000);
    const alive = net.nodes.filter((node) => node.alive);
    expect(alive.map((node) => node.routes.topLevel)).toEqual(alive.map(() => 0));
    expect(allPairsReach(net)).toBe(true);
  });

  it.each([0.3, 0.6, 0.8])("after %d of the hubs are cut out the others reach each other within 1 s", (part) => {
    const topology = grid(10, 10);
    const net = settled(topology, 8000);
    const gone = disc(topology, 0, part);
    net.kill(gone);
    expect(net.untilReach(net.pairs(100), 0.999, 2000, 50)).toBeLessThan(1000);
    net.revive(gone);
    expect(net.untilReach(net.pairs(100), 0.999, 8000, 50)).toBeLessThan(5000);
  });

  it("reach a neighbour of another region over the link, unless that is worse than the way around", () => {
    // Long after the cells have parted.
    const net = settled(grid(10, 10), 40_000);
    const cellOf = (index: number) => net.nodes[index]!.routes.locator[0];
    const border = net.links.find(({ a, b }) => cellOf(a) !== cellOf(b))!;
    const [from, to] = [net.nodes[border.a]!, net.nodes[border.b]!];
    expect(from.routes.nextHop(to.id, undefined)).toBe(to.id);
    net.setCost(border, 4000);
    net.run(net.nowMs + 1000);
    expect(from.routes.nextHop(to.id, undefined)).not.toBe(to.id);
    expect(net.walk(border.a, border.b).arrived).toBe(true);
    expect(net.walk(border.b, border.a).arrived).toBe(true);
  });

  it("nobody holds hubs that begin anew for the landmarks that they were", () => {
    const topology = grid(10, 10, 3);
    const net = settled(topology, 8000, 3);
    const gone = disc(topology, 50, 0.3);
    const were = gone.filter((index) => net.nodes[index]!.routes.rank > 0);
    expect(were.length).toBeGreaterThan(0);
    net.kill(gone);
    net.run(net.nowMs + 12_000);
    for (const index of gone) {
      net.revive([index]);
      net.run(net.nowMs + 5);
    }
    net.run(net.nowMs + 400);
    const ranks = new Map(net.nodes.map(({ id, routes }) => [id, routes.rank]));
    const ghosts = net.nodes.filter(({ routes }) => routes.locator.some((id) => ranks.get(id) === 0));
    expect(ghosts.map(({ index }) => index)).toEqual([]);
  });

  it("that lose hubs for a second, merge and split again cost the others less than 100 ms of reach on average", () => {
    const topology = grid(10, 10, 2);
    const net = settled(topology, 20_000, 2);
    for (const hub of disc(topology, 0, 0.3)) {
      net.kill([hub]);
      net.run(net.nowMs + 30);
    }
    const pairs = net.pairs(100);
    let lostMs = 0;
    for (let steps = 0; steps < 60; steps++) {
      net.run(net.nowMs + 50);
      lostMs += (1 - net.reach(pairs)) * 50;
    }
    expect(lostMs).toBeLessThan(100);
  });

  it("two meshes of different height become one when a link joins them", () => {
    const left = grid(10, 10);
    const right = grid(4, 4);
    const shifted = right.edges.map((edge) => ({ ...edge, a: edge.a + 100, b: edge.b + 100 }));
    const bridge = { a: 99, b: 100, latencyMs: 2, cost: 20 };
    const net = new RoutingNet({ nodes: 116, edges: [...left.edges, ...shifted, bridge] });
    for (const link of net.links) if (link.a !== 99 || link.b !== 100) net.up(link);
    net.run(15_000);
    net.up(net.nodes[99]!.links.get(100)!);
    expect(net.untilReach(net.pairs(300), 1, 3000)).toBeLessThan(1000);
  });

  it("do not change while one hub in a hundred comes or goes each minute", () => {
    const net = settled(grid(10, 10), 120_000);
    const ranks = () => net.nodes.map((node) => node.routes.rank).join("");
    let changes = 0;
    for (let minute = 0; minute < 10; minute++) {
      const before = ranks();
      const victim = net.nodes.find((node) => node.routes.rank === 0 && node.index % 10 === minute)!;
      net.kill([victim.index]);
      net.run(net.nowMs + 30_000);
      net.revive([victim.index]);
      net.run(net.nowMs + 30_000);
      if (ranks() !== before) changes += 1;
    }
    expect(changes).toBeLessThanOrEqual(1);
  });
});

describe("a recorded mesh", () => {
  const ulm = recorded("freifunk-ulm");
  it.runIf(ulm !== undefined)("of hubs with 50 neighbours each reaches everybody", () => {
    const net = settled(ulm!, 8000);
    expect(net.reach(net.pairs(200))).toBe(1);
    checkConnected(net);
  });
});

/** Sizes, units and entries within bounds; every region connected. */
function checkRegions(net: RoutingNet, cellMax: number): void {
  for (const { routes } of net.nodes) {
    expect(routes.cell().length).toBeLessThanOrEqual(cellMax);
    expect(routes.units(1).length).toBeLessThanOrEqual(UNIT_ENTRIES_MAX);
    expect(routes.table().length).toBeLessThanOrEqual(256);
  }
  checkConnected(net);
}

function checkConnected(net: RoutingNet): void {
  const levels = Math.max(...net.nodes.map((node) => node.routes.topLevel));
  for (let level = 0; level < levels; level++) {
    const landmarks = new Set(net.nodes.map((node) => node.routes.locator[level]));
    for (const landmark of landmarks) {
      const members = net.nodes.filter((node) => node.routes.locator[level] === landmark);
      expect(
        connected(
          net,
          members.map((node) => node.index),
        ),
      ).toBe(members.length);
      expect(members.some((node) => node.id === (landmark as HubId))).toBe(true);
    }
  }
}

function connected(net: RoutingNet, indices: readonly number[]): number {
  const inside = new Set(indices);
  const queue = indices.slice(0, 1);
  const seen = new Set(queue);
  for (const at of queue) {
    for (const [other, link] of net.nodes[at]!.links) {
      if (!link.up || !inside.has(other) || seen.has(other)) continue;
      seen.add(other);
      queue.push(other);
    }
  }
  return seen.size;
}

/** Dijkstra, by repeated relaxation. */
function distances({ nodes, edges }: Topology, from: number): number[] {
  const distance = new Array<number>(nodes).fill(Number.POSITIVE_INFINITY);
  distance[from] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const { a, b, cost } of edges) {
      for (const [x, y] of [
        [a, b],
        [b, a],
      ] as const) {
        if (distance[x]! + cost >= distance[y]!) continue;
        distance[y] = distance[x]! + cost;
        changed = true;
      }
    }
  }
  return distance;
}
