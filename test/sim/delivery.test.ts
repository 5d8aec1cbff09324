/** What must arrive, over restarts: what a hub has promised is on its simulated disk. */
import { expect, test } from "vitest";
import type { Fault } from "../../tools/sim/faults.js";
import { machineOf } from "../../tools/sim/machines/all.js";
import type { Plan } from "../../tools/sim/plan.js";
import { runScenario } from "../../tools/sim/run.js";
import { scenarioOf } from "../../tools/sim/scenarios/all.js";

const HUBS = Array.from({ length: 9 }, (_, hub) => hub);
const HALF = [0, 1, 2, 3];
/** By then they remember each other over restarts, too. */
const SPLIT_MS = 70_000;

/** Halves that do not hear each other, everybody killed and started again meanwhile. @param newDisks with empty disks. */
function figuresOf({ newDisks }: { readonly newDisks: boolean }) {
  const faults: Fault[] = [
    { atMs: SPLIT_MS, type: "partition", hubs: HALF, group: 1 },
    { atMs: SPLIT_MS + 15_000, type: "kill", hubs: HUBS },
    ...(newDisks ? [{ atMs: SPLIT_MS + 15_500, type: "new-disk", hubs: HUBS } as const] : []),
    { atMs: SPLIT_MS + 16_000, type: "start", hubs: HUBS },
    { atMs: SPLIT_MS + 30_000, type: "mend-all" },
  ];
  const parcels = { fromMs: SPLIT_MS + 1000, toMs: SPLIT_MS + 14_000, everyMs: 200 };
  const plan: Plan = { startWithinMs: 0, faults, parcels, endMs: SPLIT_MS + 60_000 };
  const scenario = scenarioOf("cold-start");
  const topology = "grid:3x3";
  return runScenario({ scenario, machine: machineOf("node"), seed: 1, hubs: 9, topology, minutes: 1, plan }).figures;
}

test("parcels that wait for the other half outlive a restart of everybody", () => {
  expect(figuresOf({ newDisks: false })).toMatchObject({ parcelsDelivered: 1, parcelsLost: 0, parcelsTwice: 0 });
});

test("parcels on a disk that is replaced by an empty one are lost, and that is seen", () => {
  expect(figuresOf({ newDisks: true })["parcelsLost"]).toBeGreaterThan(0);
});
