/**
 * The same scene in the simulator and on real processes: the same graph with the same delays, the same hubs struck at the same
 * times; three scenes, one for each way to be struck. What is compared is how long neighbours take, on average, to call them dead. Where in its second a
 * heartbeat falls is chance: the simulator plays each scene several times, and `…Error` tells how much of a ratio may be chance on the real side, as
 * two standard errors over the blows. A machine that is busy with something else is late, and so are its hubs: `agreementLateP99Ms` is how late the timers
 * of this very process were, and where that is more than some 20 ms the ratios are the machine's.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { Random } from "../../sim/engine/random.js";
import type { Fault } from "../../sim/faults.js";
import { machineOf } from "../../sim/machines/all.js";
import type { Plan, Scenario } from "../../sim/plan.js";
import { type Outcome, runScenario } from "../../sim/run.js";
import { topologyOf } from "../../sim/topology/parse.js";
import { DeathWatch } from "./death-watch.js";
import { FAULT_KINDS, type FaultKind, recover, strike } from "./detection.js";
import { type Figures, type MeshBenchPart, type PartContext, rounded, spreadOf } from "./part.js";

const HUBS = 20;
const TOPOLOGY = "geometric:5";
const BLOWS = 12;
/** How often the simulator plays a scene; blows fall elsewhere in the second each time. */
const PLAYS = 5;
/** Between two looks at how late timers are. */
const LOOK_MS = 10;
const SETTLE_MS = 10_000;
const BLOW_EVERY_MS = 8000;
/** Whoever is the only one to hear a hub waits for up to 3.7 s. Unit: ms. */
const DOWN_MS = 5000;

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
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly missed: number;
}

async function measure(context: PartContext): Promise<Figures> {
  const { hubs = HUBS, seed, progress } = context;
  const figures: Record<string, number> = {};
  const lateness = monitorEventLoopDelay({ resolution: LOOK_MS });
  let worst = 0;
  for (const kind of FAULT_KINDS) {
    const random = new Random(seed ^ 0xa9e);
    const blows = random.sample(Math.min(BLOWS, hubs), hubs).map((victim, number) => ({
      victim,
      atMs: SETTLE_MS + number * BLOW_EVERY_MS + random.uniform() * 1000,
    }));
    const simulated = simulate(kind, blows, hubs, seed);
    lateness.enable();
    const { errorMs, ...real } = await strikeAll(kind, blows, hubs, context);
    lateness.disable();
    const ratio = real.meanMs / simulated.meanMs;
    worst = Math.max(worst, Math.abs(ratio - 1));
    for (const [side, { meanMs, p50Ms, p99Ms, missed }] of Object.entries({ Real: real, Sim: simulated })) {
      figures[`${kind}${side}MeanMs`] = rounded(meanMs);
      figures[`${kind}${side}P50Ms`] = rounded(p50Ms);
      figures[`${kind}${side}P99Ms`] = rounded(p99Ms);
      figures[`${kind}${side}Missed`] = missed;
    }
    figures[`${kind}RealToSim`] = rounded(ratio);
    figures[`${kind}RealToSimError`] = rounded((2 * errorMs) / simulated.meanMs);
    progress(`${kind}: real ${real.meanMs.toFixed(0)} ms on average, simulated ${simulated.meanMs.toFixed(0)} ms`);
  }
  const lateMs = Math.max(0, lateness.percentile(99) / 1e6 - LOOK_MS);
  return { ...figures, agreementLateP99Ms: rounded(lateMs), simDifference: rounded(worst) };
}

function simulate(kind: FaultKind, blows: readonly Blow[], hubs: number, seed: number): Detections {
  const random = new Random(seed ^ 0x51a);
  const plays = Array.from({ length: PLAYS }, () => {
    const moved = blows.map(({ victim, atMs }) => ({ victim, atMs: atMs + random.uniform() * 1000 }));
    return play(kind, moved, hubs, seed);
  });
  const of = (key: string): number[] => plays.map((figures) => figures[key] ?? Number.NaN);
  const counts = of("detections");
  const total = counts.reduce((sum, count) => sum + count, 0);
  const averaged = (key: string): number =>
    of(key).reduce((sum, value, at) => sum + value * (counts[at] ?? 0), 0) / total;
  return {
    meanMs: averaged("detectMeanMs"),
    p50Ms: averaged("detectP50Ms"),
    p99Ms: averaged("detectP99Ms"),
    missed: of("undetected").reduce((sum, count) => sum + count, 0),
  };
}

function play(kind: FaultKind, blows: readonly Blow[], hubs: number, seed: number): Outcome["figures"] {
  const [strikeType, recoverType] = SIMULATED[kind];
  const faults = blows.flatMap(({ victim, atMs }): Fault[] => [
    { atMs, type: strikeType, hubs: [victim] },
    { atMs: atMs + DOWN_MS, type: recoverType, hubs: [victim] },
  ]);
  const plan: Plan = { startWithinMs: 1000, faults, endMs: SETTLE_MS + (blows.length + 1) * BLOW_EVERY_MS };
  const scenario: Scenario = {
    ...{ name: `agreement-${kind}`, about: "", topology: TOPOLOGY, hubs, minutes: 1 },
    plan: () => plan,
  };
  return runScenario({ scenario, machine: machineOf("node"), seed, hubs, topology: TOPOLOGY, minutes: 1 }).figures;
}

async function strikeAll(
  kind: FaultKind,
  blows: readonly Blow[],
  hubs: number,
  { seed, progress }: PartContext,
): Promise<Detections & { readonly errorMs: number }> {
  const topology = topologyOf(TOPOLOGY, hubs, seed);
  const lab = await MeshLab.start({ name: "agree", topology, wiring: "air", progress });
  try {
    const watch = new DeathWatch(lab);
    const startMs = machineMs();
    const took: number[] = [];
    const means: number[] = [];
    let missed = 0;
    for (const { victim, atMs } of blows) {
      await sleep(Math.max(0, startMs + atMs - machineMs()));
      const struck = await strike(lab, watch, kind, victim);
      took.push(...struck.took);
      missed += struck.observers - struck.took.length;
      if (struck.took.length > 0) means.push(spreadOf(struck.took).mean);
      progress(`${kind} of hub ${victim}: ${struck.took.map((ms) => Math.round(ms)).join(", ")} ms`);
      await sleep(Math.max(0, startMs + atMs + DOWN_MS - machineMs()));
      await recover(lab, watch, kind, victim);
    }
    const { mean, p50, p99 } = spreadOf(took);
    return { meanMs: mean, p50Ms: p50, p99Ms: p99, missed, errorMs: standardError(means) };
  } finally {
    lab.destroy();
  }
}

/** Of the mean of what is independent: observers of one blow are not, since the first tells the others. */
function standardError(values: readonly number[]): number {
  const { mean } = spreadOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1) / values.length);
}
