/**
 * How soon neighbours call a hub dead that was killed, stopped, or is silent: production hubs in namespaces. Beside it serf
 * with its LAN defaults: every other agent, killed agents only, since that is what it is measured with elsewhere.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { Random } from "../../sim/engine/random.js";
import { topologyOf } from "../../sim/topology/parse.js";
import { percentile } from "../peers/programs.js";
import { measureSerf } from "../peers/serf.js";
import { DeathWatch } from "./death-watch.js";
import { beside, type Figures, type MeshBenchPart, type PartContext, rounded, spreadOf } from "./part.js";

const HUBS = 50;
const FAULTS_OF_EACH_KIND = 12;
const DETECTION_TIMEOUT_MS = 10_000;
/** Fifty processes that start on one machine hold each other up for seconds. What is measured is a mesh that runs: its links have carried the thirty
 *  beats after which it is known what they lose. Unit: ms. */
const SETTLE_MS = 30_000;
/** Between a recovery, which starts a process, and the next blow, at the least. Unit: ms. */
const PAUSE_MS = 2000;
/** Lines that tell who was wrong. */
const FALSE_TOLD_MAX = 20;
const SERF_AGENTS = 10;
const SERF_KILLS = 5;

export type FaultKind = "kill" | "stop" | "silence";
export const FAULT_KINDS: readonly FaultKind[] = ["kill", "stop", "silence"];

export const detection: MeshBenchPart = {
  name: "detection",
  about: "50 hubs, degree 5: from SIGKILL, SIGSTOP and dropped packets to `dead` at the neighbours; serf beside it",
  needsLab: true,
  wanted: { detectP99Ms: { max: 1500, unit: "ms" }, detectFalseDead: { max: 0 }, detectMissed: { max: 0 } },
  beside: ["serfDetectP50Ms", "serfDetectP99Ms"],
  async run(context) {
    const ours = await measure(context);
    const what = `serf, ${SERF_AGENTS} agents, ${SERF_KILLS} killed`;
    return { ...ours, ...(await beside(what, () => detectionBySerf(context), context)) };
  },
};

async function detectionBySerf({ progress }: PartContext): Promise<Figures> {
  const serf = await measureSerf(SERF_AGENTS, SERF_KILLS);
  if (serf === undefined) progress("serf is not installed (Debian: serf): left out");
  return serf === undefined
    ? {}
    : {
        serfDetectP50Ms: rounded(percentile(serf.detectionsMs, 0.5)),
        serfDetectP99Ms: rounded(percentile(serf.detectionsMs, 0.99)),
      };
}

async function measure({ hubs = HUBS, seed, progress }: PartContext): Promise<Figures> {
  const topology = topologyOf("geometric:5", hubs, seed);
  const lab = await MeshLab.start({ name: "mesh", topology, wiring: "air", progress });
  try {
    progress(`settling for ${SETTLE_MS / 1000} s`);
    await sleep(SETTLE_MS);
    const watch = new DeathWatch(lab);
    const fromMs = machineMs();
    const random = new Random(seed ^ 0xdead);
    const byKind = new Map<FaultKind, number[]>(FAULT_KINDS.map((kind) => [kind, []]));
    let missed = 0;
    for (let number = 0; number < FAULTS_OF_EACH_KIND * FAULT_KINDS.length; number++) {
      const kind = FAULT_KINDS[number % FAULT_KINDS.length] ?? "kill";
      const victim = random.whole(hubs);
      const { observers, took } = await strike(lab, watch, kind, victim);
      missed += observers - took.length;
      byKind.get(kind)?.push(...took);
      progress(`${kind} of hub ${victim}, ${observers} observers: ${took.map((ms) => Math.round(ms)).join(", ")} ms`);
      await recover(lab, watch, kind, victim);
      await sleep(PAUSE_MS + random.uniform() * 1000);
    }
    for (const death of watch.falseDeaths().slice(0, FALSE_TOLD_MAX)) {
      const afterS = Math.round((death.atMs - fromMs) / 1000);
      progress(`false: hub ${death.observer} held hub ${death.subject} for dead, ${afterS} s after the first blow`);
      progress(`  ${watch.story(death)}`);
    }
    const all = spreadOf([...byKind.values()].flat());
    const figures: Record<string, number> = { detectP50Ms: all.p50, detectP99Ms: all.p99, detectMaxMs: all.max };
    for (const [kind, took] of byKind) figures[`${kind}DetectP99Ms`] = spreadOf(took).p99;
    return {
      ...figures,
      detectFaults: FAULTS_OF_EACH_KIND * FAULT_KINDS.length,
      detectMissed: missed,
      detectFalseDead: watch.falseDeaths().length,
    };
  } finally {
    lab.destroy();
  }
}

/** @returns how many hubs had a link with it, and how long each took, of those that noticed at all. Unit: ms. */
export async function strike(
  lab: MeshLab,
  watch: DeathWatch,
  kind: FaultKind,
  victim: number,
): Promise<{ readonly observers: number; readonly took: readonly number[] }> {
  const hub = lab.hub(victim);
  const observers = await lab.observersOf(victim);
  const fromMs = machineMs();
  watch.trouble(victim, fromMs);
  if (kind === "kill") await hub.kill();
  else if (kind === "stop") hub.stop();
  else await lab.wiring.silence(lab.linksOf(victim));
  const deadlineMs = fromMs + DETECTION_TIMEOUT_MS;
  while (machineMs() < deadlineMs) {
    if (watch.detections(victim, observers, fromMs).length === observers.length) break;
    await sleep(20);
  }
  return { observers: observers.length, took: watch.detections(victim, observers, fromMs) };
}

export async function recover(lab: MeshLab, watch: DeathWatch, kind: FaultKind, victim: number): Promise<void> {
  const hub = lab.hub(victim);
  if (kind === "kill") await lab.start(victim);
  else if (kind === "stop") hub.cont();
  else await lab.wiring.mend(lab.linksOf(victim));
  lab.introduce(victim);
  await lab.linked([victim, ...lab.neighboursOf(victim)]);
  watch.good(victim, machineMs());
}
