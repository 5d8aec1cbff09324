/** One run of a scenario: from options to figures. The same options give the same trace hash. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Random } from "./engine/random.js";
import { Simulation } from "./engine/simulation.js";
import type { TrafficRow } from "./engine/traffic.js";
import { applyFault } from "./faults.js";
import { hostility } from "./hostile.js";
import type { MachineKind } from "./machine.js";
import { BoundsWatch } from "./measures/bounds.js";
import { DeathsMeasure } from "./measures/deaths.js";
import type { Figures } from "./measures/figures.js";
import { ReachMeasure } from "./measures/reach.js";
import { RegistryMeasure } from "./measures/registry.js";
import { WorkMeasure } from "./measures/work.js";
import type { Plan, Scenario } from "./plan.js";
import { WIRE_SIZES } from "./sizes.js";
import { topologyOf } from "./topology/parse.js";
import type { Topology } from "./topology/topology.js";
import { type Violation, Violations } from "./violations.js";

export interface RunOptions {
  readonly scenario: Scenario;
  readonly machine: MachineKind;
  readonly seed: number;
  readonly hubs: number;
  readonly topology: string;
  readonly minutes: number;
  /** Instead of what the scenario plans: a plan that was kept or made smaller. */
  readonly plan?: Plan;
  /** Frames go through the wire's codecs. */
  readonly wire?: boolean;
  /** Measures the heap; costs two full collections. */
  readonly memory?: boolean;
  /** Simulated and planned time, every second of the clock on the wall. Unit: ms. */
  readonly progress?: (simulatedMs: number, endMs: number, events: number) => void;
  /** Sees the simulation before it begins. */
  readonly prepare?: (sim: Simulation, plan: Plan) => void;
}

export interface Outcome {
  readonly scenario: string;
  readonly machine: string;
  readonly topology: string;
  readonly hubs: number;
  readonly seed: number;
  readonly simulatedMs: number;
  readonly traceHash: string;
  readonly figures: Figures;
  readonly traffic: readonly TrafficRow[];
  readonly counts: ReadonlyMap<string, number>;
  readonly violationCount: number;
  readonly violations: readonly Violation[];
  readonly events: number;
  readonly wallMs: number;
  readonly heapBytesPerHub: number | null;
}

/** Between two looks at the clock on the wall. Unit: ms of simulated time. */
const STEP_MS = 250;
/** Answers to the last pings. Unit: ms. */
const AFTERMATH_MS = 1000;

export function planOf(options: RunOptions): { readonly topology: Topology; readonly plan: Plan } {
  const { scenario, seed, hubs, minutes } = options;
  const topology = topologyOf(options.topology, hubs, seed);
  const plan = options.plan ?? scenario.plan({ topology, random: new Random(seed ^ 0x91a2), minutes });
  return { topology, plan };
}

