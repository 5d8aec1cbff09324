import { expect, test } from "vitest";
import { Random } from "../../tools/sim/engine/random.js";
import { machineOf } from "../../tools/sim/machines/all.js";
import type { Plan } from "../../tools/sim/plan.js";
import { type Outcome, runScenario } from "../../tools/sim/run.js";
import { SCENARIOS, scenarioOf } from "../../tools/sim/scenarios/all.js";
import { topologyOf } from "../../tools/sim/topology/parse.js";

function run(plan: Plan, seed = 1, topology = "grid:3x3"): Outcome {
  return runScenario({
    scenario: scenarioOf("cold-start"),
    machine: machineOf("flood"),
    seed,
    hubs: 9,
    topology,
    minutes: 1,
    plan,
  });
}

const stalled: Plan = {
  startWithinMs: 500,
  faults: [
    { atMs: 3000, type: "loss", share: 0.1 },
    { atMs: 4000, type: "stall", hubs: [4] },
    { atMs: 12_000, type: "resume", hubs: [4] },
  ],
  broadcasts: { fromMs: 2000, toMs: 5000, everyMs: 500 },
  endMs: 16_000,
};

test("the same seed gives the same trace; another seed another one", () => {
  const first = run(stalled);
  expect(run(stalled).traceHash).toBe(first.traceHash);
  expect(run(stalled, 2).traceHash).not.toBe(first.traceHash);
});

test("a cold start of a flooded grid reaches every pair, and the measure says when", () => {
  const window = { name: "start", fromMs: 0, toMs: 2000, without: [], draw: 1, demanded: true };
  const { figures, violations } = run({ startWithinMs: 0, faults: [], reach: [window], endMs: 2000 });
  expect(violations).toEqual([]);
  expect(figures["startPairs"]).toBe(45);
  expect(figures["startUnreached"]).toBe(0);
  // Three round trips of 2 ms and a handshake on both processors, after discovery.
  expect(figures["startMs"]).toBeGreaterThan(8);
  expect(figures["startMs"]).toBeLessThan(1000);
});

test("pairs that a cut parts in the middle of a line are not asked; those that it leaves together are", () => {
  const window = { name: "reach", fromMs: 3000, toMs: 8000, without: [2], draw: 1, demanded: true };
  const plan: Plan = {
    startWithinMs: 0,
    faults: [{ atMs: 3000, type: "power-off", hubs: [2] }],
    reach: [window],
    endMs: 8000,
  };
  const { figures, violations } = run(plan, 1, "grid:5x1");
  expect(violations).toEqual([]);
  expect([figures["reachUnreached"], figures["reachHopsMax"]]).toEqual([0, 0]);
});

test("neighbours that lose power are detected, and nobody is called dead who lives", () => {
  const plan: Plan = {
    startWithinMs: 500,
    faults: [
      { atMs: 5000, type: "power-off", hubs: [0, 1, 2, 6, 7, 8] },
      { atMs: 15_000, type: "start", hubs: [0, 1, 2, 6, 7, 8] },
    ],
    endMs: 20_000,
    agreedMs: 20_000,
  };
  const { figures, violations } = run(plan, 1, "grid:6x6");
  expect(violations).toEqual([]);
  // Five links lead from the six to others; the reference holds a neighbour for dead after 3 to 4 seconds of silence.
  expect([figures["detections"], figures["undetected"]]).toEqual([5, 0]);
  expect(figures["detectP50Ms"]).toBeGreaterThan(2900);
  expect(figures["detectMaxMs"]).toBeLessThan(4100);
});

test("a machine that calls a live hub dead is found out", () => {
  const late: Plan = {
    startWithinMs: 0,
    faults: [{ atMs: 20_000, type: "loss", share: 0.95 }],
    endMs: 60_000,
  };
  const { violations, figures } = run(late);
  expect(figures["falseDead"]).toBeGreaterThan(0);
  expect(violations[0]?.invariant).toBe("false-death");
});

test("every scenario plans faults of hubs that exist, in its own time", () => {
  for (const scenario of SCENARIOS.values()) {
    const topology = topologyOf("geometric:6", 40, 1);
    const plan = scenario.plan({ topology, random: new Random(1), minutes: 2 });
    for (const fault of plan.faults) {
      expect(fault.atMs, scenario.name).toBeLessThanOrEqual(plan.endMs);
      if ("hubs" in fault) for (const hub of fault.hubs) expect(hub, scenario.name).toBeLessThan(40);
    }
  }
});

test("copies count from the first broadcast of a steady tree on, and those from the very first beside", () => {
  const broadcasts = { fromMs: 5000, toMs: 20_000, everyMs: 1000, steadyMs: 8000 };
  const plan: Plan = { startWithinMs: 500, faults: [], broadcasts, endMs: 31_000 };
  const { figures } = runScenario({
    ...{ scenario: scenarioOf("cold-start"), machine: machineOf("node"), seed: 1, hubs: 16, topology: "grid:4x4" },
    ...{ minutes: 1, plan },
  });
  // 24 links carry the first payload, most of them from both ends; then it is a tree of 15.
  expect(figures["broadcastCopies"]).toBeLessThan(1.02);
  expect(figures["broadcastCopiesFromFirst"]).toBeGreaterThan((figures["broadcastCopies"] ?? 0) + 0.05);
});
