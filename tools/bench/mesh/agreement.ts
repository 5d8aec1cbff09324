/**
 * The same scene in the simulator and on real processes: the same graph with the same delays, the same hubs struck at the same
 * times. What is compared is how long neighbours take to call them dead.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { Random } from "../../sim/engine/random.js";
import type { Fault } from "../../sim/faults.js";
import { machineOf } from "../../sim/machines/all.js";
import type { Plan, Scenario } from "../../sim/plan.js";
import { runScenario } from "../../sim/run.js";
import { topologyOf } from "../../sim/topology/parse.js";
import { DeathWatch } from "./death-watch.js";
import { FAULT_KINDS, type FaultKind, recover, strike } from "./detection.js";
import { type Figures, type MeshBenchPart, type PartContext, rounded, spreadOf } from "./part.js";

const HUBS = 20;
const TOPOLOGY = "geometric:5";
const BLOWS = 8;
const SETTLE_MS = 10_000;
const BLOW_EVERY_MS = 8000;
const DOWN_MS = 3500;

/** Silence of all links and silence of a board without power are the same to its neighbours. */
const SIMULATED = {
  kill: ["kill", "start"],
  stop: ["stall", "resume"],
  silence: ["power-off", "start"],
} as const satisfies Record<FaultKind, readonly [string, string]>;

export const agreement: MeshBenchPart = {
  name: "agreement",
  about: "one scene on real processes and in the simulator: detection times and their ratios",
  needsLab: true,
  wanted: { simDifference: { max: 0.15 } },
  run: measure,
};

interface Blow {
  readonly victim: number;
  readonly atMs: number;
}

interface Detections {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function measure(context: PartContext): Promise<Figures> {
  const { hubs = HUBS, seed, progress } = context;
  const figures: Record<string, number> = {};
  let worst = 0;
  for (const kind of FAULT_KINDS) {
    const random = new Random(seed ^ 0xa9e);
    const blows = random.sample(Math.min(BLOWS, hubs), hubs).map((victim, number) => ({
      victim,
      atMs: SETTLE_MS + number * BLOW_EVERY_MS + random.uniform() * 1000,
    }));
    const simulated = simulate(kind, blows, hubs, seed);
    const real = await strikeAll(kind, blows, hubs, context);
    const ratio = real.p50Ms / simulated.p50Ms;
    worst = Math.max(worst, Math.abs(ratio - 1));
    progress(`${kind}: real ${real.p50Ms} ms, simulated ${simulated.p50Ms} ms`);
    figures[`${kind}RealP50Ms`] = real.p50Ms;
    figures[`${kind}SimP50Ms`] = rounded(simulated.p50Ms);
    figures[`${kind}RealP99Ms`] = real.p99Ms;
    figures[`${kind}SimP99Ms`] = rounded(simulated.p99Ms);
    figures[`${kind}RealToSim`] = rounded(ratio);
  }
  return { ...figures, simDifference: rounded(worst) };
}

function simulate(kind: FaultKind, blows: readonly Blow[], hubs: number, seed: number): Detections {
  const [strikeType, recoverType] = SIMULATED[kind];
  const faults = blows.flatMap(({ victim, atMs }): Fault[] => [
    { atMs, type: strikeType, hubs: [victim] },
    { atMs: atMs + DOWN_MS, type: recoverType, hubs: [victim] },
  ]);
  const plan: Plan = { startWithinMs: 1000, faults, endMs: SETTLE_MS + blows.length * BLOW_EVERY_MS };
  const scenario: Scenario = {
    ...{ name: `agreement-${kind}`, about: "", topology: TOPOLOGY, hubs, minutes: 1 },
    plan: () => plan,
  };
  const { figures } = runScenario({ scenario, machine: machineOf("node"), seed, hubs, topology: TOPOLOGY, minutes: 1 });
  return { p50Ms: figures["detectP50Ms"] ?? Number.NaN, p99Ms: figures["detectP99Ms"] ?? Number.NaN };
}

async function strikeAll(
  kind: FaultKind,
  blows: readonly Blow[],
  hubs: number,
  { seed, progress }: PartContext,
): Promise<Detections> {
  const topology = topologyOf(TOPOLOGY, hubs, seed);
  const lab = await MeshLab.start({ name: "agree", topology, wiring: "air", progress });
  try {
    const watch = new DeathWatch(lab);
    const startMs = machineMs();
    const took: number[] = [];
    for (const { victim, atMs } of blows) {
      await sleep(Math.max(0, startMs + atMs - machineMs()));
      took.push(...(await strike(lab, watch, kind, victim)).took);
      await sleep(Math.max(0, startMs + atMs + DOWN_MS - machineMs()));
      await recover(lab, watch, kind, victim);
    }
    const { p50, p99 } = spreadOf(took);
    return { p50Ms: p50, p99Ms: p99 };
  } finally {
    lab.destroy();
  }
}
