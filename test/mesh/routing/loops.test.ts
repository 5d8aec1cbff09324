/** What must hold at every instant, whatever happens: no way to one destination goes in a circle. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ROUTING_DEFAULTS } from "../../../runtime/mesh/routing/settings.js";
import { RoutingNet } from "../routing-net.js";
import { geometric, grid, type Topology } from "../topologies.js";

/** Follows the next hops towards every destination by its id alone. */
function circles(net: RoutingNet): string[] {
  const found: string[] = [];
  for (const target of net.nodes) {
    for (const from of net.nodes) {
      let node = from;
      for (let hops = 0; node !== target && node.alive; hops++) {
        if (hops > net.nodes.length) {
          found.push(`${from.index} to ${target.index} at ${net.nowMs}`);
          break;
        }
        const next = node.routes.nextHop(target.id, undefined);
        if (next === undefined) break;
        node = net.byId.get(next)!;
      }
    }
  }
  return found;
}

const event = fc.record({
  kind: fc.constantFrom("down", "up", "cost", "kill", "revive"),
  which: fc.nat(),
  cost: fc.integer({ min: 1, max: 400 }),
  afterMs: fc.integer({ min: 0, max: 60 }),
});
type Happening = typeof event extends fc.Arbitrary<infer T> ? T : never;

function happen(net: RoutingNet, { kind, which, cost }: Happening): void {
  const link = net.links[which % net.links.length]!;
  const node = net.nodes[which % net.nodes.length]!;
  if (kind === "down") net.down(link);
  else if (kind === "up") net.up(link);
  else if (kind === "cost") net.setCost(link, cost);
  else if (kind === "kill" && node.alive) net.kill([node.index]);
  else if (kind === "revive" && !node.alive) net.revive([node.index]);
}

function neverCircles(topology: Topology, settings: typeof ROUTING_DEFAULTS, numRuns: number): void {
  fc.assert(
    fc.property(fc.array(event, { minLength: 10, maxLength: 25 }), fc.nat(), (events, seed) => {
      const net = new RoutingNet(topology, settings, seed);
      const found: string[] = [];
      const check = () => found.push(...circles(net));
      net.start(20);
      for (const one of events) {
        net.run(net.nowMs + one.afterMs, check);
        happen(net, one);
        check();
      }
      net.run(net.nowMs + 3000);
      expect(found).toEqual([]);
      const pairs = net.pairs(100);
      if (pairs.length > 0) expect(net.reach(pairs)).toBe(1);
    }),
    { numRuns, seed: 7 },
  );
}

describe("whatever links and hubs do", () => {
  it("no way goes in a circle at any time, and afterwards everybody is reached: one cell", () => {
    neverCircles(grid(3, 3), ROUTING_DEFAULTS, 6);
    neverCircles(geometric(12, 5, 4), ROUTING_DEFAULTS, 6);
  }, 30_000);

  it("no way goes in a circle at any time, and afterwards everybody is reached: nested regions that split and merge all the time", () => {
    const restless = {
      ...ROUTING_DEFAULTS,
      ...{ cellMax: 4, cellMin: 2, cellRoom: 4, unitsMax: 2, unitsMin: 1, unitsRoom: 2 },
      ...{ splitHoldMs: 20, electHoldMs: 10, raiseStepMs: 20, badSplitMs: 50, mergeHoldMs: 60, raiseBackoffMs: 100 },
    };
    neverCircles(grid(4, 3), restless, 8);
  }, 30_000);
});
