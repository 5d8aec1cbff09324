/**
 * The heartbeats of a hub's links: who is due, who is asked, who answered. Pure; no suspicion here.
 * The hot path of the mesh: each beat costs its two ends a few comparisons and no allocation.
 */
import type { HubId } from "../../core/ids.js";
import type { Neighbour } from "../../core/mesh.js";
import type { MessageOf, PingBody } from "../../core/messages.js";
import type { Rng } from "../../core/time.js";
import type { Sink } from "../part.js";
import type { LocalHealth } from "./health.js";
import type { LivenessSettings } from "./settings.js";
import { CALM, LOSS_USUAL, Watch } from "./watch.js";

const PING: MessageOf<"PING"> = Object.freeze({ type: "PING" });
const LATE_PING: MessageOf<"PING"> = Object.freeze({ type: "PING", late: true });
/** Only the low 8 bits of a frame's number travel. */
const ACKS: readonly MessageOf<"PING">[] = Array.from({ length: 256 }, (_, ackOf) =>
  Object.freeze({ type: "PING", ackOf }),
);
const LATE_ACKS: readonly MessageOf<"PING">[] = ACKS.map((ack) => Object.freeze({ ...ack, late: true }));

/** More neighbours than a hub has. */
const PASTS_MAX = 64;
const NONE: readonly Watch[] = Object.freeze([]);

/** What a link that is closed was known for. */
interface Past {
  /** 0 … 1. */
  readonly loss: number;
  readonly isClean: boolean;
  /** It was given up in silence: nothing good is known of it, unless the hub has started anew since. */
  readonly wasSilent: boolean;
  readonly epoch: number;
}

export class Heartbeats {
  readonly #byHub = new Map<HubId, Watch>();
  /** The same, for scanning. */
  #watches: Watch[] = [];
  /** When each of `#watches` beats, or is missed; side by side, since the next is looked for at every beat. Unit: ms. */
  #dueMs: number[] = [];
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** Of links that are closed. Made when a link is closed of which something is known. */
  #pasts: Map<HubId, Past> | undefined;

  constructor(
    readonly self: HubId,
    readonly settings: LivenessSettings,
    readonly sink: Sink,
    readonly health: LocalHealth,
  ) {}

  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Of several neighbours none answers: the fault is likely to be here. */
  isDeaf(): boolean {
    return this.#watches.length > 1 && this.#watches.every((watch) => watch.misses > 0);
  }

