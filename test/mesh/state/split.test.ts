import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SyncBody } from "../../../runtime/core/messages-state.js";
import { entryOf, frameBytes, halves, keyOf, StateNet } from "../state-net.js";

function healedAfterMs(net: StateNet, a: number, b: number, withinMs: number): number {
  const startMs = net.nowMs;
  net.metering = true;
  net.link(a, b, 20);
  for (let ms = 0; ms <= withinMs; ms += 20) {
    net.run(startMs + ms);
    if (net.agrees()) return ms;
  }
  return Number.POSITIVE_INFINITY;
}

/** @returns how often what differs crossed the eight links that come up at once. */
function copiesOverEightLinks(seed: number): number {
  const net = halves(2000, 8, seed);
  net.run(net.nowMs + 30_000);
  let differing = 0;
  for (let i = 0; i < 40; i++) {
    const entry = entryOf(keyOf(i * 49), 2);
    differing +=
      frameBytes({ type: "SYNC", ...says({ entries: [entry] }) }) - frameBytes({ type: "SYNC", ...says({}) });
    net.put((i % 2) * 8 + (i % 8), entry);
  }
  net.run(net.nowMs + 30_000);
  net.metering = true;
  for (let i = 0; i < 8; i++) net.link(i, 8 + i, 20);
  net.run(net.nowMs + 5000);
  expect(net.agrees()).toBe(true);
  net.run(net.nowMs + 20_000);
  let crossed = 0;
  for (let i = 0; i < 8; i++) crossed += net.over(i, 8 + i);
  return crossed / differing;
}

describe("after a split", () => {
  test("10,000 entries of which 1 % differ are alike everywhere within 5 s, for at most half as many bytes again", () => {
    const net = halves(10_000, 4);
    let differing = 0;
    for (let i = 0; i < 200; i++) {
      const entry = entryOf(keyOf(i * 49), 2);
      differing +=
        frameBytes({ type: "SYNC", ...says({ entries: [entry] }) }) - frameBytes({ type: "SYNC", ...says({}) });
      net.put((i % 2) * 4 + (i % 4), entry);
    }
    net.run(net.nowMs + 30_000);
    expect(net.agrees([0, 1, 2, 3]) && net.agrees([4, 5, 6, 7]) && !net.agrees()).toBe(true);
    expect(healedAfterMs(net, 1, 6, 10_000)).toBeLessThanOrEqual(5000);
    net.run(net.nowMs + 5000);
    expect(net.over(1, 6) / differing).toBeLessThanOrEqual(1.5);
  });

  test("that heals over eight links at once, what differs crosses little more often than over one", () => {
    const copies = [1, 2, 3, 4, 5, 6].map((seed) => copiesOverEightLinks(seed));
    // One alone takes 5 to 12, as chance has it.
    expect(copies.reduce((sum, each) => sum + each) / copies.length).toBeLessThanOrEqual(11);
  });

  test("a hub behind one that learned the same twice at once, by a link and by a broadcast, hears of it", () => {
    const agreed = Array.from({ length: 20 }, (_, seed) => {
      const net = new StateNet(seed + 1, undefined, { newLinkMs: 10, relayAfterMs: 200 });
      for (let i = 0; i < 5; i++) net.addHub();
      net.link(1, 0, 10);
      net.link(0, 2, 10);
      net.link(3, 4, 10);
      net.run(60_000);
      for (let n = 0; n < 10; n++) net.put(3, entryOf(keyOf(n)));
      net.run(net.nowMs + 5000);
      // Hub 1 learns it first, and mostly tells it while hub 0 is about to.
      net.link(1, 3, 1);
      net.link(0, 4, 30);
      net.run(net.nowMs + 5000);
      return net.agrees();
    });
    expect(agreed.filter((agrees) => !agrees)).toEqual([]);
  });

  test("1,000 entries of which twenty differ become alike over a link for less than twice their bytes", () => {
    const shares = [1, 2, 3, 4, 5].map((seed) => {
      const net = halves(1000, 1, seed);
      net.link(0, 1, 20);
      net.run(net.nowMs + 10_000);
      net.cut(0, 1);
      let differing = 0;
      for (let i = 0; i < 20; i++) {
        const entry = entryOf(keyOf(100 * seed + i), 2);
        differing +=
          frameBytes({ type: "SYNC", ...says({ entries: [entry] }) }) - frameBytes({ type: "SYNC", ...says({}) });
        net.put(i % 2, entry);
      }
      net.run(net.nowMs + 30_000);
      expect(healedAfterMs(net, 0, 1, 10_000)).toBeLessThanOrEqual(5000);
      return net.over(0, 1) / differing;
    });
    expect(Math.max(...shares)).toBeLessThanOrEqual(2);
  });

  test("equal halves find out within a second and a half, in one round trip and under 60 bytes", () => {
    const net = halves(1000, 1);
    net.metering = true;
    net.link(0, 1, 20);
    net.run(net.nowMs + 1500);
    expect(net.over(0, 1)).toBeLessThan(60);
    expect([net.station(0), net.station(1)].map(({ state }) => state.settled)).toEqual([true, true]);
  });

  test("halves with nothing in common exchange everything, for little more than its bytes", () => {
    const net = new StateNet(1);
    net.addHub();
    net.addHub();
    for (let n = 0; n < 2000; n++) net.station(n % 2).state.restore(entryOf(keyOf(n)), 0);
    expect(healedAfterMs(net, 0, 1, 5000)).toBeLessThan(5000);
    expect(net.over(0, 1)).toBeLessThan(2000 * 125 * 1.2);
  });

  test("any two sets become one, the newer version of each key", () => {
    const anyEntries = fc.array(fc.tuple(fc.nat({ max: 300 }), fc.nat({ max: 2 })), { maxLength: 200 });
    fc.assert(
      fc.property(anyEntries, anyEntries, (left, right) => {
        const net = new StateNet(1);
        net.addHub();
        net.addHub();
        const newest = new Map<number, number>();
        for (const [side, entries] of [left, right].entries()) {
          for (const [n, minor] of entries) {
            net.station(side).state.restore(entryOf(keyOf(n), minor, 60), 0);
            newest.set(n, Math.max(newest.get(n) ?? 0, minor));
          }
        }
        net.link(0, 1);
        net.run(2000);
        expect(net.agrees()).toBe(true);
        for (const [n, minor] of newest)
          expect(net.station(0).state.registries.get("adverts", keyOf(n))?.minor).toBe(minor);
      }),
      { numRuns: 25 },
    );
  });
});

function says(more: Partial<SyncBody>): SyncBody {
  return { scope: "everyone", open: false, more: false, ranges: [], wants: [], entries: [], ...more };
}
