/** One of the two hubs of the latency bench, with a home's papers in its folder: plays numbered adverts on order, and stamps what
 *  it sends and hears. */
import { setTimeout as sleep } from "node:timers/promises";
import { defaultConfig } from "../../../runtime/config/config.js";
import type { Advert, AdvertSource } from "../../../runtime/core/advert.js";
import { startHub } from "../../../runtime/hub.js";
import type { LatencyOrder, LatencyReport } from "./advert-latency.js";

const [dataDir = "", ...peers] = process.argv.slice(2);
const ADDRESS = "C0:FF:EE:00:00:01";
/** How often a hub that starts is asked for the port of its links. Unit: ms. */
const ASK_MS = 50;
/** The last of them may wait for their turn: `ReadingPace`. Unit: ms. */
const LAST_MS = 1_500;
let stamps: [number, string][] = [];
let numbers = 0;
let deliver: ((advert: Advert) => void) | undefined;
const source: AdvertSource = {
  name: "bench",
  origin: "live",
  start: async (deliverTo) => {
    deliver = deliverTo;
  },
  stop: async () => {},
};

function report(message: LatencyReport): void {
  process.send?.(message);
}

/** BTHome v2: packet id, temperature, humidity, and the number of the advert as a 32-bit count. */
function advert(number: number): Advert {
  const data = new Uint8Array([0x40, 0x00, number & 0xff, 0x02, 0xca, 0x09, 0x03, 0xbf, 0x13, 0x3e, 0, 0, 0, 0]);
  new DataView(data.buffer).setUint32(10, number, true);
  return {
    address: ADDRESS,
    rssiDbm: -60,
    heardMs: performance.now(),
    origin: "live",
    serviceData: new Map([["fcd2", data]]),
    manufacturerData: new Map(),
  };
}

async function play(adverts: number, perSecond: number): Promise<void> {
  const startMs = performance.now();
  for (let played = 1; played <= adverts; played++) {
    await sleep(Math.max(0, startMs + (played * 1000) / perSecond - performance.now()));
    const number = ++numbers;
    stamps.push([number, process.hrtime.bigint().toString()]);
    deliver?.(advert(number));
  }
  await sleep(LAST_MS);
  tell();
}

/** What was stamped since it was last told. */
function tell(): void {
  report({ type: "stamps", stamps });
  stamps = [];
}

process.on("message", (order: LatencyOrder) => {
  if (order.type === "report") tell();
  else void play(order.adverts, order.perSecond);
});
process.on("disconnect", () => process.exit());

const config = defaultConfig({
  name: "bench",
  dataDir,
  mqttPort: 0,
  httpPort: 0,
  linkHost: "127.0.0.1",
  discovery: false,
  peers,
  bluetooth: { enabled: false },
  sensors: [{ address: ADDRESS, name: "bench", place: "bench" }],
});
const hub = await startHub(config, {
  emit: ({ event }) => {
    if (event === "link-up") report({ type: "linked" });
  },
  sources: peers.length > 0 ? [source] : [],
  observe: (from, body) => {
    const ns = process.hrtime.bigint().toString();
    const count = body.readings.find(({ quantity }) => quantity === "count");
    if (from !== hub.status().hub && count) stamps.push([count.value, ns]);
  },
});
// Links come after the rest.
while (hub.status().linkPort === undefined) await sleep(ASK_MS);
report({ type: "ready", port: hub.status().linkPort ?? 0 });
