import { expect, test } from "vitest";
import { figureLines } from "../../tools/sim/report.js";
import { SCENARIOS, scenarioOf } from "../../tools/sim/scenarios/all.js";
import { summaryOf, verdictsOf } from "../../tools/sim/verdict.js";

const ran = (scenario: string, figures: Readonly<Record<string, number | null>>, violationCount = 0) =>
  verdictsOf({ scenario, figures, violationCount });

test("a run says what was asked, what was measured, and whether that is enough", () => {
  const verdicts = ran("city-off-the-grid-60-subtree", { reachMs: 3751, falseDead: 0 });
  expect(verdicts).toEqual([
    {
      asked: "60 % of the hubs gone, 99.9 % of the pairs that are still connected reach each other again within 8 s",
      measured: "3.75 s",
      isMet: true,
    },
    { asked: "no hub that lives is held for dead", measured: "none", isMet: true },
    { asked: "no invariant is broken", measured: "none", isMet: true },
  ]);
  expect(summaryOf("x", verdicts)).toBe("x: MET, all 3 things that were asked.");
});

test("each figure of a run stands beside what it is", () => {
  const lines = figureLines({ falseDead: 0, reachMs: 925, healGoodLostOver1s: null, unheardOf: 1.5 });
  expect(lines).toEqual([
    "  falseDead                          0  times that a hub was held for dead which ran and answered",
    "  reachMs                          925  until 99.9 % of the pairs answered each other again for good",
    "  healGoodLostOver1s             never  of those with a way without bad links, without an answer for over 1 s",
    "  unheardOf                     1.5000",
  ]);
  const [healed] = figureLines({ healMs: 900, registryHealed: 1 });
  expect(healed).toContain("until the last hub had the last entry of the other side");
});

test("a scenario that is mistyped is named as it was meant", () => {
  expect(() => scenarioOf("cold-strat")).toThrow('did you mean "cold-start"?');
  expect(() => scenarioOf("xyzzy")).toThrow("there are: cold-start, ");
});

test("of a city it is said beside it what pairs have that do not depend on bad links", () => {
  const [all, good] = ran("city-off-the-grid-30", { reachMs: null, reachGoodMs: 1900 });
  expect(all).toMatchObject({ measured: "never", isMet: false });
  expect(good).toMatchObject({ measured: "1.9 s", isMet: true });
  expect(good?.asked).toContain("a way without bad links");
});

test("what is too slow, what never happened and a broken invariant are not met", () => {
  const city = ran("city-off-the-grid-30", { reachMs: 3751, falseDead: 1 }, 2);
  expect(city.map(({ isMet }) => isMet)).toEqual([false, false, false]);
  expect(summaryOf("x", city)).toBe("x: NOT MET, 3 of 3 things that were asked.");
  expect(ran("cold-start", { coldStartMs: null })[0]).toMatchObject({ measured: "never", isMet: false });
});

test("all is all: 99.996 % of the parcels are neither enough nor shown as 100 %", () => {
  expect(ran("churn-1", { parcelsDelivered: 0.99996 })[0]).toMatchObject({ measured: "99.99 %", isMet: false });
});

test("the second cut is measured against what bad links alone take, and not at all where the first took nothing", () => {
  const second = (first: number, calm: number, again: number) =>
    ran("second-cut", { firstLostOver1s: first, calmLostOver1s: calm, secondLostOver1s: again })[0];
  expect(second(110, 10, 50)).toMatchObject({ measured: "0.4", isMet: true });
  expect(second(110, 10, 70)).toMatchObject({ measured: "0.6", isMet: false });
  expect(second(10, 10, 50)?.asked).toBe("no invariant is broken");
  const good = { firstGoodLostOver1s: 40, calmGoodLostOver1s: 0, secondGoodLostOver1s: 10 };
  const both = ran("second-cut", { firstLostOver1s: 50, calmLostOver1s: 0, secondLostOver1s: 30, ...good });
  expect(both.slice(0, 2).map(({ measured }) => measured)).toEqual(["0.6", "0.25"]);
  const halfPlane = { firstLostOver1s: 100, calmLostOver1s: 0, secondLostOver1s: 51 };
  expect(ran("second-cut-half-plane", halfPlane)[0]).toMatchObject({ measured: "0.51", isMet: false });
});

test("something is asked of every scenario", () => {
  const names = [
    "coldStartMs",
    "reachMs",
    "healMs",
    "healUnreached",
    "reachUnreached",
    "controlBytesPerSecond",
    "parcelsDelivered",
  ];
  const cut = { firstLostOver1s: 2, calmLostOver1s: 0, secondLostOver1s: 0 };
  const figures = { ...Object.fromEntries([...names, "broadcastCopies"].map((name) => [name, 0])), ...cut };
  for (const scenario of SCENARIOS.keys()) expect(ran(scenario, figures).length, scenario).toBeGreaterThan(1);
});
