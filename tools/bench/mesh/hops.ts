/**
 * Three hops: four production hubs in a row, each link a cable without anything in between, and numbered readings one after the other from
 * the first to the last. One way, stamped by both ends with the machine's one monotonic clock, from the call that sends to
 * the application that hears. Then the same with three bridged Mosquittos: publisher, three brokers, subscriber.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs, type Stamps } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import { Topology } from "../../sim/topology/topology.js";
import { startMosquittos } from "../peers/mosquitto.js";
import { beside, type Figures, type MeshBenchPart, type PartContext, spreadOf } from "./part.js";

const READINGS = 1000;
/** Seldom enough that none waits for another. Unit: ms. */
const EVERY_MS = 5;
/** Hubs run for months: what is asked of one is not its first second. The same for the brokers. */
const WARM_UP = 1000;
const BROKERS = 3;
const BODY_BYTES = 64;

export const hops: MeshBenchPart = {
  name: "hops",
  about: "1,000 readings over three hops, one way; three bridged Mosquittos beside it",
  needsLab: true,
  wanted: { hop3P50Ms: { max: 1.5, unit: "ms" }, hop3P99Ms: { max: 6, unit: "ms" } },
  beside: ["mosquittoHop3P50Ms", "mosquittoHop3P99Ms"],
  async run(context) {
    const ours = await measure(context);
    const peers = await beside(`${BROKERS} bridged Mosquittos`, () => measureMosquittos(context), context);
    return { ...ours, ...peers };
  },
};

export function row(hubs: number): Topology {
  const edges = Array.from({ length: hubs - 1 }, (_, a) => ({ a, b: a + 1, latencyMs: 0, loss: 0 }));
  return new Topology({ name: `row:${hubs}`, hubs, edges });
}

async function measure({ progress }: PartContext): Promise<Figures> {
  const lab = await MeshLab.start({ name: "mesh", topology: row(4), wiring: "cables", progress });
  try {
    const [first, last] = [lab.hub(0), lab.hub(3)];
    await lab.reachable([[0, 3]], 20_000);
    const echo = await first.ping(last.id, 1000);
    if (echo?.hops !== 2) throw new Error(`${echo?.hops ?? "no"} hubs in between, not two`);
    await first.ask({ type: "pace", to: last.id, count: WARM_UP, everyMs: EVERY_MS });
    await sleep(500);
    for (const hub of [first, last]) await hub.ask({ type: "stamps" });
    progress(`${READINGS} readings`);
    await first.ask({ type: "pace", to: last.id, count: READINGS, everyMs: EVERY_MS });
    await sleep(500);
    const sent = new Map(await first.ask<Stamps>({ type: "stamps" }));
    const arrived = await last.ask<Stamps>({ type: "stamps" });
    const { p50, p99, max } = spreadOf(arrived.map(([number, atMs]) => atMs - (sent.get(number) ?? Number.NaN)));
    return { hop3P50Ms: p50, hop3P99Ms: p99, hop3MaxMs: max, hop3Arrived: arrived.length };
  } finally {
    lab.destroy();
  }
}

async function measureMosquittos({ progress }: PartContext): Promise<Figures> {
  const mosquittos = await startMosquittos(BROKERS, "row");
  if (mosquittos === undefined) {
    progress("mosquitto is not installed: left out");
    return {};
  }
  try {
    const [publisher, subscriber] = await Promise.all([mosquittos.connect(0), mosquittos.connect(BROKERS - 1)]);
    await subscriber.subscribeAsync("app/paced");
    const tookMs: number[] = [];
    subscriber.on("message", (_topic, body) => tookMs.push(machineMs() - body.readDoubleBE(0)));
    for (let number = 0; number < WARM_UP + READINGS; number++) {
      const body = Buffer.alloc(BODY_BYTES);
      body.writeDoubleBE(machineMs(), 0);
      publisher.publish("app/paced", body);
      await sleep(EVERY_MS);
    }
    await sleep(500);
    await Promise.all([publisher.endAsync(true), subscriber.endAsync(true)]);
    const { p50, p99 } = spreadOf(tookMs.slice(WARM_UP));
    return { mosquittoHop3P50Ms: p50, mosquittoHop3P99Ms: p99 };
  } finally {
    mosquittos.stop();
  }
}
