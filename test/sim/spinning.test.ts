import { expect, it } from "vitest";
import { Simulation } from "../../tools/sim/engine/simulation.js";
import type { SimulatedMachine } from "../../tools/sim/machine.js";
import { Topology } from "../../tools/sim/topology/topology.js";

/** @returns what was found to be broken. */
function brokenBy(deadlineMs: (nowMs: number, type: string) => number, forMs: number): string[] {
  let dueMs = 0;
  const boot = (): SimulatedMachine => ({
    get deadlineMs() {
      return dueMs;
    },
    handle(input, nowMs) {
      dueMs = deadlineMs(nowMs, input.type);
      return [];
    },
  });
  const sim = new Simulation({
    topology: new Topology({ name: "alone", hubs: 1, edges: [] }),
    machine: { name: "script", about: "", boot },
    seed: 1,
    sizes: { ofLink: () => 10, ofRouted: () => 30 },
  });
  const broken: string[] = [];
  sim.observers.push({ broken: (_hub, what) => void broken.push(what) });
  sim.start(0);
  sim.run(forMs);
  return broken;
}

it("a machine whose deadline stays in the past is found to spin", () => {
  expect(brokenBy((nowMs) => nowMs - 1, 1000)).toEqual(["its deadline never lies ahead"]);
});

it("one that is late for a while, and then is not, is none", () => {
  let left = 900;
  const late = (nowMs: number): number => {
    left -= 1;
    return left > 0 ? nowMs - 1 : nowMs + 1000;
  };
  expect(brokenBy(late, 5000)).toEqual([]);
});
