/** What a hub of a lab says to others when it is told to: numbered readings, and frames without end. */
import { setImmediate as breathe, setTimeout as sleep } from "node:timers/promises";
import type { HubId } from "../../runtime/core/ids.js";
import { sensorIdFromAddress } from "../../runtime/core/ids.js";
import type { Message, ReadingBody } from "../../runtime/core/messages.js";
import type { MeshDriver } from "../../runtime/hub/mesh-driver.js";
import { type FloodFigures, machineMs } from "./hub-orders.js";

const PACED = "C0:FF:EE:00:00:01";
const RELIABLE = "C0:FF:EE:00:00:02";
/** As long as the default of a person's own message. */
const DELIVERY = { priority: 4, ttlMs: 3_600_000 } as const;
/** Enough to keep every process on the way busy, few enough that no buffer overflows. */
const WINDOW_FRAMES = 1024;
/** An echo is asked for after so many frames: links keep order, so it tells that they have arrived. */
const BURST_FRAMES = 128;
const ECHO_TIMEOUT_MS = 5000;

/** @returns the number of one of a lab's readings; undefined for others. */
export function numberOf(body: ReadingBody): { readonly value: number; readonly mustArrive: boolean } | undefined {
  const value = body.readings[0]?.value;
  if (value === undefined) return undefined;
  if (body.sensor === sensorIdFromAddress(RELIABLE)) return { value, mustArrive: true };
  return body.sensor === sensorIdFromAddress(PACED) ? { value, mustArrive: false } : undefined;
}

export class HubTraffic {
  readonly #mesh: MeshDriver;
  readonly #stamps: [number, number][];

  constructor(mesh: MeshDriver, stamps: [number, number][]) {
    this.#mesh = mesh;
    this.#stamps = stamps;
  }

  async pace(to: HubId, count: number, everyMs: number): Promise<void> {
    const startMs = machineMs();
    for (let number = 1; number <= count; number++) {
      await sleep(Math.max(0, startMs + number * everyMs - machineMs()));
      const message = reading(PACED, number);
      this.#stamps.push([number, machineMs()]);
      this.#mesh.send(to, message);
    }
  }

  deliver(to: HubId, number: number): void {
    this.#mesh.send(to, reading(RELIABLE, number), DELIVERY);
  }

  /** @returns what has arrived, and in what time. */
  async flood(to: HubId, ms: number): Promise<FloodFigures> {
    const startMs = machineMs();
    let sent = 0;
    let arrived = 0;
    let lost = false;
    while (machineMs() - startMs < ms && !lost) {
      if (sent - arrived + BURST_FRAMES > WINDOW_FRAMES) {
        await breathe();
        continue;
      }
      for (let i = 0; i < BURST_FRAMES; i++) this.#mesh.send(to, FRAME);
      sent += BURST_FRAMES;
      const upTo = sent;
      void this.#mesh.ping(to, ECHO_TIMEOUT_MS).then((echo) => {
        if (echo === undefined) lost = true;
        else arrived = upTo;
      });
    }
    if (lost) throw new Error("an echo did not come back");
    const tookMs = machineMs() - startMs;
    const frames = arrived;
    while (arrived < sent && !lost) await sleep(5);
    return { frames, ms: tookMs };
  }
}

function reading(address: string, number: number, name?: string): Message {
  const sensor = sensorIdFromAddress(address);
  if (sensor === undefined) throw new RangeError(`${address} is no address`);
  const readings = [{ quantity: "count", value: number, index: 0 }] as const;
  const said = { sensor, readings, wallMs: 1_700_000_000_000, rssiDbm: -60, origin: "live" } as const;
  return { type: "READING", ...said, ...(name === undefined ? {} : { name }) };
}

/** A reading with a body of 64 bytes. Nobody has signed it, so that whoever gets it over several hops counts it, and does nothing else. */
const FRAME: Message = reading("C0:FF:EE:00:00:03", 7, "0123456789abcdef0123456789abcdef");
