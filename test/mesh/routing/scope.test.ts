/** Both ends of a link agree on what they tell each other, and neither says too much. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { inScope, sameLocator, scopeOf } from "../../../runtime/mesh/routing/scope.js";
import { isNewer, seqnoAfter } from "../../../runtime/mesh/routing/seqno.js";
import { RANK_MAX } from "../../../runtime/mesh/routing/settings.js";
import { RoutingNet } from "../routing-net.js";
import { grid } from "../topologies.js";

const locator = fc.array(fc.constantFrom("a", "b", "c") as fc.Arbitrary<HubId>, { maxLength: 6 });

describe("scope", () => {
  it("is the same seen from either end", () => {
    fc.assert(fc.property(locator, locator, (a, b) => scopeOf(a, b) === scopeOf(b, a)));
  });

  it("is everything between hubs in the same place, and nothing before a neighbour has said where it is", () => {
    fc.assert(fc.property(locator, (a) => scopeOf(a, [...a]) === 2 ** (RANK_MAX + 1) - 1));
    expect(scopeOf([], undefined)).toBe(0);
    expect(scopeOf(undefined, [])).toBe(0);
  });

  it("holds what is of the highest rank, and ends where the regions differ", () => {
    const [a, b, c] = ["a", "b", "c"] as HubId[];
    const scope = scopeOf([a!, c!], [b!, c!]);
    expect([0, 1, 2].map((rank) => inScope(scope, rank))).toEqual([false, true, true]);
  });

  it("tells the same locators apart from different ones", () => {
    fc.assert(fc.property(locator, locator, (a, b) => sameLocator(a, b) === (a.join() === b.join())));
  });

  it("keeps both ends agreed once nothing is under way: a digest never differs in a settled mesh", () => {
    const net = new RoutingNet(grid(9, 9));
    net.start(200);
    net.run(20_000);
    const before = net.counts.get("mesh.routing.digestDiffers") ?? 0;
    net.run(net.nowMs + 180_000);
    expect((net.counts.get("mesh.routing.digestDiffers") ?? 0) - before).toBe(0);
  });
});

describe("sequence numbers", () => {
  it("wrap around: each is newer than the 32,767 before it and older than as many after it", () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff }), fc.integer({ min: 1, max: 0x7fff }), (seqno, ahead) => {
        const later = (seqno + ahead) & 0xffff;
        expect([isNewer(later, seqno), isNewer(seqno, later), isNewer(seqno, seqno)]).toEqual([true, false, false]);
        expect(isNewer(seqnoAfter(seqno), seqno)).toBe(true);
      }),
    );
  });
});
