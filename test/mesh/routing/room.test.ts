/** The bound of the routing table, and who goes when it is reached. */
import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { RouteBody, RouteUpdate } from "../../../runtime/core/messages-routing.js";
import { ENTRIES_MAX } from "../../../runtime/mesh/routing/settings.js";
import { type NetNode, RoutingNet } from "../routing-net.js";
import { grid } from "../topologies.js";

const PER_MESSAGE = 60;
const anId = (n: number) => n.toString(16).padStart(32, "0") as HubId;
const plain = (n: number): RouteUpdate => ({ hub: anId(n), seqno: 0, metric: 100 + n, version: 0, sizes: [] });
const landmark = (n: number): RouteUpdate => ({ ...plain(n), metric: 5000, sizes: [16] });

/** One end of a net of regions, its cell crowded by `crowd` hubs behind its neighbour, each farther than the one before. */
function crowded(crowd: number): { net: RoutingNet; node: NetNode; hear: (body: RouteBody) => void } {
  const net = new RoutingNet(grid(2, 1));
  net.start();
  net.run(1000);
  const [node, neighbour] = [net.nodes[0]!, net.nodes[1]!];
  const hear = (body: RouteBody) => net.inject(node, neighbour, { type: "ROUTE", ...body });
  hear({ updates: [landmark(9000)] });
  net.run(net.nowMs + 100);
  for (let from = 0; from < crowd; from += PER_MESSAGE) {
    hear({ updates: Array.from({ length: Math.min(PER_MESSAGE, crowd - from) }, (_, k) => plain(from + k)) });
  }
  return { net, node, hear };
}

describe("a crowded routing table", () => {
  it("holds no more than its bound, of all ranks together", () => {
    const { net, node, hear } = crowded(400);
    for (let from = 0; from < 200; from += 50) {
      hear({ updates: Array.from({ length: 50 }, (_, k) => landmark(10_000 + from + k)) });
    }
    expect(node.routes.table().length).toBe(ENTRIES_MAX);
    expect(net.counts.get("mesh.routing.tooManyEntries")).toBeGreaterThan(100);
  });

  it("lets a landmark in for the plain hub that is farthest away", () => {
    const { node, hear } = crowded(400);
    const hubs = () => new Set(node.routes.table().map(({ destination }) => destination));
    const before = [...hubs()].map((hub) => Number.parseInt(hub, 16)).filter((n) => n < 9000);
    const farthest = Math.max(...before);
    hear({ updates: [landmark(9001)] });
    expect(hubs().has(anId(9001))).toBe(true);
    expect(hubs().has(anId(farthest))).toBe(false);
    expect(hubs().has(anId(Math.min(...before)))).toBe(true);
  });

  it("is not exceeded by destinations that were lost and come back", () => {
    const { node, hear } = crowded(200);
    const all = Array.from({ length: 200 }, (_, n) => plain(n));
    for (let from = 0; from < 200; from += 50) hear({ withdrawn: all.slice(from, from + 50).map(({ hub }) => hub) });
    for (let from = 1000; from < 1300; from += 50)
      hear({ updates: Array.from({ length: 50 }, (_, k) => plain(from + k)) });
    for (let from = 0; from < 200; from += 50)
      hear({ updates: all.slice(from, from + 50).map((update) => ({ ...update, seqno: 1 })) });
    expect(node.routes.table().length).toBe(ENTRIES_MAX);
  });

  it("asks again for what found no room once there is some", () => {
    const { net, node, hear } = crowded(400);
    const asked: boolean[] = [];
    const neighbour = net.nodes[1]!;
    const taken = neighbour.routes.onRoute.bind(neighbour.routes);
    neighbour.routes.onRoute = (from, body, nowMs, rng) => {
      if (body.again === true) asked.push(true);
      taken(from, body, nowMs, rng);
    };
    net.run(net.nowMs + 200);
    expect(asked).toHaveLength(0);
    const known = node.routes.table().map(({ destination }) => destination);
    for (let from = 0; from < 150; from += 50) hear({ withdrawn: known.slice(from + 50, from + 100) });
    net.run(net.nowMs + 500);
    expect(asked).toHaveLength(1);
  });
});
