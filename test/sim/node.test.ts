/** The production machine in the simulator. */
import { expect, test } from "vitest";
import { machineOf } from "../../tools/sim/machines/all.js";
import { type Outcome, runScenario } from "../../tools/sim/run.js";
import { scenarioOf } from "../../tools/sim/scenarios/all.js";

function coldStart(wire: boolean): Outcome {
  const scenario = scenarioOf("cold-start");
  return runScenario({
    scenario,
    machine: machineOf("node"),
    seed: 1,
    hubs: 9,
    topology: "grid:3x3",
    minutes: 1,
    wire,
  });
}

test("the mesh's node reaches every pair from a cold start, and its frames as bytes give the same trace", () => {
  const asObjects = coldStart(false);
  expect(asObjects.violations).toEqual([]);
  expect(asObjects.figures.coldStartUnreached).toBe(0);
  expect(coldStart(true).traceHash).toBe(asObjects.traceHash);
});
