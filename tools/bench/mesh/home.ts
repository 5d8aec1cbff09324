/** Eight hubs on plain loopback, as `mindos swarm` runs them: everybody links with everybody; kills and stops. Needs no namespaces. */
import { setTimeout as sleep } from "node:timers/promises";
import { MeshLab } from "../../lab/mesh-lab.js";
import { Random } from "../../sim/engine/random.js";
import { home as homeOf } from "../../sim/topology/generated.js";
import { DeathWatch } from "./death-watch.js";
import { recover, strike } from "./detection.js";
import { type Figures, type MeshBenchPart, type PartContext, spreadOf } from "./part.js";

const HUBS = 8;
const BLOWS = 6;

export const home: MeshBenchPart = {
  name: "home",
  about: "8 hubs on loopback, no namespaces: from SIGKILL and SIGSTOP to `dead`, all told once",
  needsLab: false,
  wanted: { homeDetectP99Ms: { max: 1500, unit: "ms" } },
  run: measure,
};

async function measure({ hubs = HUBS, seed, progress }: PartContext): Promise<Figures> {
  const lab = await MeshLab.start({ name: "home", topology: homeOf(hubs), wiring: "loopback", progress });
  try {
    await sleep(2000);
    const watch = new DeathWatch(lab);
    const random = new Random(seed ^ 0x40e);
    const took: number[] = [];
    for (let number = 0; number < BLOWS; number++) {
      const kind = number % 2 === 0 ? "kill" : "stop";
      const victim = random.whole(hubs);
      took.push(...(await strike(lab, watch, kind, victim)).took);
      progress(`${kind} of hub ${victim}: all know after ${Math.round(Math.max(...took.slice(1 - hubs)))} ms`);
      await recover(lab, watch, kind, victim);
      await sleep(500 + random.uniform() * 1000);
    }
    const { p50, p99 } = spreadOf(took);
    const missed = BLOWS * (hubs - 1) - took.length;
    return { homeDetectP50Ms: p50, homeDetectP99Ms: p99, homeDetectMissed: missed };
  } finally {
    lab.destroy();
  }
}
