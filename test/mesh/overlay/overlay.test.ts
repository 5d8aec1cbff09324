import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OVERLAY_DEFAULTS } from "../../../runtime/mesh/overlay/settings.js";
import { type NetHub, OverlayNet, scattered } from "./overlay-net.js";

const SIDE_MS = 100;
/** Mean distance of two random points in a square is 0.52 of its side. */
const RANDOM_RTT_MS = 1 + 0.5214 * SIDE_MS;

function sum(net: OverlayNet, what: (hub: NetHub) => number): number {
  return net.hubs.reduce((total, hub) => total + what(hub), 0);
}

/** Everybody finds everybody by discovery, as in one house. */
function house(net: OverlayNet, count: number): void {
  for (let i = 0; i < count; i++) net.add(net.random.fraction(), net.random.fraction());
  for (const a of net.hubs) for (const b of net.hubs) if (a !== b) net.found(a, b);
}

describe("a large mesh", () => {
  const net = new OverlayNet({ seed: 7 });
  scattered(net, 1000, SIDE_MS, 3);
  net.run(15_000);
  const grown = { parts: net.components(), degrees: net.degrees(), rttMs: net.meanLinkRttMs() };

  test("of 1,000 hubs that each knew one other is connected within 12 s of the last", () => {
    expect(grown.parts).toEqual([1000]);
  });

  test("has balanced degrees even while it forms", () => {
    expect(grown.degrees[0]).toBeGreaterThanOrEqual(2);
    expect(grown.degrees[500]).toBeLessThanOrEqual(10);
    expect(grown.degrees[990]).toBeLessThanOrEqual(32);
  });

  test("links are at least 30 % shorter than between hubs drawn at random", () => {
    expect(grown.rttMs).toBeLessThan(0.7 * RANDOM_RTT_MS);
  });

  test("is connected again within 3 s when half of the hubs crash at once", () => {
    for (const hub of net.alive) if (net.random.fraction() < 0.5) net.crash(hub);
    net.run(18_000);
    expect(net.components()).toHaveLength(1);
    net.run(22_000);
    expect(net.degrees()[0]).toBeGreaterThanOrEqual(2);
  });
});

describe("an idle mesh", () => {
  const net = new OverlayNet({ seed: 3, countBytes: true });
  scattered(net, 60, SIDE_MS, 5);
  net.run(400_000);
  const before = { bytes: sum(net, (hub) => hub.bytes), rttMs: net.meanLinkRttMs() };
  net.run(700_000);

  test("spends at most 30 bytes a second and hub on the overlay", () => {
    const bytesPerSecond = (sum(net, (hub) => hub.bytes) - before.bytes) / 60 / 300;
    expect(bytesPerSecond).toBeLessThan(30);
  });

  test("does not get worse, and keeps between five and sixteen links each", () => {
    expect(net.meanLinkRttMs()).toBeLessThan(before.rttMs * 1.1);
    expect(net.degrees()[0]).toBeGreaterThanOrEqual(5);
    expect(net.degrees().at(-1)).toBeLessThanOrEqual(16);
  });

  test("counts no remote's mistake", () => {
    for (const hub of net.hubs) expect([...hub.counts]).toEqual([]);
  });

  test("everyone knows the neighbours of its neighbours", () => {
    for (const hub of net.hubs) {
      for (const other of hub.links.keys()) {
        const told = [...hub.overlay.viewOf(other.id)].filter((id) => id !== hub.id).sort();
        const actual = [...other.links.keys()].map(({ id }) => id).filter((id) => id !== hub.id);
        expect(told).toEqual(actual.sort());
      }
    }
  });

  test("the watchers of a neighbour are those that have a link with it, common neighbours first", () => {
    const hub = net.hubs[5]!;
    for (const victim of hub.links.keys()) {
      const watchers = hub.overlay.watchersOf(victim.id);
      const actual = [...victim.links.keys()].filter((one) => one !== hub);
      expect([...watchers].sort()).toEqual(actual.map(({ id }) => id).sort());
      const common = actual.filter((one) => hub.links.has(one)).length;
      for (const id of watchers.slice(0, common)) expect(hub.links.has(net.byId.get(id)!)).toBe(true);
    }
  });
});

