/**
 * What must arrive, arrives once: numbered readings, sent reliably between random hubs while hubs are killed and started
 * again, every link loses 10 % of its segments, and the mesh is in two halves for a while. A short version of what is asked (churn of
 * 5 % a minute and a partition of ten minutes; `bench -- sim` has all of it): here a hub dies every eight seconds, and the partition lasts twenty. Beside it three
 * Mosquittos, bridged in a row and in a ring, of which one is killed once, without loss and split: a row has one way, and a ring passes everything on for ever.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../../lab/hub-orders.js";
import { MeshLab } from "../../lab/mesh-lab.js";
import type { LabLink } from "../../lab/wiring.js";
import { Random } from "../../sim/engine/random.js";
import { topologyOf } from "../../sim/topology/parse.js";
import { startMosquittos } from "../peers/mosquitto.js";
import { beside, type Figures, type MeshBenchPart, type PartContext, rounded } from "./part.js";

const HUBS = 16;
const LOSS = 0.1;
const SEND_EVERY_MS = 50;
const SENDING_MS = 60_000;
const KILL_EVERY_MS = 8000;
const DOWN_MS = 2000;
const SPLIT_AT_MS = 20_000;
const SPLIT_MS = 20_000;
/** What a process has said within the last moments before it is killed is not on its disk, and nobody was told that it is. Unit: ms. */
const UNWRITTEN_MS = 500;
const ARRIVE_TIMEOUT_MS = 90_000;
const BRIDGED_MESSAGES = 400;
const BRIDGED_EVERY_MS = 20;
/** Bridges dial again within a second, and then send what they hold. */
const BRIDGED_CALM_MS = 8000;

export const delivery: MeshBenchPart = {
  name: "delivery",
  about: "reliable messages under churn, 10 % loss and a partition (short version); bridged Mosquittos beside it",
  needsLab: true,
  wanted: { deliveredShare: { min: 1 }, deliveredTwice: { max: 0 } },
  beside: ["bridgeRingDeliveredShare", "bridgeRingDeliveredTwice"],
  async run(context) {
    const figures = [await measure(context)];
    for (const shape of ["row", "ring"] as const) {
      const what = `three bridged Mosquittos in a ${shape}`;
      figures.push(await beside(what, () => measureBridges(shape, context), context));
    }
    return Object.assign({}, ...figures);
  },
};

interface Parcel {
  readonly number: number;
  readonly to: number;
  readonly sentMs: number;
}

async function measure({ hubs = HUBS, seed, progress }: PartContext): Promise<Figures> {
  const topology = topologyOf("geometric:5", hubs, seed);
  const lab = await MeshLab.start({ name: "deliv", topology, wiring: "air", progress });
  try {
    await lab.wiring.change(lab.links, { loss: LOSS });
    const random = new Random(seed ^ 0xde11);
    const parcels: Parcel[] = [];
    const startMs = machineMs();
    const [kills] = await Promise.all([
      churn(lab, random, startMs, progress),
      split(lab, progress),
      send(lab, random, startMs, parcels),
    ]);
    progress(`${parcels.length} sent; waiting for the rest`);
    const arrived = (): Map<number, number[]> => arrivalsOf(lab);
    const deadlineMs = machineMs() + ARRIVE_TIMEOUT_MS;
    while (arrived().size < parcels.length && machineMs() < deadlineMs) await sleep(250);
    const calmMs = machineMs();
    await sleep(5000); // for what comes twice
    const all = arrived();
    const tookMs = parcels.flatMap(({ number, sentMs }) =>
      all.has(number) ? [(all.get(number)?.[0] ?? 0) - sentMs] : [],
    );
    return {
      sent: parcels.length,
      deliveredShare: rounded(parcels.filter(({ number }) => all.has(number)).length / parcels.length),
      deliveredTwice: parcels.filter(({ number }) => (all.get(number)?.length ?? 0) > 1).length,
      deliveredLastMs: Math.round(Math.max(...tookMs)),
      deliveryKills: kills,
      deliverySeconds: Math.round((calmMs - startMs) / 1000),
    };
  } finally {
    lab.destroy();
  }
}

/** By number, when it arrived. */
function arrivalsOf(lab: MeshLab): Map<number, number[]> {
  const arrivals = new Map<number, number[]>();
  for (const hub of lab.hubs)
    for (const { number, atMs } of hub.arrivals) arrivals.set(number, [...(arrivals.get(number) ?? []), atMs]);
  return arrivals;
}

