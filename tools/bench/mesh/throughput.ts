/**
 * Frames with 64-byte bodies through the middle one of three production hubs, as many as the way takes; all three share the
 * processors with each other. Then the same through the middle one of three bridged Mosquittos.
 */
import type { FloodFigures, LabUsage } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { startMosquittos } from "../peers/mosquitto.js";
import { row } from "./hops.js";
import { beside, type Figures, type MeshBenchPart, type PartContext, rounded } from "./part.js";

const WARM_UP_MS = 2000;
const FLOOD_MS = 6000;
const RUNS = 3;
const BROKERS = 3;
const BODY = Buffer.alloc(64, 1);
const WINDOW = 1024;

export const throughput: MeshBenchPart = {
  name: "throughput",
  about: "frames a second through one hub, one direction; through three bridged Mosquittos beside it",
  needsLab: true,
  wanted: { framesPerSecond: { min: 25_000, unit: "/s" }, framesDropped: { max: 0 } },
  beside: ["mosquittoFramesPerSecond"],
  async run(context) {
    const ours = await measure(context);
    const peers = await beside(`${BROKERS} bridged Mosquittos`, () => measureMosquittos(context), context);
    return { ...ours, ...peers };
  },
};

async function measure({ progress }: PartContext): Promise<Figures> {
  const lab = await MeshLab.start({ name: "mesh", topology: row(3), wiring: "cables", progress });
  try {
    const [first, middle, last] = [lab.hub(0), lab.hub(1), lab.hub(2)];
    await lab.reachable([[0, 2]], 20_000);
    await first.ask({ type: "flood", to: last.id, ms: WARM_UP_MS });
    const rates: number[] = [];
    const costs: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const before = await middle.usage();
      const flood = await first.ask<FloodFigures>({ type: "flood", to: last.id, ms: FLOOD_MS });
      const after = await middle.usage();
      rates.push(Math.round((flood.frames / flood.ms) * 1000));
      costs.push(((after.cpuMs - before.cpuMs) * 1000) / flood.frames);
      progress(`${rates.at(-1)} frames a second`);
    }
    const usages = await Promise.all([first, middle, last].map((hub) => hub.usage()));
    return {
      framesPerSecond: median(rates),
      frameCpuMicros: rounded(median(costs)),
      framesDropped: usages.reduce((sum, usage) => sum + dropped(usage), 0),
    };
  } finally {
    lab.destroy();
  }
}

function dropped({ counters }: LabUsage): number {
  return (counters["mesh.outgoingFull"] ?? 0) + (counters["mesh.noLink"] ?? 0);
}

async function measureMosquittos({ progress }: PartContext): Promise<Figures> {
  const mosquittos = await startMosquittos(BROKERS, "row");
  if (mosquittos === undefined) {
    progress("mosquitto is not installed: left out");
    return {};
  }
  try {
    const [publisher, subscriber] = await Promise.all([mosquittos.connect(0), mosquittos.connect(BROKERS - 1)]);
    await subscriber.subscribeAsync("app/flood");
    let sent = 0;
    let got = 0;
    const startedMs = performance.now();
    const refill = (): void => {
      while (sent - got < WINDOW && performance.now() - startedMs < FLOOD_MS) {
        sent += 1;
        publisher.publish("app/flood", BODY);
      }
    };
    await new Promise<void>((resolve) => {
      subscriber.on("message", () => {
        got += 1;
        if (sent - got <= WINDOW / 2) refill();
      });
      refill();
      setTimeout(resolve, FLOOD_MS);
    });
    const perSecond = Math.round((got / (performance.now() - startedMs)) * 1000);
    await Promise.all([publisher.endAsync(true), subscriber.endAsync(true)]);
    return { mosquittoFramesPerSecond: perSecond };
  } finally {
    mosquittos.stop();
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
