/** Resident memory of a hub with its home and its mesh: without a link, and with sixteen. */
import { setTimeout as sleep } from "node:timers/promises";
import { MeshLab } from "../../lab/mesh-lab.js";
import { Topology } from "../../sim/topology/topology.js";
import { type Figures, type MeshBenchPart, type PartContext, rounded } from "./part.js";

const NEIGHBOURS = 16;
/** Until the first collections are over. Unit: ms. */
const SETTLE_MS = 20_000;

export const memory: MeshBenchPart = {
  name: "memory",
  about: "resident memory of a hub that is alone, and of one with 16 links",
  needsLab: true,
  wanted: { hubRssMiB: { max: 75, unit: "MiB" }, rssGrown16LinksMiB: { max: 8, unit: "MiB" } },
  run: measure,
};

/** A star: hub 0 in the middle; the last hub is alone. */
async function measure({ progress }: PartContext): Promise<Figures> {
  const edges = Array.from({ length: NEIGHBOURS }, (_, i) => ({ a: 0, b: i + 1, latencyMs: 0, loss: 0 }));
  const topology = new Topology({ name: "star", hubs: NEIGHBOURS + 2, edges });
  const lab = await MeshLab.start({ name: "mesh", topology, wiring: "cables", progress });
  try {
    await sleep(SETTLE_MS);
    const linked = await lab.hub(0).usage();
    const alone = await lab.hub(NEIGHBOURS + 1).usage();
    return {
      hubRssMiB: rounded(alone.rssMiB),
      hubRss16LinksMiB: rounded(linked.rssMiB),
      rssGrown16LinksMiB: rounded(linked.rssMiB - alone.rssMiB),
    };
  } finally {
    lab.destroy();
  }
}
