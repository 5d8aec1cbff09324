/**
 * A part of a grid goes dark: 49 hubs on a grid of 7 × 7, and all cables of 30, 60 and 80 % of them, a disc each time, go dead at once. Pairs of the others
 * that still have a way ping each other in rounds until a whole round is answered; the figure is the start of that round, from the cut on.
 * In between all cables are mended, and everybody is in reach again. Beside it babeld and yggdrasil on the same grid, with the same cuts and pairs;
 * their pings are the system's own, a process each.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { cut } from "../../sim/cuts.js";
import { Random } from "../../sim/engine/random.js";
import { topologyOf } from "../../sim/topology/parse.js";
import type { Topology } from "../../sim/topology/topology.js";
import { type Cut, measureCuts, ROUTERS } from "../peers/mesh-routers.js";
import { firstFullRound, linksOf } from "./cold-start.js";
import { type Figures, type MeshBenchPart, type PartContext, pairsOf } from "./part.js";

const HUBS = 49;
const PAIRS = 200;
/** Of the hubs, with what is asked. Unit: ms. */
const SHARES = [
  { percent: 30, maxMs: 3000 },
  { percent: 60, maxMs: 8000 },
  { percent: 80, maxMs: 20_000 },
] as const;
const PEERS = [
  ["Babel", ROUTERS.babeld],
  ["Yggdrasil", ROUTERS.yggdrasil],
] as const;
/** Until the mesh has found that all is well again. Unit: ms. */
const CALM_MS = 10_000;
const REACHABLE_TIMEOUT_MS = 60_000;

export const cuts: MeshBenchPart = {
  name: "cuts",
  about:
    "49 hubs on a grid, a disc of 30, 60 and 80 % loses all its cables: until the others reach each other; babeld and yggdrasil beside it",
  needsLab: true,
  wanted: Object.fromEntries(SHARES.map(({ percent, maxMs }) => [keyOf(percent), { max: maxMs, unit: "ms" }])),
  beside: PEERS.flatMap(([name]) => SHARES.map(({ percent }) => keyOf(percent, name))),
  async run(context) {
    const topology = topologyOf("grid", context.hubs ?? HUBS, context.seed);
    const random = new Random(context.seed ^ 0xda4c);
    const planned = SHARES.map(({ percent }) => plan(topology, percent / 100, random));
    const figures: Record<string, number> = { ...(await measure(topology, planned, context)) };
    const graph = { nodes: topology.hubs, links: linksOf(topology) };
    for (const [name, router] of PEERS) {
      context.progress(`${router.program} on the same grid`);
      const measured = await measureCuts(router, graph, planned);
      if (measured === undefined) context.progress(`${router.program} is not installed: left out`);
      for (const [at, ms] of (measured ?? []).entries())
        figures[keyOf(SHARES[at]?.percent ?? 0, name)] = Math.round(ms ?? Number.POSITIVE_INFINITY);
    }
    return figures;
  },
};

function keyOf(percent: number, peer = ""): string {
  return `cut${percent}Reach49${peer}Ms`;
}

async function measure(topology: Topology, planned: readonly Cut[], { progress }: PartContext): Promise<Figures> {
  const lab = await MeshLab.start({ name: "mesh", topology, wiring: "cables", progress });
  try {
    const figures: Record<string, number> = {};
    for (const [at, { links, pairs }] of planned.entries()) {
      const percent = SHARES[at]?.percent ?? 0;
      await lab.wiring.mend(lab.links);
      lab.introduce();
      await lab.reachable(pairsOf(topology, PAIRS, new Random(at)), REACHABLE_TIMEOUT_MS);
      await sleep(CALM_MS);
      progress(`${percent} % go dark`);
      const cutMs = machineMs();
      await lab.wiring.cut(links);
      figures[keyOf(percent)] = Math.round(await firstFullRound(lab, pairs, cutMs, progress));
    }
    return figures;
  } finally {
    lab.destroy();
  }
}

/** Which links go dead, and pairs of those outside that still have a way to each other. */
function plan(topology: Topology, share: number, random: Random): Cut {
  const dark = new Set(cut(topology, "disc", share, random));
  const parts = partsWithout(topology, dark);
  const there = [...parts.keys()];
  const pairs: [number, number][] = [];
  while (pairs.length < PAIRS) {
    const from = there[random.whole(there.length)] ?? 0;
    const to = there[random.whole(there.length)] ?? 0;
    if (from !== to && parts.get(from) === parts.get(to)) pairs.push([from, to]);
  }
  return { links: linksOf(topology).filter(([a, b]) => dark.has(a) || dark.has(b)), pairs };
}

/** @returns for each hub that is not dark the first of those that it still has a way to. */
function partsWithout(topology: Topology, dark: ReadonlySet<number>): Map<number, number> {
  const parts = new Map<number, number>();
  for (let first = 0; first < topology.hubs; first++) {
    if (dark.has(first) || parts.has(first)) continue;
    const queue = [first];
    parts.set(first, first);
    for (const hub of queue) {
      for (const next of topology.neighboursOf(hub)) {
        if (dark.has(next) || parts.has(next)) continue;
        parts.set(next, first);
        queue.push(next);
      }
    }
  }
  return parts;
}
