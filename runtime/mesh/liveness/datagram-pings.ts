/**
 * Pings beside a link: datagrams, which no lost packet holds back. Pure.
 * A link is a TCP stream: what one packet loses, all behind it wait for, for 200, 400, 800 ms … So its silence alone says little where packets are lost. A
 * datagram is lost alone: a neighbour that answers none of a dozen does not live, or nothing leads there. A network may let none through: then nothing is
 * concluded from their silence, and the link's own is outlasted (`retransmissions.ts`).
 */
import type { HubId } from "../../core/ids.js";
import type { Heartbeats } from "./heartbeats.js";
import type { LivenessSettings } from "./settings.js";
import { LOSS_USUAL, type Watch } from "./watch.js";

/** @param number of the ping that this is, or answers. */
export type SendDatagram = (to: HubId, number: number, isAnswer: boolean) => void;

const NEVER = Number.POSITIVE_INFINITY;
/** Pings of a quiet link in a row, none of them answered: datagrams do not get through, or do no longer. Of links that lose a fifth each way, one in sixty hides it so long. */
const TRIES_MAX = 4;
/** The same in a silence of its link that has ended: it is to be tried. */
const PRESSED_MAX = 8;
/** Answers that come late are remembered: a busy hub is busy again. */
const DELAY_RISE = 1 / 2;
/** Unit: ms. */
const DELAY_MEMORY_MS = 12_000;
/** What is older is no answer to this silence. */
const RECENT_PINGS = 32;

export class DatagramPings {
  readonly #settings: LivenessSettings;
  readonly #beats: Heartbeats;
  readonly #send: SendDatagram | undefined;
  #deadlineMs = NEVER;

  /** @param send absent: there are no datagrams here. */
  constructor(settings: LivenessSettings, beats: Heartbeats, send: SendDatagram | undefined) {
    this.#settings = settings;
    this.#beats = beats;
    this.#send = send;
  }

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** A link is new: do datagrams get through beside it? */
  open(watch: Watch, nowMs: number): void {
    if (this.#send !== undefined) this.#try(watch, nowMs);
  }

  /** It is silent, or somebody asks for it: pinged at once, and again and again while it is missed. */
  press(watch: Watch, nowMs: number): void {
    if (this.#send !== undefined && nowMs - watch.beside.pingedMs >= this.#settings.datagramEveryMs)
      this.#press(watch, nowMs);
  }

  /** It pings this hub, and so lives. @returns false for one that is no newer than the last. */
  asked(watch: Watch, number: number, nowMs: number): boolean {
    const { beside } = watch;
    if (number <= beside.heardNumber) return false;
    beside.heardNumber = number;
    beside.heardMs = nowMs;
    this.#send?.(watch.hub, number, true);
    return true;
  }

  /** @returns whether it says that the hub lives now. */
  answered(watch: Watch, number: number, nowMs: number): boolean {
    const { beside } = watch;
    const age = beside.number - number;
    if (age < 0 || age >= RECENT_PINGS) return false;
    const { datagramEveryMs, datagramTryMs } = this.#settings;
    const tookMs = nowMs - beside.pingedMs + age * (age <= beside.pressed ? datagramEveryMs : datagramTryMs);
    const forgets = 1 - Math.exp(-(nowMs - beside.answeredMs) / DELAY_MEMORY_MS);
    beside.delayMs += (tookMs > beside.delayMs ? DELAY_RISE : forgets) * (tookMs - beside.delayMs);
    beside.answeredMs = nowMs;
    beside.getThrough = true;
    beside.isTried = false;
    beside.tries = 0;
    beside.pressed = 0;
    beside.heardMs = nowMs;
    return true;
  }

  tick(nowMs: number): void {
    if (nowMs < this.#deadlineMs) return;
    for (const watch of this.#beats.watches) {
      if (watch.beside.dueMs > nowMs) continue;
      if (watch.misses > 0) this.#press(watch, nowMs);
      else if (nowMs >= this.#nextTryMs(watch)) this.#try(watch, nowMs);
      else this.#rest(watch, nowMs);
    }
    this.reschedule();
  }

  /** A link has gone. */
  reschedule(): void {
    let deadlineMs = NEVER;
    for (const { beside } of this.#beats.watches) deadlineMs = Math.min(deadlineMs, beside.dueMs);
    this.#deadlineMs = deadlineMs;
  }

  #press(watch: Watch, nowMs: number): void {
    watch.beside.pressed += 1;
    this.#ping(watch, nowMs, nowMs + this.#settings.datagramEveryMs);
  }

  /** The silence is over. Do datagrams get through no more to whoever was heard on its link alone? What was sent before its death may come late, too. */
  #rest(watch: Watch, nowMs: number): void {
    const { beside } = watch;
    if (beside.pressed >= PRESSED_MAX) beside.isTried = true;
    beside.pressed = 0;
    beside.dueMs = Math.max(nowMs, this.#nextTryMs(watch));
  }

  /** Nothing is wrong: do datagrams still get through? */
  #try(watch: Watch, nowMs: number): void {
    const { beside } = watch;
    beside.triedMs = nowMs;
    if (beside.tries === TRIES_MAX) {
      beside.getThrough = false;
      beside.isTried = false;
    } else beside.isTried = true; // until it is answered
    beside.tries = Math.min(beside.tries + 1, TRIES_MAX);
    this.#ping(watch, nowMs, this.#nextTryMs(watch));
  }

  #nextTryMs({ beside, loss }: Watch): number {
    const { datagramTryMs, datagramRefreshMs, datagramRefreshLossyMs } = this.#settings;
    if (beside.isTried) return beside.triedMs + datagramTryMs;
    return beside.triedMs + (loss > LOSS_USUAL ? datagramRefreshLossyMs : datagramRefreshMs);
  }

  #ping(watch: Watch, nowMs: number, dueMs: number): void {
    const { beside } = watch;
    beside.number += 1;
    beside.pingedMs = nowMs;
    beside.dueMs = dueMs;
    this.#deadlineMs = Math.min(this.#deadlineMs, dueMs);
    this.#send?.(watch.hub, beside.number, false);
  }
}
