/**
 * A process of `links.ts`'s bench: a hub that consists of a key, a door, links and codecs. It does what its parent tells it,
 * one order at a time, and answers each with one message.
 */
import { randomBytes } from "node:crypto";
import { createCounters } from "../../../runtime/core/counters.js";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Link } from "../../../runtime/core/ports.js";
import type { EncodedPayload, RoutedFrame } from "../../../runtime/core/routed.js";
import { systemClock } from "../../../runtime/io/clock.js";
import { createDialler } from "../../../runtime/io/link/dialler.js";
import { type OpenLinkDoor, openLinkDoor } from "../../../runtime/io/link/door.js";
import { createLinks, type Links } from "../../../runtime/io/link/link.js";
import { LinkCodec } from "../../../runtime/wire/link-codec.js";
import { makeBenchHub } from "./bench-hub.js";

export type Order =
  | { readonly type: "dial"; readonly hub: HubId; readonly port: number }
  /** Frames for `dst` go to this neighbour. */
  | { readonly type: "route"; readonly dst: HubId; readonly via: HubId }
  | { readonly type: "flood"; readonly dst: HubId; readonly ms: number }
  | { readonly type: "pace"; readonly dst: HubId; readonly perSecond: number; readonly ms: number }
  | { readonly type: "handshakes"; readonly hub: HubId; readonly port: number; readonly count: number }
  | { readonly type: "usage" };

export interface Usage {
  readonly cpuMs: number;
  readonly links: number;
  readonly forwarded: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** 64 bytes: a time (8), and what a reading takes. */
const BODY_BYTES = 64;
/** Message numbers that no hub knows: to be measured, and its acknowledgement. */
const PROBE = 254;
const ACKNOWLEDGED = 252;
/** Enough to keep every process busy, few enough that nothing overflows. */
const WINDOW = 2_048;
const ACKNOWLEDGE_EVERY = 256;

interface Neighbour {
  readonly link: Link;
  readonly codec: LinkCodec;
}

class Worker {
  readonly #neighbours = new Map<HubId, Neighbour>();
  readonly #byLink = new Map<number, Neighbour>();
  readonly #via = new Map<HubId, HubId>();
  readonly #counters = createCounters();
  #forwarded = 0;
  #got = 0;
  #seq = 0;
  #latencies: number[] = [];
  #onAcknowledged: (got: number) => void = () => undefined;

  private constructor(
    readonly id: HubId,
    readonly door: OpenLinkDoor,
    links: (worker: Worker) => Links,
  ) {
    this.links = links(this);
  }

  readonly links: Links;

  static async start(): Promise<Worker> {
    const { id, tls } = makeBenchHub();
    const counters = createCounters();
    const common = { selfId: id, counters, clock: systemClock };
    const limits = { burst: 1_000 };
    const door = await openLinkDoor({ ...common, host: "127.0.0.1", port: 0, tls, limits });
    const dialWith = createDialler(tls);
    return new Worker(id, door, (worker) =>
      createLinks({
        ...{ ...common, door, dialWith, rng: randomBytes },
        events: {
          opened: (link) => worker.#opened(link),
          received: (link, bytes) => worker.#received(link, bytes),
          closed: (link) => {
            worker.#byLink.delete(link.linkId);
            worker.#neighbours.delete(link.peer);
          },
        },
      }),
    );
  }

  async obey(order: Order): Promise<unknown> {
    switch (order.type) {
      case "dial":
        return this.#dial(order.hub, order.port);
      case "route":
        this.#via.set(order.dst, order.via);
        return true;
      case "flood":
        return this.#flood(order.dst, order.ms);
      case "pace":
        return this.#pace(order.dst, order.perSecond, order.ms);
      case "handshakes":
        return this.#handshakes(order.hub, order.port, order.count);
      case "usage":
        return this.#usage();
    }
  }

  #opened(link: Link): void {
    const neighbour = { link, codec: new LinkCodec() };
    this.#neighbours.set(link.peer, neighbour);
    this.#byLink.set(link.linkId, neighbour);
  }

