/** Halves that do not hear each other, all of whose hubs are killed meanwhile: nobody but their own memory tells them of the others. */
import { expect, test } from "vitest";
import type { Fault } from "../../tools/sim/faults.js";
import { machineOf } from "../../tools/sim/machines/all.js";
import type { Plan } from "../../tools/sim/plan.js";
import { runScenario } from "../../tools/sim/run.js";
import { scenarioOf } from "../../tools/sim/scenarios/all.js";

const HUBS = Array.from({ length: 9 }, (_, hub) => hub);
const MENDED_MS = 60_000;

/** @returns what does not hold half a minute after both halves hear each other again. */
function brokenWhen({ splitMs, killedMs }: { readonly splitMs: number; readonly killedMs: number }): string[] {
  const faults: Fault[] = [
    { atMs: splitMs, type: "partition", hubs: [0, 1, 2, 3], group: 1 },
    { atMs: killedMs, type: "kill", hubs: HUBS },
    { atMs: killedMs + 1000, type: "start", hubs: HUBS },
    { atMs: MENDED_MS, type: "mend-all" },
  ];
  const endMs = MENDED_MS + 30_000;
  const reach = { name: "heal", fromMs: MENDED_MS, toMs: endMs, without: [], draw: 2, mended: true, demanded: true };
  const plan: Plan = { startWithinMs: 0, faults, reach: [reach], endMs };
  const scenario = scenarioOf("cold-start");
  const run = { scenario, machine: machineOf("node"), seed: 1, hubs: 9, topology: "grid:3x3", minutes: 1, plan };
  return runScenario(run).violations.map(({ detail }) => detail);
}

test("halves that fell apart ten seconds after the start, and were killed ten seconds later, find each other again", () => {
  expect(brokenWhen({ splitMs: 10_000, killedMs: 20_000 })).toEqual([]);
});

test("halves that were killed half a minute after they fell apart find each other again", () => {
  expect(brokenWhen({ splitMs: 20_000, killedMs: 50_000 })).toEqual([]);
});
