import { expect, test } from "vitest";
import { Random } from "../../tools/sim/engine/random.js";
import { machineOf } from "../../tools/sim/machines/all.js";
import { type Outcome, type RunOptions, runScenario } from "../../tools/sim/run.js";
import { SCENARIOS, scenarioOf } from "../../tools/sim/scenarios/all.js";
import { topologyOf } from "../../tools/sim/topology/parse.js";

function run(scenario: string, over: Partial<RunOptions> = {}): Outcome {
  return runScenario({
    scenario: scenarioOf(scenario),
    machine: machineOf("flood"),
    seed: 1,
    hubs: 9,
    topology: "grid:3x3",
    minutes: 0.5,
    ...over,
  });
}

test("the same seed gives the same trace; another seed another one", () => {
  const first = run("stalls-20s");
  expect(run("stalls-20s").traceHash).toBe(first.traceHash);
  expect(run("stalls-20s", { seed: 2 }).traceHash).not.toBe(first.traceHash);
});

test("a cold start of a flooded grid reaches every pair, and the measure says when", () => {
  const { figures, violations } = run("cold-start");
  expect(violations).toEqual([]);
  expect(figures.coldStartPairs).toBe(45);
  expect(figures.coldStartUnreached).toBe(0);
  expect(figures.coldStartMs).toBeGreaterThan(6);
  expect(figures.coldStartMs).toBeLessThan(1000);
});

test("neighbours that lose power are detected, and nobody is called dead who lives", () => {
  const { figures } = run("city-off-the-grid-30", { hubs: 36, topology: "grid:6x6" });
  expect(figures.falseDead).toBe(0);
  expect(figures.detections).toBeGreaterThan(5);
  expect(figures.undetected).toBe(0);
  // The reference holds a neighbour for dead after 3 to 4 seconds of silence.
  expect(figures.detectP50Ms).toBeGreaterThan(2900);
  expect(figures.detectMaxMs).toBeLessThan(4100);
});

test("the reference calls a hub behind a one-way link dead, and is found out", () => {
  const outcome = run("one-way-links", { hubs: 24, topology: "geometric:6" });
  expect(outcome.figures.falseDead).toBe(0);
  const stalled = run("stalls-20s", { hubs: 24, topology: "geometric:6" });
  expect(stalled.figures.detections).toBeGreaterThan(0);
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
