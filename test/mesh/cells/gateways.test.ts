import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GATEWAYS, gateways, gatewayWeight, type Resources } from "../../../runtime/mesh/cells/gateways.js";
import { generator, hubIdOf } from "../static-ways.js";

const random = generator(4);
const cell = hubIdOf(random);
const members: readonly Resources[] = Array.from({ length: 40 }, (_, i) => ({
  hub: hubIdOf(random),
  power: i % 2 === 0 ? "mains" : "battery",
  bandwidthMbps: 20,
  freeMemoryMiB: 200,
  cpuLoad: 0.3,
}));

describe("gateways", () => {
  test("are the same three at every member, in whatever order it knows them", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...members], { minLength: members.length }), (shuffled) => {
        expect(gateways(cell, shuffled)).toEqual(gateways(cell, members));
      }),
      { numRuns: 50 },
    );
    expect(gateways(cell, members)).toHaveLength(GATEWAYS);
    expect(gateways(cell, members.slice(0, 2))).toHaveLength(2);
    expect(gateways(cell, [])).toEqual([]);
  });

  test("one that leaves is replaced, and the other two stay", () => {
    const [first, second, third] = gateways(cell, members);
    const left = gateways(
      cell,
      members.filter(({ hub }) => hub !== first),
    );
    expect(left.slice(0, 2)).toEqual([second, third]);
  });

  test("small changes of load and memory change nothing", () => {
    const changed = members.map((member) => ({ ...member, cpuLoad: 0.45, freeMemoryMiB: 150 }));
    expect(gateways(cell, changed)).toEqual(gateways(cell, members));
  });

  test("hubs on mains are chosen four times as often as those on a battery", () => {
    let mains = 0;
    const runs = 3000;
    for (let i = 0; i < runs; i++) {
      const [first] = gateways(hubIdOf(random), members, 1);
      if (members.find(({ hub }) => hub === first)?.power === "mains") mains += 1;
    }
    expect(mains / runs).toBeGreaterThan(0.77);
    expect(mains / runs).toBeLessThan(0.83);
  });

  test("whatever is claimed, the weight stays within its bounds", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double(), (bandwidthMbps, freeMemoryMiB, cpuLoad) => {
        const weight = gatewayWeight({ power: "mains", bandwidthMbps, freeMemoryMiB, cpuLoad });
        expect(weight).toBeGreaterThan(0);
        expect(weight).toBeLessThanOrEqual(96);
      }),
    );
  });
});
