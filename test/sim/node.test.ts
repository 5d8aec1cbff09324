/** The production machine in the simulator. */
import { expect, test } from "vitest";
import { Simulation } from "../../tools/sim/engine/simulation.js";
import type { Birth } from "../../tools/sim/machine.js";
import { machineOf } from "../../tools/sim/machines/all.js";
import { type Outcome, runScenario } from "../../tools/sim/run.js";
import { scenarioOf } from "../../tools/sim/scenarios/all.js";
import { Topology } from "../../tools/sim/topology/topology.js";

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

test("a hub's wall clock is that of the time it asks about, before and after a restart", () => {
  const births: Birth[] = [];
  const node = machineOf("node");
  const sim = new Simulation({
    topology: new Topology({ name: "alone", hubs: 1, edges: [] }),
    machine: {
      ...node,
      boot: (birth) => {
        births.push(birth);
        return node.boot(birth);
      },
    },
    seed: 1,
    sizes: { ofLink: () => 10, ofRouted: () => 30 },
  });
  sim.start(0);
  sim.run(60_000);
  sim.kill(0);
  sim.run(90_000);
  sim.start(0);
  const [first, second] = births;
  // What waits in its outbox ends when it would have ended.
  expect(second?.wallMs(0)).toBe(first?.wallMs(0));
  expect(second?.wallMs(sim.hubs.clockMs(0, sim.wheel.nowTick))).toBe(sim.wallMs(0));
  expect((second?.wallMs(5000) ?? 0) - (second?.wallMs(0) ?? 0)).toBe(5000);
});