  /** Everybody was asked, nobody has answered, and that for so long. */
  isCutOff(forMs: number, nowMs: number): boolean {
    return (
      this.#watches.length > 1 &&
      this.#watches.every(
        ({ misses, heardMs, beside }) => misses > 0 && nowMs - Math.max(heardMs, beside.heardMs) > forMs,
      )
    );
  }

  /** Most do not answer. */
  isHardOfHearing(): boolean {
    let silent = 0;
    for (const watch of this.#watches) if (watch.misses > 0) silent += 1;
    return 2 * silent > this.#watches.length;
  }

  /** Whether anybody else was heard after that moment: else the fault may be here. */
  hearsSince(ms: number, except: HubId): boolean {
    return this.#watches.some((watch) => watch.hub !== except && (watch.heardMs > ms || watch.beside.heardMs > ms));
  }

  /** There is nobody else to be heard. */
  knowsOnly(hub: HubId): boolean {
    return this.#watches.every((watch) => watch.hub === hub);
  }

  /** A neighbour that has a link with `hub`, other than `except`. */
  between(hub: HubId, except: HubId): HubId | undefined {
    return this.#watches.find((watch) => watch.hub !== except && watch.watchers.includes(hub))?.hub;
  }

  /** Whether `witness` can say here what it hears of `subject` although that is silent: it is a neighbour, or a neighbour's. */
  reaches(witness: HubId, subject: HubId): boolean {
    if (witness === this.self || witness === subject) return false;
    return this.#byHub.has(witness) || this.between(witness, subject) !== undefined;
  }

  /** In the order in which the links came up. */
  get watches(): readonly Watch[] {
    return this.#watches;
  }

  get(hub: HubId): Watch | undefined {
    return this.#byHub.get(hub);
  }

  /** Both ends measure at once: routes want the round trip. @param stagger 0–1: where in the interval the beats fall. */
  open(neighbour: Neighbour, nowMs: number, stagger: number): Watch {
    this.close(neighbour.hub);
    const past = this.#pasts?.get(neighbour.hub);
    const loss = Math.max(past?.loss ?? 0, this.health.loss);
    const wasClean = past?.isClean === true && !(past.wasSilent && neighbour.epoch <= past.epoch);
    const watch = new Watch(neighbour, this.self < neighbour.hub, nowMs, loss, wasClean);
    watch.earlyMs = Math.floor(stagger * this.settings.intervalMs);
    this.#byHub.set(neighbour.hub, watch);
    this.#watches.push(watch);
    this.#dueMs.push(nowMs);
    this.#ping(watch, this.#watches.length - 1, nowMs);
    this.#reschedule();
    return watch;
  }

  close(hub: HubId): Watch | undefined {
    const watch = this.#byHub.get(hub);
    if (watch === undefined) return undefined;
    this.#byHub.delete(hub);
    this.#remember(watch);
    const at = this.#watches.indexOf(watch);
    this.#watches = this.#watches.filter((other) => other !== watch);
    this.#dueMs.splice(at, 1);
    this.#reschedule();
    return watch;
  }

  /** @param late its sender says that its own timers were. */
  heard(hub: HubId, nowMs: number, late: boolean): Watch | undefined {
    const watch = this.#byHub.get(hub);
    if (watch === undefined) return undefined;
    const at = this.#watches.indexOf(watch);
    const wasDueMs = this.#dueMs[at] as number;
    const isLate = watch.misses > 0 || (!watch.beats && watch.isOverdue(nowMs));
    if (nowMs - watch.heardMs > this.settings.intervalMs / 2) this.health.answered(isLate, nowMs);
    const dueMs = watch.heard(nowMs, this.settings, !late && !this.health.isLate(nowMs));
    this.#dueMs[at] = dueMs;
    if (wasDueMs <= this.#deadlineMs) this.#reschedule();
    else this.#deadlineMs = Math.min(this.#deadlineMs, dueMs);
    return watch;
  }

  /** @param seq the frame's number. */
  onPing(watch: Watch, seq: number, { ackOf, late }: PingBody, nowMs: number): void {
    const isLate = this.health.isLate(nowMs);
    if (ackOf === undefined) {
      if (!watch.mayPing(nowMs, this.settings)) return this.sink.count("mesh.liveness.pingFlood");
      const ack = (isLate ? LATE_ACKS : ACKS)[seq % 256];
      if (ack !== undefined) this.sink.send(watch.hub, ack);
      return;
    }
    if (watch.answered(ackOf, nowMs, this.settings, !isLate && late !== true, !isLate))
      this.sink.notice({ type: "rtt", hub: watch.hub, rttMs: watch.rttMs });
    this.health.heal(nowMs);
  }

  /** Pings at once whoever is not being asked already. */
  ask(watch: Watch, nowMs: number): void {
    if (watch.misses !== CALM) return;
    this.#ping(watch, this.#watches.indexOf(watch), nowMs);
    this.#reschedule();
  }

  /** Everybody but those heard just now; their next beats are spread anew. */
  askAll(nowMs: number, rng: Rng): void {
    const stagger = rng(this.#watches.length);
    for (const [index, watch] of this.#watches.entries()) {
      if (watch.misses !== CALM || nowMs - watch.heardMs < this.settings.freshMs) continue;
      watch.earlyMs = Math.floor((this.settings.intervalMs * (stagger[index] ?? 0)) / 256);
      this.#ping(watch, index, nowMs);
    }
    this.#reschedule();
  }

  /** Pings whose beat is due.
   *  @returns those that have not answered in time, with their misses counted up. */
  tick(nowMs: number): readonly Watch[] {
    let missed = NONE;
    for (let at = 0; at < this.#dueMs.length; at++) {
      if ((this.#dueMs[at] as number) > nowMs) continue;
      const watch = this.#watches[at] as Watch;
      if (watch.misses === CALM) {
        watch.earlyMs = 0;
        this.#ping(watch, at, nowMs);
      } else {
        watch.misses += 1;
        this.#dueMs[at] = nowMs + watch.answerMs(this.settings, this.health);
        missed = [...missed, watch];
      }
    }
    this.#reschedule();
    return missed;
  }

  /** A ping more in a silence: whoever is back answers all. */
  again(watch: Watch, nowMs: number): void {
    this.#send(watch, nowMs);
  }

  /** Another observer hears it: the count of misses starts anew, the silence of the link does not. */
  reprieve(watch: Watch, nowMs: number): void {
    if (watch.misses === CALM) return;
    watch.misses = 0;
    this.#dueMs[this.#watches.indexOf(watch)] = nowMs + watch.answerMs(this.settings, this.health);
    this.#send(watch, nowMs);
    this.#reschedule();
  }

  /** It has been heard beside its link, which is as silent as before. */
  excuse(watch: Watch, nowMs: number): void {
    watch.misses = 0;
    this.#dueMs[this.#watches.indexOf(watch)] = nowMs + watch.answerMs(this.settings, this.health);
    this.#reschedule();
  }

  /** This hub was stopped: what is waiting in its sockets is heard before anybody is judged by a round of its own. */
  restart(nowMs: number): void {
    const { intervalMs } = this.settings;
    for (const [index, watch] of this.#watches.entries()) {
      watch.misses = CALM;
      watch.heardMs = nowMs;
      this.#dueMs[index] = nowMs + ((index + 1) * intervalMs) / this.#watches.length;
    }
    this.#reschedule();
  }

  /** This hub was held up for a moment: the answers may be waiting in its sockets. */
  defer(nowMs: number): void {
    const untilMs = nowMs + this.settings.answerMsMin;
    for (const [at, { misses }] of this.#watches.entries())
      if (misses !== CALM) this.#dueMs[at] = Math.max(this.#dueMs[at] as number, untilMs);
    this.#reschedule();
  }

  /** A bad link is often given up and made again, and a hub starts anew: what its link loses need not be learnt once more. The oldest goes. */
  #remember({ hub, loss, isClean, misses, epoch }: Watch): void {
    this.#pasts?.delete(hub);
    if (loss <= LOSS_USUAL && !isClean) return;
    this.#pasts ??= new Map();
    this.#pasts.set(hub, { loss, isClean, wasSilent: misses > 0, epoch });
    const [oldest] = this.#pasts.keys();
    if (this.#pasts.size > PASTS_MAX && oldest !== undefined) this.#pasts.delete(oldest);
  }

  /** @param at its place. */
  #ping(watch: Watch, at: number, nowMs: number): void {
    watch.asked(this.#send(watch, nowMs), nowMs);
    this.#dueMs[at] = nowMs + watch.answerMs(this.settings, this.health);
  }

  #send({ hub }: Watch, nowMs: number): number {
    return this.sink.send(hub, this.health.isLate(nowMs) ? LATE_PING : PING);
  }

  #reschedule(): void {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < this.#dueMs.length; at++) deadlineMs = Math.min(deadlineMs, this.#dueMs[at] as number);
    this.#deadlineMs = deadlineMs;
  }
}