export function runScenario(options: RunOptions): Outcome {
  const startedMs = performance.now();
  const { topology, plan } = planOf(options);
  const before = heapBytes(options.memory);
  const sim = simulationOf(options, topology, plan);
  const violations = new Violations(() => sim.nowMs);
  const deaths = new DeathsMeasure(sim, violations);
  const work = new WorkMeasure(sim, plan, options.seed, violations);
  const registry = plan.registry === undefined ? undefined : new RegistryMeasure(sim, plan.registry);
  const bounds = new BoundsWatch(sim, options.seed, plan.endMs, violations);
  for (const fault of plan.faults) sim.at(fault.atMs, () => applyFault(sim, fault));
  start(sim, plan, options.seed);
  const reach = (plan.reach ?? []).map((window, order) => new ReachMeasure(sim, window, order));
  const quiet = new QuietSpan(sim, plan);
  options.prepare?.(sim, plan);
  let shownMs = startedMs;
  for (let ms = 0; ms < plan.endMs + AFTERMATH_MS; ) {
    ms = Math.min(ms + STEP_MS, plan.endMs + AFTERMATH_MS);
    sim.run(ms);
    if (options.progress === undefined || performance.now() - shownMs < 1000) continue;
    shownMs = performance.now();
    options.progress(ms, plan.endMs, sim.events);
  }
  if (plan.agreedMs !== undefined) bounds.agree();
  const figures = Object.assign(
    {},
    deaths.figures(),
    work.figures(),
    quiet.figures(),
    registry?.figures(),
    ...reach.map((one) => one.figures()),
  );
  demand(plan, figures, violations);
  const after = heapBytes(options.memory);
  return {
    scenario: options.scenario.name,
    machine: options.machine.name,
    topology: topology.name,
    hubs: topology.hubs,
    seed: options.seed,
    simulatedMs: plan.endMs,
    traceHash: sim.trace.hex,
    figures,
    traffic: sim.traffic.rows(),
    counts: sim.counts,
    violationCount: violations.count,
    violations: violations.kept,
    events: sim.events,
    wallMs: performance.now() - startedMs,
    heapBytesPerHub: before === null || after === null ? null : Math.round((after - before) / topology.hubs),
  };
}

function simulationOf(options: RunOptions, topology: Topology, plan: Plan): Simulation {
  let sim: Simulation | undefined;
  const bend = hostility(
    plan.hostile ?? [],
    () => sim?.nowMs ?? 0,
    (hub) => sim?.idOf(hub) ?? "",
  );
  sim = new Simulation({
    topology,
    machine: options.machine,
    seed: options.seed,
    sizes: WIRE_SIZES,
    ...(plan.medium === undefined ? {} : { medium: plan.medium }),
    skewedClocks: plan.skewedClocks === true,
    ...(bend === undefined ? {} : { bend }),
    wire: options.wire === true,
  });
  return sim;
}

function start(sim: Simulation, plan: Plan, seed: number): void {
  const random = new Random(seed ^ 0x57a7);
  const late = new Set(plan.lateHubs);
  for (let hub = 0; hub < sim.hubs.count; hub++) {
    const atMs = random.uniform() * plan.startWithinMs;
    if (!late.has(hub)) sim.at(atMs, () => sim.start(hub));
  }
}

function demand(plan: Plan, figures: Figures, violations: Violations): void {
  for (const { name, demanded } of plan.reach ?? []) {
    const unreached = figures[`${name}Unreached`] ?? 0;
    if (demanded === true && unreached > 0) {
      violations.add(
        "reach",
        `${unreached} of ${figures[`${name}Pairs`]} pairs do not reach each other at the end of "${name}"`,
      );
    }
  }
  for (const key of ["broadcastDelivered", "parcelsDelivered", "registryFilled", "registryHealed"]) {
    const share = figures[key];
    if (share !== undefined && share !== null && share < 1)
      violations.add("delivery", `${key}: ${(share * 100).toFixed(3)} %`);
  }
}

/** Control traffic while nothing is asked of the mesh. */
class QuietSpan {
  readonly #sim: Simulation;
  #fromBytes = 0;
  #bytes: number | undefined;
  #seconds = 0;

  constructor(sim: Simulation, { quiet }: Plan) {
    this.#sim = sim;
    if (quiet === undefined) return;
    sim.at(quiet.fromMs, () => {
      this.#fromBytes = sim.traffic.bytes;
    });
    sim.at(quiet.toMs, () => {
      this.#bytes = sim.traffic.bytes - this.#fromBytes;
      this.#seconds = (quiet.toMs - quiet.fromMs) / 1000;
    });
  }

  figures(): Figures {
    if (this.#bytes === undefined) return {};
    return { controlBytesPerSecond: this.#bytes / this.#seconds / this.#sim.hubs.count };
  }
}

/** What is in use after a collection. */
function heapBytes(wanted: boolean | undefined): number | null {
  if (wanted !== true) return null;
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