describe("a home", () => {
  test("of 16 hubs becomes a full mesh within 2 s", () => {
    const net = new OverlayNet({ seed: 1 });
    house(net, 16);
    net.run(2000);
    expect(net.degrees()).toEqual(Array(16).fill(15));
  });

  test("the lower id dials: no pair is dialled from both sides", () => {
    const net = new OverlayNet({ seed: 1 });
    house(net, 8);
    net.run(2000);
    expect(sum(net, (hub) => hub.dials)).toBe(28);
  });

  test("where only one hub is known to the others, its neighbours introduce each other", () => {
    const net = new OverlayNet({ seed: 2 });
    for (let i = 0; i < 16; i++) net.add(net.random.fraction(), net.random.fraction());
    for (const hub of net.hubs.slice(1)) net.found(hub, net.hubs[0]!);
    net.run(15_000);
    expect(net.degrees()).toEqual(Array(16).fill(15));
  });

  test("with a 17th hub relaxes slowly, and stays connected", () => {
    const net = new OverlayNet({ seed: 1 });
    house(net, 16);
    net.run(2000);
    const newcomer = net.add(0.5, 0.5);
    for (const hub of net.hubs) if (hub !== newcomer) [net.found(hub, newcomer), net.found(newcomer, hub)];
    net.run(30_000);
    const soon = net.degrees();
    net.run(300_000);
    const later = net.degrees();
    expect(soon[8]).toBeGreaterThanOrEqual(14);
    expect(later[8]).toBeLessThanOrEqual(10);
    expect(later[0]).toBeGreaterThanOrEqual(5);
    expect(net.components()).toEqual([17]);
  });

  test("a hub that can only dial and one that cannot be dialled from it find a way: a neighbour passes the wish on", () => {
    const behindNat = new Set([3]);
    const net = new OverlayNet({ seed: 5, canDial: (_, to) => !behindNat.has(to.index) });
    for (let i = 0; i < 6; i++) net.add(i, 0);
    const nat = net.hubs[3]!;
    net.found(nat, net.hubs[0]!);
    for (const hub of net.hubs.slice(1)) if (hub !== nat) net.found(hub, net.hubs[0]!);
    net.run(15_000);
    expect(net.degrees()).toEqual(Array(6).fill(5));
  });
});

describe("where only some can be reached", () => {
  /** A street: each hub reaches the three houses on either side. */
  const net = new OverlayNet({ seed: 4, canDial: (a, b) => Math.abs(a.index - b.index) <= 3 });
  for (let i = 0; i < 60; i++) net.add(i * 2, 0);
  for (const a of net.hubs) for (const b of net.hubs) if (a !== b && Math.abs(a.index - b.index) <= 3) net.found(a, b);
  net.run(2000);

  test("every hub has a link with every hub within reach after 2 s", () => {
    expect(net.components()).toEqual([60]);
    expect(net.degrees()[0]).toBe(3);
    expect(net.degrees()[30]).toBe(6);
  });

  test("hubs out of reach are dialled less and less", () => {
    net.run(600_000);
    const before = sum(net, (hub) => hub.dials);
    net.run(1_200_000);
    expect((sum(net, (hub) => hub.dials) - before) / 60 / 10).toBeLessThan(1);
    expect(net.components()).toEqual([60]);
  });

  test("a leaf whose only neighbour has links enough is never dropped", () => {
    const star = new OverlayNet({ seed: 6, canDial: (a, b) => a.index === 0 || b.index === 0 });
    for (let i = 0; i < 60; i++) star.add(star.random.fraction(), 0);
    for (const leaf of star.hubs.slice(1)) {
      star.found(leaf, star.hubs[0]!);
      star.found(star.hubs[0]!, leaf);
    }
    star.run(5000);
    expect(star.components()).toEqual([60]);
    star.run(600_000);
    expect(star.components()).toEqual([60]);
  });
});

describe("churn", () => {
  test("whoever joins, leaves or crashes, the living are one mesh 10 s after the last", () => {
    const step = fc.record({ atMs: fc.nat(20_000), hub: fc.nat(59), what: fc.constantFrom("crash", "restart") });
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 60 }), (seed, steps) => {
        const net = new OverlayNet({ seed });
        scattered(net, 60, 20, 20);
        net.run(8000);
        for (const { atMs, hub: index, what } of steps) {
          net.at(8000 + atMs, () => {
            const hub = net.hubs[index]!;
            if (what === "crash" && hub.alive && net.alive.length > 20) net.crash(hub);
            else if (what === "restart" && !hub.alive) {
              net.restart(hub);
              net.found(hub, net.alive.find((other) => other !== hub)!);
            }
          });
        }
        net.run(40_000);
        expect(net.components()).toHaveLength(1);
      }),
      { numRuns: 5 },
    );
  });
});

describe("strays", () => {
  /** Two crowds, each of hubs that all hear each other; one hub of the first hears one of the second. */
  function twoCrowds(seed: number, hubs: number): OverlayNet {
    const canDial = (a: NetHub, b: NetHub): boolean =>
      a.index < hubs === b.index < hubs || (a.index % hubs === 0 && b.index % hubs === 0);
    const net = new OverlayNet({ seed, canDial });
    for (let i = 0; i < 2 * hubs; i++) net.add(net.random.fraction() * 4, net.random.fraction() * 4);
    for (const a of net.hubs) for (const b of net.hubs) if (a !== b && canDial(a, b)) net.found(a, b);
    return net;
  }

  test("two crowds that one radio path connects are one mesh, though every hub has links enough", () => {
    for (let seed = 1; seed <= 6; seed++) {
      const net = twoCrowds(seed, 20);
      net.run(2 * OVERLAY_DEFAULTS.straySettleMs);
      expect(net.components(), `seed ${seed}`).toEqual([40]);
    }
  });

  test("on one segment strays are linked with, up to a bound: links stay few", () => {
    const linksOf = (hubs: number): number => {
      const net = new OverlayNet({ seed: 3 });
      house(net, hubs);
      net.run(60_000);
      expect(net.components()).toEqual([hubs]);
      return net.hubs.reduce((sum, { links }) => sum + links.size, 0) / hubs;
    };
    expect(linksOf(60)).toBeLessThan(17);
    expect(linksOf(80)).toBeLessThan(17);
  });
});