  #received(link: Link, bytes: Uint8Array): void {
    const heard = this.#byLink.get(link.linkId)?.codec.decode(bytes);
    if (heard === undefined || "problem" in heard || heard.form === "link")
      return this.#counters.count("bench.unheard");
    const { frame } = heard;
    if (frame.dst !== this.id) {
      this.#forwarded += 1;
      this.#send({ ...frame, hops: frame.hops + 1 });
    } else this.#take(frame);
  }

  #take({ src, payload }: RoutedFrame): void {
    const { number, encoded } = payload as EncodedPayload;
    const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
    if (number === ACKNOWLEDGED) {
      const latencyMs = view.getFloat64(8);
      if (latencyMs > 0) this.#latencies.push(latencyMs);
      return this.#onAcknowledged(view.getFloat64(0));
    }
    this.#got += 1;
    const isPaced = view.getUint8(8) === 1;
    if (!isPaced && this.#got % ACKNOWLEDGE_EVERY !== 0) return;
    const body = new DataView(new ArrayBuffer(16));
    body.setFloat64(0, this.#got);
    // One machine, one monotonic clock: the way there is what counts, the way back only carries the figure.
    body.setFloat64(8, isPaced ? nowMs() - view.getFloat64(0) : 0);
    this.#send(this.#frame(src, ACKNOWLEDGED, new Uint8Array(body.buffer)));
  }

  #frame(dst: HubId, number: number, encoded: Uint8Array): RoutedFrame {
    return { src: this.id, srcEpoch: 1, dst, hops: 0, seq: ++this.#seq, payload: { number, encoded } };
  }

  #send(frame: RoutedFrame): void {
    const neighbour = this.#neighbours.get(this.#via.get(frame.dst) ?? frame.dst);
    if (neighbour === undefined) return this.#counters.count("bench.noWay");
    if (neighbour.link.send(neighbour.codec.encode(frame))) return;
    neighbour.codec.unsent();
    this.#counters.count("bench.dropped");
  }

  async #dial(hub: HubId, port: number): Promise<true> {
    this.links.dial({ hub, addresses: [{ host: "127.0.0.1", port }], keep: true });
    while (!this.#neighbours.has(hub)) await sleep(1);
    return true;
  }

  /** @returns frames that arrived, and in how many ms. */
  #flood(dst: HubId, ms: number): Promise<{ readonly frames: number; readonly ms: number }> {
    const startedMs = nowMs();
    let sent = 0;
    let first: number | undefined;
    return new Promise((resolve) => {
      const refill = (got: number): void => {
        first ??= got - ACKNOWLEDGE_EVERY;
        const arrived = got - first;
        const tookMs = nowMs() - startedMs;
        if (tookMs >= ms) {
          this.#onAcknowledged = () => undefined;
          return resolve({ frames: arrived, ms: tookMs });
        }
        for (; sent - arrived < WINDOW; sent++) this.#send(this.#probe(dst, false));
      };
      this.#onAcknowledged = refill;
      for (; sent < WINDOW; sent++) this.#send(this.#probe(dst, false));
    });
  }

  #probe(dst: HubId, isPaced: boolean): RoutedFrame {
    const body = new Uint8Array(BODY_BYTES);
    const view = new DataView(body.buffer);
    view.setFloat64(0, isPaced ? nowMs() : 0);
    view.setUint8(8, isPaced ? 1 : 0);
    return this.#frame(dst, PROBE, body);
  }

  /** @returns one-way latencies in ms, sorted. */
  async #pace(dst: HubId, perSecond: number, ms: number): Promise<number[]> {
    this.#latencies = [];
    const startedMs = nowMs();
    for (let sent = 0; ; ) {
      const elapsedMs = nowMs() - startedMs;
      if (elapsedMs >= ms) break;
      for (; sent < (elapsedMs / 1_000) * perSecond; sent++) this.#send(this.#probe(dst, true));
      await sleep(1);
    }
    await sleep(200);
    return this.#latencies.sort((a, b) => a - b);
  }

  /** One after the other, from dial to CONNACK. */
  async #handshakes(hub: HubId, port: number, count: number): Promise<{ readonly ms: number; readonly cpuMs: number }> {
    const cpu = process.cpuUsage();
    const startedMs = nowMs();
    for (let i = 0; i < count; i++) {
      this.links.dial({ hub, addresses: [{ host: "127.0.0.1", port }] });
      while (!this.#neighbours.has(hub)) await new Promise((resolve) => setImmediate(resolve));
      this.#neighbours.get(hub)?.link.close();
      while (this.links.links().length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return { ms: (nowMs() - startedMs) / count, cpuMs: cpuMsSince(cpu) / count };
  }

  #usage(): Usage {
    const links = this.#neighbours.size;
    return { cpuMs: cpuMsSince(), links, forwarded: this.#forwarded, counters: this.#counters.snapshot() };
  }
}

function cpuMsSince(before?: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Monotonic, and the same for all processes of this machine. */
function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const worker = await Worker.start();
process.on("message", (order: Order) => {
  worker.obey(order).then((answer) => process.send?.(answer));
});
process.send?.({ id: worker.id, port: worker.door.port });
