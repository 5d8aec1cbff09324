/** Neighbours that lie, flood, or have forgotten: bounded, counted, and healed. */
import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { RouteBody, RouteUpdate } from "../../../runtime/core/messages-routing.js";
import { SLOTS_MAX, UNSPLIT_ENTRIES_MAX } from "../../../runtime/mesh/routing/settings.js";
import { RoutingNet } from "../routing-net.js";
import { grid } from "../topologies.js";

function settled(): RoutingNet {
  const net = new RoutingNet(grid(4, 4));
  net.start();
  net.run(2000);
  return net;
}

const route = (body: RouteBody) => ({ type: "ROUTE", ...body }) as const;
const anId = (n: number) => n.toString(16).padStart(32, "0") as HubId;
const update = (hub: HubId, more: Partial<RouteUpdate> = {}): RouteUpdate => ({
  hub,
  seqno: 0,
  metric: 10,
  version: 0,
  sizes: [],
  ...more,
});

describe("a hostile neighbour", () => {
  it("cannot fill the table beyond its bound", () => {
    const net = settled();
    const [node, attacker] = [net.nodes[0]!, net.nodes[1]!];
    for (let i = 0; i < 3000; i += 60) {
      const updates = Array.from({ length: 60 }, (_, k) => update(anId(i + k)));
      net.inject(node, attacker, route({ updates }));
    }
    expect(node.routes.table().length).toBeLessThanOrEqual(UNSPLIT_ENTRIES_MAX);
    expect(net.counts.get("mesh.routing.tooManyEntries")).toBeGreaterThan(1000);
    for (let i = 0; i < 3000; i += 60) {
      net.run(net.nowMs + 50);
      const withdrawn = Array.from({ length: 60 }, (_, k) => anId(i + k));
      net.inject(node, attacker, route({ withdrawn }));
      net.inject(node, attacker, route({ updates: withdrawn.map((hub) => update(hub)) }));
    }
    expect(node.routes.table().length).toBeLessThanOrEqual(SLOTS_MAX);
  });

  it("is not heard beyond its share, and what was missed is asked for again", () => {
    const net = settled();
    const [node, attacker] = [net.nodes[0]!, net.nodes[1]!];
    const updates = Array.from({ length: 60 }, () => update(net.nodes[9]!.id, { metric: 50 }));
    for (let i = 0; i < 200; i++) net.inject(node, attacker, route({ updates }));
    expect(net.counts.get("mesh.routing.flood")).toBeGreaterThan(100);
    net.run(net.nowMs + 3000);
    expect(net.reach(net.pairs(100))).toBe(1);
  });

  it("is told everything again a few times, however often it asks for it", () => {
    const net = settled();
    const [node, attacker] = [net.nodes[0]!, net.nodes[1]!];
    const [before, startMs] = [net.entries, net.nowMs];
    for (let i = 0; i < 10_000; i++) {
      net.inject(node, attacker, route({ again: true }));
      net.run(startMs + i);
    }
    const tables = (net.entries - before) / node.routes.table().length;
    expect(tables).toBeLessThan(20);
    expect(net.counts.get("mesh.routing.againFlood")).toBeGreaterThan(100);
    expect(net.reach(net.pairs(100))).toBe(1);
  });

  it("that says without end where it is, or what it was told, has its table gone through 500 times a second and no more", () => {
    const net = settled();
    const [node, attacker] = [net.nodes[0]!, net.nodes[1]!];
    for (let i = 0; i < 2000; i++) net.inject(node, attacker, route(i % 2 ? { digest: i } : { locator: [] }));
    expect(net.counts.get("mesh.routing.flood")).toBe(1500);
    for (let i = 0; i < 5000; i++) net.inject(node, attacker, route({}));
    expect(net.counts.get("mesh.routing.flood")).toBe(6500);
    net.run(net.nowMs + 3000);
    expect(net.reach(net.pairs(100))).toBe(1);
  });

  it("cannot pass for the origin: metric 0 is for a hub's own updates alone", () => {
    const net = settled();
    net.inject(net.nodes[0]!, net.nodes[1]!, route({ updates: [update(net.nodes[15]!.id, { metric: 0, seqno: 9 })] }));
    net.inject(net.nodes[0]!, net.nodes[1]!, route({ updates: [update(net.nodes[1]!.id, { metric: 5, seqno: 9 })] }));
    expect(net.counts.get("mesh.routing.forgedMetric")).toBe(2);
  });

  it("that made up a newer sequence number of another hub does not keep the traffic", () => {
    const net = settled();
    const [node, attacker, victim] = [net.nodes[0]!, net.nodes[1]!, net.nodes[15]!];
    net.inject(node, attacker, route({ updates: [update(victim.id, { metric: 1, seqno: 500 })] }));
    expect(node.routes.nextHop(victim.id, undefined)).toBe(attacker.id);
    net.run(net.nowMs + 60_000);
    expect(net.walk(0, 15).arrived).toBe(true);
    expect(node.routes.metricTo(victim.id, undefined)).toBeGreaterThan(30);
  });

  it("that claims another hub had a rank is contradicted by that hub", () => {
    const net = settled();
    const victim = net.nodes[5]!;
    net.inject(
      net.nodes[0]!,
      net.nodes[1]!,
      route({ updates: [update(victim.id, { metric: 20, version: 7, sizes: [30, 9] })] }),
    );
    net.run(net.nowMs + 3000);
    expect(net.nodes.every((node) => node.routes.topLevel === 0)).toBe(true);
  });

  it("whom nobody knows is not listened to", () => {
    const net = settled();
    net.inject(net.nodes[0]!, net.nodes[15]!, route({ updates: [update(anId(1))] }));
    expect(net.counts.get("mesh.routing.notNeighbour")).toBe(1);
  });
});

describe("a hub that starts anew", () => {
  it("is reached again although the others remember greater sequence numbers", () => {
    const net = settled();
    for (let i = 0; i < 5; i++) {
      const link = net.nodes[5]!.links.get(6)!;
      net.setCost(link, i % 2 === 0 ? 4000 : link.cost);
      net.run(net.nowMs + 1000);
    }
    net.kill([5]);
    net.run(net.nowMs + 1000);
    net.revive([5]);
    net.run(net.nowMs + 1000);
    expect(net.nodes.every((node) => net.walk(node.index, 5).arrived && net.walk(5, node.index).arrived)).toBe(true);
  });
});
