import fc from "fast-check";
import { expect, test } from "vitest";
import { machineOf } from "../../tools/sim/machines/all.js";
import type { Plan } from "../../tools/sim/plan.js";
import type { RunOptions } from "../../tools/sim/run.js";
import { scenarioOf } from "../../tools/sim/scenarios/all.js";
import { optionsOf, regressionOf } from "../../tools/sim/search/regression.js";
import { minimal, shrink } from "../../tools/sim/search/shrink.js";

test("of items of which two together fail, those two are left", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 40 }), (items) => {
      const [a, b] = items;
      const fails = (some: readonly number[]): boolean => some.includes(a as number) && some.includes(b as number);
      expect([...minimal(items, fails)].sort()).toEqual([a, b].sort());
    }),
  );
});

const options: RunOptions = {
  scenario: scenarioOf("flapping-links"),
  machine: machineOf("flood"),
  seed: 7,
  hubs: 24,
  topology: "geometric:6",
  minutes: 2,
};

test("a failure that one kill of one hub causes shrinks to it, with few hubs", () => {
  const kills = (plan: Plan | undefined): boolean =>
    plan?.faults.some((fault) => fault.type === "kill" && fault.hubs.includes(3)) ?? false;
  const scenario = scenarioOf("rolling-restarts");
  const planned = (run: RunOptions): Plan => ({
    startWithinMs: 0,
    faults: [
      { atMs: 10, type: "stall", hubs: [1, 2] },
      { atMs: 20, type: "kill", hubs: Array.from({ length: run.hubs }, (_, hub) => hub) },
    ],
    endMs: 60_000,
  });
  const start = { ...options, scenario: { ...scenario, plan: () => planned(options) } };
  const { options: small } = shrink(start, (run) => kills(run.plan ?? planned(run)));
  expect(small.plan?.faults).toEqual([{ atMs: 20, type: "kill", hubs: [3] }]);
  expect(small.hubs).toBe(4);
  expect(small.plan?.endMs).toBe(5020);
});

test("a kept run has what repeats it", () => {
  const kept = regressionOf(options, "false-death", "hub 1 …");
  const again = optionsOf(JSON.parse(JSON.stringify(kept)));
  expect(again.scenario.name).toBe("flapping-links");
  expect(again).toMatchObject({ seed: 7, hubs: 24, topology: "geometric:6", minutes: 2 });
});
