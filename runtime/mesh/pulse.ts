/**
 * One link's signs of life: when to ping, how long it has been silent, and its round trip. Pure.
 */
import type { MeshSettings } from "./settings.js";

/** Pings whose answer is awaited; older ones are forgotten, since the link is declared silent long before. */
const AWAITED_MAX = 8;
/** As TCP's smoothed round trip (RFC 6298): a new sample weighs one eighth. */
const RTT_GAIN = 1 / 8;

export class Pulse {
  readonly #awaited = new Map<number, number>();
  #lastHeardMs: number;
  #nextPingMs: number;
  #rttMs: number | undefined;
  #quiet = false;

  /** @param stagger 0–1: where in the interval the first ping falls, so that links do not ping in step. */
  constructor(
    readonly settings: MeshSettings,
    nowMs: number,
    stagger: number,
  ) {
    this.#lastHeardMs = nowMs;
    this.#nextPingMs = nowMs + settings.pingIntervalMs * stagger;
  }

  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  get deadlineMs(): number {
    const patienceMs = this.#quiet ? this.settings.deadAfterMs : this.settings.suspectAfterMs;
    return Math.min(this.#nextPingMs, this.#lastHeardMs + patienceMs);
  }

  heard(nowMs: number): void {
    this.#lastHeardMs = nowMs;
    this.#quiet = false;
  }

  pingDue(nowMs: number): boolean {
    return nowMs >= this.#nextPingMs;
  }

  pinged(seq: number, nowMs: number): void {
    this.#awaited.set(seq, nowMs);
    const oldest = this.#awaited.keys().next().value;
    if (this.#awaited.size > AWAITED_MAX && oldest !== undefined) this.#awaited.delete(oldest);
    this.#nextPingMs = nowMs + this.settings.pingIntervalMs;
  }

  /** @returns false when no such ping is awaited. */
  acked(seq: number, nowMs: number): boolean {
    const sentMs = this.#awaited.get(seq);
    if (sentMs === undefined) return false;
    this.#awaited.delete(seq);
    const sampleMs = nowMs - sentMs;
    this.#rttMs = this.#rttMs === undefined ? sampleMs : this.#rttMs + RTT_GAIN * (sampleMs - this.#rttMs);
    return true;
  }

  /** fresh: all is well; quiet: long enough to suspect; silent: long enough to give up. */
  check(nowMs: number): "fresh" | "quiet" | "silent" {
    const silenceMs = nowMs - this.#lastHeardMs;
    if (silenceMs >= this.settings.deadAfterMs) return "silent";
    this.#quiet = silenceMs >= this.settings.suspectAfterMs;
    return this.#quiet ? "quiet" : "fresh";
  }
}
