/**
 * What lies between hubs: who hears whom, and when what was sent arrives. A link is a TCP stream: in order and complete; a lost
 * packet is a delay for everything behind it, and a path that is cut holds everything back until TCP tries again.
 */
import type { Topology } from "../topology/topology.js";
import { chance } from "./random.js";
import { TICKS_PER_MS } from "./wheel.js";

export interface MediumSettings {
  /** What a link's latency varies by, upwards. Unit: share of the latency. */
  readonly jitter: number;
  /** For packets of all links, beside the topology's own. 0 … 1. */
  loss: number;
  /** Bytes per second of a link; 0: no limit. */
  readonly bytesPerSecond: number;
  /** Round trips from dialling to an open link: TCP 1, TLS 1.3 1, MQTT CONNECT and CONNACK 1. The accepting end has it half a round trip sooner. */
  readonly setupRoundTrips: number;
  /** What proving who is there costs the processor of each end. Unit: ms. */
  readonly handshakeCpuMs: number;
  /** What reading and handling a frame costs a hub's processor; 0: nothing. Unit: ms. */
  readonly frameCpuMs: number;
  /** Until a dial that nobody answers has failed. Unit: ms. */
  readonly dialTimeoutMs: number;
  /** What kernels hold for a hub that does not read. Beyond it the sender's link is given up. Unit: bytes for each link. */
  readonly socketBytesMax: number;
  /** Until discovery tells two neighbours of each other, at the most. Unit: ms. */
  readonly discoveryMs: number;
}

export const MEDIUM_DEFAULTS: MediumSettings = {
  jitter: 0.1,
  loss: 0,
  bytesPerSecond: 0,
  setupRoundTrips: 3,
  handshakeCpuMs: 2,
  frameCpuMs: 0,
  dialTimeoutMs: 5000,
  socketBytesMax: 512 * 1024,
  discoveryMs: 250,
};

/** Linux: TCP_RTO_MIN, doubled with each try, at most TCP_RTO_MAX. Unit: ms. */
const RTO_MIN_MS = 200;
const RTO_MAX_MS = 120_000;
/** RFC 5681 §3.2. */
const DUPLICATE_ACKS = 3;
/** Tries of one packet that are drawn: at 50 % loss one packet in 250 takes more. */
const TRIES_MAX = 8;
/** Which of a tick's draws is a datagram's: beyond those of the stream's. */
const DATAGRAM_DRAW = TRIES_MAX + 1;

export class Medium {
  /** Hubs of different groups do not hear each other. */
  readonly #group: Uint16Array;
  /** Directions that are cut: from · hubs + to. */
  readonly #cut = new Set<number>();
  #grouped = false;

  constructor(
    readonly topology: Topology,
    readonly settings: MediumSettings,
    readonly seed: number,
  ) {
    this.#group = new Uint16Array(topology.hubs);
  }

  /** Whether anything is cut at all: spares the rest of the question. */
  get broken(): boolean {
    return this.#grouped || this.#cut.size > 0;
  }

  hears(from: number, to: number): boolean {
    if (this.#grouped && this.#group[from] !== this.#group[to]) return false;
    return this.#cut.size === 0 || !this.#cut.has(from * this.topology.hubs + to);
  }

  cut(from: number, to: number): void {
    this.#cut.add(from * this.topology.hubs + to);
  }

  mend(from: number, to: number): void {
    this.#cut.delete(from * this.topology.hubs + to);
  }

  /** Puts these hubs into a group of their own; group 0 is everybody's. */
  partition(hubs: readonly number[], group: number): void {
    for (const hub of hubs) this.#group[hub] = group;
    this.#grouped = this.#group.some((of) => of !== 0);
  }

  mendAll(): void {
    this.#group.fill(0);
    this.#grouped = false;
    this.#cut.clear();
  }

  /**
   * What one packet towards `end` takes: latency, jitter, and what its loss costs. In a dense stream those that follow tell
   * the sender of the gap (fast retransmit, after three of them); a lone packet waits for the retransmission timer.
   * What is sent in one tick is one packet. Unit: ticks.
   * @param gapTicks since the packet before.
   */
  delayTicks(
    end: number,
    nowTick: number,
    latencyTicks: number,
    linkLoss: number,
    bytes: number,
    gapTicks: number,
  ): number {
    const { jitter, loss, bytesPerSecond } = this.settings;
    let ticks = latencyTicks;
    if (jitter > 0) ticks += latencyTicks * jitter * chance(this.seed, end, nowTick, 0);
    if (bytesPerSecond > 0) ticks += (bytes / bytesPerSecond) * 1000 * TICKS_PER_MS;
    const lost = loss + linkLoss - loss * linkLoss;
    if (lost > 0) {
      let waitTicks = Math.min(RTO_MIN_MS * TICKS_PER_MS, 2 * latencyTicks + DUPLICATE_ACKS * gapTicks);
      for (let tries = 1; tries < TRIES_MAX && chance(this.seed, end, nowTick, tries) < lost; tries++) {
        ticks += waitTicks;
        waitTicks = Math.max(waitTicks, (RTO_MIN_MS * TICKS_PER_MS) / 2) * 2;
      }
    }
    return ticks;
  }

  /** What one datagram towards `end` takes, which nobody sends again. @returns undefined for one that is lost. Unit: ticks. */
  datagramTicks(end: number, nowTick: number, latencyTicks: number, linkLoss: number): number | undefined {
    const { jitter, loss } = this.settings;
    const lost = loss + linkLoss - loss * linkLoss;
    if (lost > 0 && chance(this.seed, end, nowTick, DATAGRAM_DRAW) < lost) return undefined;
    return latencyTicks * (1 + jitter * chance(this.seed, end, nowTick, DATAGRAM_DRAW + 1));
  }
}

/** @returns when TCP sends again what it first sent at `sinceTick`: the first retransmission after now. */
export function retransmissionTick(sinceTick: number, nowTick: number): number {
  let atTick = sinceTick;
  for (let rtoMs = RTO_MIN_MS; atTick <= nowTick; rtoMs = Math.min(rtoMs * 2, RTO_MAX_MS))
    atTick += rtoMs * TICKS_PER_MS;
  return atTick;
}
