/**
 * From dead cables to a mesh: 49 hubs on a grid of 7 × 7, all running and without a link; then all cables come up, both ends of
 * each are told of each other as discovery would, and pairs ping each other in rounds until a whole round is answered. The figure is the start of that round.
 * All hubs share this machine's processors, and none of these processes has run its code before: `…CpuMsPerHub` tells what that costs. Hubs that
 * wake after a power cut have kept what V8 compiled when they ran before, so two are left to run first, until they have. `replug49…` is the same once more, with the same processes, after all cables were pulled for ten seconds.
 * Beside it babeld and yggdrasil on the same grid; their pings are the system's own, a process each.
 */
import { existsSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { labPrograms } from "../../lab/programs.js";
import { Random } from "../../sim/engine/random.js";
import { topologyOf } from "../../sim/topology/parse.js";
import type { Topology } from "../../sim/topology/topology.js";
import { measureColdStart, ROUTERS } from "../peers/mesh-routers.js";
import { type Figures, type MeshBenchPart, type PartContext, pairsOf } from "./part.js";

const HUBS = 49;
const PINGS = 200;
/** As long as a round takes in which one is lost: the figure is no finer than that. Unit: ms. */
const PING_TIMEOUT_MS = 400;
const GIVE_UP_MS = 60_000;
/** Until every link is given up. Unit: ms. */
const PULLED_MS = 10_000;
/** A hub keeps its code ten seconds after its start. Unit: ms. */
const KEPT_MS_MAX = 60_000;

export const coldStart: MeshBenchPart = {
  name: "cold-start",
  about: "49 hubs on a grid, all cables at once: until 200 of 200 pings are answered; babeld and yggdrasil beside it",
  needsLab: true,
  wanted: { coldStart49Ms: { max: 2000, unit: "ms" } },
  beside: ["coldStart49BabelMs", "coldStart49YggdrasilMs"],
  async run(context) {
    const topology = topologyOf("grid", context.hubs ?? HUBS, context.seed);
    const figures: Record<string, number> = { ...(await measure(topology, context)) };
    const graph = { nodes: topology.hubs, links: linksOf(topology) };
    for (const [key, router] of [
      ["coldStart49BabelMs", ROUTERS.babeld],
      ["coldStart49YggdrasilMs", ROUTERS.yggdrasil],
    ] as const) {
      context.progress(`${router.program} on the same grid`);
      const random = new Random(context.seed ^ 0xc01d);
      const peer = await measureColdStart(router, graph, PINGS, () => random.uniform());
      if (peer === undefined) context.progress(`${router.program} is not installed: left out`);
      else figures[key] = Math.round(peer.allAnsweredMs ?? Number.POSITIVE_INFINITY);
    }
    return figures;
  },
};

async function measure(topology: Topology, { seed, progress }: PartContext): Promise<Figures> {
  await keepCode(progress);
  const lab = await MeshLab.start({ name: "mesh", topology, wiring: "cables", introduced: false, progress });
  try {
    await sleep(3000);
    const pairs = pairsOf(topology, PINGS, new Random(seed ^ 0xc01d));
    const before = await cpuMsOf(lab);
    progress("all cables");
    const coldMs = await plugAll(lab, pairs, progress);
    const cpuMs = (await cpuMsOf(lab)) - before;
    await lab.linked();
    await lab.wiring.cut(lab.links);
    progress(`all cables are pulled for ${PULLED_MS / 1000} s`);
    await sleep(PULLED_MS);
    const beforeAgain = await cpuMsOf(lab);
    const againMs = await plugAll(lab, pairs, progress);
    const cpuAgainMs = (await cpuMsOf(lab)) - beforeAgain;
    return {
      coldStart49Ms: Math.round(coldMs),
      coldStart49CpuMsPerHub: Math.round(cpuMs / topology.hubs),
      replug49Ms: Math.round(againMs),
      replug49CpuMsPerHub: Math.round(cpuAgainMs / topology.hubs),
    };
  } finally {
    lab.destroy();
  }
}

/** Two hubs with a link run until one has left its code for those that start later. @throws Error when it does not in time. */
async function keepCode(progress: (line: string) => void): Promise<void> {
  const { keptCode } = await labPrograms();
  const lab = await MeshLab.start({ name: "kept", topology: topologyOf("grid", 2, 1), wiring: "loopback", progress });
  try {
    const deadlineMs = performance.now() + KEPT_MS_MAX;
    while (!existsSync(keptCode) || readdirSync(keptCode).every((name) => name.endsWith(".tmp"))) {
      if (performance.now() > deadlineMs) throw new Error(`no code is kept after ${KEPT_MS_MAX} ms`);
      await sleep(100);
    }
  } finally {
    lab.destroy();
  }
}

/** @returns the start of the first full round, after the cables. Unit: ms. */
async function plugAll(
  lab: MeshLab,
  pairs: readonly (readonly [number, number])[],
  progress: (line: string) => void,
): Promise<number> {
  const upMs = machineMs();
  await lab.wiring.mend(lab.links);
  lab.introduce();
  return firstFullRound(lab, pairs, upMs, progress);
}

async function cpuMsOf(lab: MeshLab): Promise<number> {
  const usages = await Promise.all(lab.hubs.map((hub) => hub.usage()));
  return usages.reduce((sum, { cpuMs }) => sum + cpuMs, 0);
}

/** @returns the start of the first round of pings that all were answered in, since `sinceMs`. Unit: ms. */
export async function firstFullRound(
  lab: MeshLab,
  pairs: readonly (readonly [number, number])[],
  sinceMs: number,
  progress: (line: string) => void,
): Promise<number> {
  while (machineMs() - sinceMs < GIVE_UP_MS) {
    const startedMs = machineMs() - sinceMs;
    const echoes = await lab.pingAll(pairs, PING_TIMEOUT_MS);
    const answered = echoes.filter((echo) => echo !== null).length;
    progress(`round at ${Math.round(startedMs)} ms: ${answered} of ${pairs.length}`);
    if (answered === pairs.length) return startedMs;
  }
  return Number.POSITIVE_INFINITY;
}

export function linksOf(topology: Topology): [number, number][] {
  return Array.from({ length: topology.hubs }, (_, a) =>
    [...topology.neighboursOf(a)].filter((b) => a < b).map((b): [number, number] => [a, b]),
  ).flat();
}