/** Whoever is about to be killed has said nothing for a moment. */
const resting = new Set<number>();

async function send(lab: MeshLab, random: Random, startMs: number, parcels: Parcel[]): Promise<void> {
  while (machineMs() - startMs < SENDING_MS) {
    await sleep(SEND_EVERY_MS);
    const from = random.whole(lab.hubs.length);
    const to = (from + 1 + random.whole(lab.hubs.length - 1)) % lab.hubs.length;
    if (!lab.hub(from).isRunning || resting.has(from)) continue;
    const number = parcels.length + 1;
    await lab.hub(from).ask({ type: "deliver", to: lab.hub(to).id, number });
    parcels.push({ number, to, sentMs: machineMs() });
  }
}

/** @returns how many were killed. */
async function churn(lab: MeshLab, random: Random, startMs: number, progress: (line: string) => void): Promise<number> {
  let kills = 0;
  while (machineMs() - startMs < SENDING_MS) {
    await sleep(KILL_EVERY_MS - DOWN_MS);
    const victim = random.whole(lab.hubs.length);
    resting.add(victim);
    await sleep(UNWRITTEN_MS);
    progress(`hub ${victim} is killed`);
    await lab.hub(victim).kill();
    kills += 1;
    await sleep(DOWN_MS);
    await lab.start(victim);
    lab.introduce(victim);
    resting.delete(victim);
  }
  return kills;
}

async function split(lab: MeshLab, progress: (line: string) => void): Promise<void> {
  await sleep(SPLIT_AT_MS);
  const between = borderOf(lab);
  progress(`the mesh is split: ${between.length} links are silent`);
  await lab.wiring.silence(between);
  await sleep(SPLIT_MS);
  await lab.wiring.mend(between);
  progress("and whole again");
}

/** Links between the nearer half of the hubs, as seen from hub 0, and the rest. */
export function borderOf(lab: MeshLab): LabLink[] {
  const near = new Set([0]);
  for (const hub of near) {
    for (const other of lab.neighboursOf(hub)) if (near.size < lab.hubs.length / 2) near.add(other);
  }
  return lab.links.filter(([a, b]) => near.has(a) !== near.has(b));
}

/** Numbered messages from the first of three brokers to the last, QoS 1, sessions and queues kept on disk; the one between is killed and
 *  started again, as one of the hubs above. */
async function measureBridges(shape: "row" | "ring", { progress }: PartContext): Promise<Figures> {
  const brokers = await startMosquittos(3, shape, true);
  if (brokers === undefined) {
    progress("mosquitto is not installed: left out");
    return {};
  }
  try {
    const [publisher, subscriber] = await Promise.all([
      brokers.connect(0, "publisher"),
      brokers.connect(2, "subscriber"),
    ]);
    const copies = new Map<string, number>();
    subscriber.on("message", (_topic, body) => {
      const number = body.toString();
      copies.set(number, (copies.get(number) ?? 0) + 1);
    });
    await subscriber.subscribeAsync("app/bridged", { qos: 1 });
    const downFor = DOWN_MS / BRIDGED_EVERY_MS;
    for (let number = 0; number < BRIDGED_MESSAGES; number++) {
      if (number === BRIDGED_MESSAGES / 2) await brokers.kill(1);
      if (number === BRIDGED_MESSAGES / 2 + downFor) brokers.restart(1);
      publisher.publish("app/bridged", `${number}`, { qos: 1 });
      await sleep(BRIDGED_EVERY_MS);
    }
    await sleep(BRIDGED_CALM_MS);
    await Promise.all([publisher.endAsync(true), subscriber.endAsync(true)]);
    const all = [...copies.values()];
    const name = shape === "ring" ? "bridgeRing" : "bridgeRow";
    return {
      [`${name}Sent`]: BRIDGED_MESSAGES,
      [`${name}DeliveredShare`]: rounded(copies.size / BRIDGED_MESSAGES),
      [`${name}DeliveredTwice`]: all.filter((count) => count > 1).length,
      [`${name}Copies`]: rounded(all.reduce((sum, count) => sum + count, 0) / Math.max(1, copies.size)),
    };
  } finally {
    brokers.stop();
  }
}
