/** Whether anybody that runs is called dead while 30 % of the hubs are stopped for 20 s and every link loses 10 % of its segments. */
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { Random } from "../../sim/engine/random.js";
import { topologyOf } from "../../sim/topology/parse.js";
import { DeathWatch } from "./death-watch.js";
import type { Figures, MeshBenchPart, PartContext } from "./part.js";

const HUBS = 50;
const STOPPED_SHARE = 0.3;
const STOPPED_MS = 20_000;
const LOSS = 0.1;
/** Loss alone, before the stop and after it. Unit: ms. */
const AROUND_MS = 15_000;

export const stalls: MeshBenchPart = {
  name: "stalls",
  about: "50 hubs, 10 % loss on every link, 30 % of the hubs stopped for 20 s: deaths of hubs that ran",
  needsLab: true,
  wanted: { falseDead: { max: 0 } },
  run: measure,
};

async function measure({ hubs = HUBS, seed, progress }: PartContext): Promise<Figures> {
  const topology = topologyOf("geometric:5", hubs, seed);
  const lab = await MeshLab.start({ name: "stalls", topology, wiring: "air", progress });
  try {
    const watch = new DeathWatch(lab);
    const victims = new Random(seed ^ 0x57a1).sample(Math.round(hubs * STOPPED_SHARE), hubs);
    await lab.wiring.change(lab.links, { loss: LOSS });
    progress(`loss begins; ${victims.length} hubs will be stopped`);
    await sleep(AROUND_MS);
    const stoppedMs = machineMs();
    for (const victim of victims) {
      watch.trouble(victim, machineMs());
      lab.hub(victim).stop();
    }
    await sleep(STOPPED_MS);
    for (const victim of victims) {
      lab.hub(victim).cont();
      watch.good(victim, machineMs());
    }
    progress("they go on");
    await sleep(AROUND_MS);
    await lab.wiring.change(lab.links, { loss: 0 });
    const backMs = machineMs();
    await lab.linked();
    const falseDeaths = watch.falseDeaths();
    for (const death of falseDeaths) {
      const { observer, subject, atMs } = death;
      progress(`hub ${observer} calls hub ${subject} dead, ${Math.round(atMs - stoppedMs)} ms after the stop`);
      progress(`  ${watch.story(death)}`);
    }
    const rightly = new Set(watch.deaths.map(({ subject }) => subject));
    return {
      falseDead: falseDeaths.length,
      stalledHubs: victims.length,
      stalledNoticed: victims.filter((victim) => rightly.has(victim)).length,
      stalledRelinkedMs: Math.round(machineMs() - backMs),
    };
  } finally {
    lab.destroy();
  }
}
