/**
 * What is known of one hub beyond "it lives": who accuses it, what it said itself, and what was concluded. Pure.
 * Hubs of which nothing is said have no case: a settled cell keeps none.
 */
import type { HubId } from "../../core/ids.js";
import type { MemberState } from "../../core/mesh.js";
import { MEMBER_OBSERVERS_MAX, type MemberUpdate } from "../../core/messages-liveness.js";
import type { LocalHealth } from "./health.js";
import { outlastMs, unansweredMs } from "./retransmissions.js";
import type { LivenessSettings } from "./settings.js";

/** What this hub itself has seen: its pings were not answered, the connection was closed, or a dial was refused (nobody listens there any more). */
export type Evidence = "silent" | "closed" | "refused";

/** More than four change nothing. */
const VOICES_MAX = 8;
/** Of how many observers' words one neighbour may be the bearer: in a sparse mesh two come through one; who invents many is still not believed. */
const OBSERVERS_PER_VOICE = 2;
const NOBODY: readonly HubId[] = Object.freeze([]);

export class Case {
  state: MemberState = "alive";
  sinceMs: number;
  /** Since when it is suspected, by anybody. Unit: ms. */
  accusedMs = Number.NEGATIVE_INFINITY;
  evidence: Evidence | undefined = undefined;
  /** Since when the evidence holds. Unit: ms. */
  evidenceMs = 0;
  /** What this hub had been kept from its processor by then. Unit: ms. */
  heldMs = 0;
  /** Answer time of the link on which it was silent. Unit: ms. */
  answerMs = 0;
  /** What that link loses. 0 … 1. */
  loss = 0;
  /** That link is known to lose nothing. */
  isClean = false;
  /** Datagrams get through beside that link: it is pinged with them, too. */
  hasDatagrams = false;
  patiencePercent = 100;
  /** Who has observed it, this hub among them. */
  observers: HubId[] = [];
  /** Neighbours that brought others' accusations: one that invents many observers is still one voice. */
  voices: HubId[] = [];
  /** Somebody has said that it is dead. */
  saidDead = false;
  /** How often this hub did not trust itself to have read what had come. */
  hearsayDelays = 0;
  /** The silence may have been this hub's own. */
  isExcused = false;
  reprieves = 0;
  /** When the last of them came. Unit: ms. */
  reprievedMs = Number.NEGATIVE_INFINITY;
  /** Dead, but not announced: others may follow. */
  decided = false;
  /** The epoch comes from the hub itself, over a link or with a proof; else from its accusers. */
  proven = false;
  incarnation = 0;
  /** It has made a statement of its own about (epoch, incarnation), which others should hear of. */
  stated = false;
  /** Of that statement; absent where nobody checks proofs. */
  proof: Uint8Array | undefined = undefined;
  /** Who has a link with it, as it said while there was one with this hub. */
  watchers: readonly HubId[] = NOBODY;
  dueMs = Number.POSITIVE_INFINITY;
  /** When the hub itself is asked along routes whether it lives. Unit: ms. */
  askMs = Number.POSITIVE_INFINITY;
  /** Until the question after the next. Unit: ms. */
  askPauseMs = 0;
  /** When it was asked last. Unit: ms. */
  askedMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly hub: HubId,
    public epoch: number,
    nowMs: number,
  ) {
    this.sinceMs = nowMs;
  }

  /** Independent observers, this hub included if it is one. */
  votes(self: HubId): number {
    const own = this.evidence === undefined ? 0 : 1;
    const others = this.observers.length - (this.observers.includes(self) ? 1 : 0);
    return own + Math.min(others, OBSERVERS_PER_VOICE * this.voices.length);
  }

  /** Held for dead, or for having left. */
  get isGone(): boolean {
    return this.state === "dead" || this.state === "left";
  }

  /** @returns whether an observer is new. */
  accuse(observers: readonly HubId[], voice: HubId | undefined): boolean {
    let isNew = false;
    for (const observer of observers) {
      if (this.observers.includes(observer) || this.observers.length >= VOICES_MAX) continue;
      this.observers.push(observer);
      isNew = true;
    }
    if (voice !== undefined && !this.voices.includes(voice) && this.voices.length < VOICES_MAX) this.voices.push(voice);
    return isNew;
  }

  /** A witness hears it: the silence counts from now on. */
  reprieve(nowMs: number): void {
    this.reprieves += 1;
    this.reprievedMs = nowMs;
    this.evidenceMs = nowMs;
  }

  /** Somebody hears it: others' silence is that of their links. */
  disbelieve(self: HubId): void {
    this.observers = this.observers.filter((hub) => hub === self);
    this.voices = [];
    this.saidDead = false;
    this.decided = false;
  }

  /** Its silence counts from now on only. */
  excuse(nowMs: number): void {
    this.isExcused = true;
    this.evidenceMs = nowMs;
    this.decided = false;
  }

  /** All that was said against it. */
  acquit(): void {
    this.evidence = undefined;
    this.observers = [];
    this.voices = [];
    this.saidDead = false;
    this.hearsayDelays = 0;
    this.isExcused = false;
    this.reprieves = 0;
    this.decided = false;
    this.askMs = Number.POSITIVE_INFINITY;
    this.askPauseMs = 0;
  }

  /** @returns whether (epoch, incarnation) is older than what is known for sure. */
  outdates(epoch: number, incarnation: number): boolean {
    if (!this.proven) return false;
    return epoch < this.epoch || (epoch === this.epoch && incarnation < this.incarnation);
  }

  /** When the next conclusion is due, as things stand. Unit: ms.
   *  @param soleMs how long this hub waits when no other observer agrees. */
  schedule(self: HubId, settings: LivenessSettings, { heldMs, multiplier }: LocalHealth, soleMs: number): void {
    const dueMs = this.#scheduled(self, settings, multiplier, soleMs);
    // Time in which this hub could hear nobody does not count.
    this.dueMs = this.evidence === "silent" && !this.isGone ? dueMs + heldMs - this.heldMs : dueMs;
  }

  /** At least so long, and longer where this link loses much. Unit: ms. */
  silenceMs(leastMs: number, observers: number, { datagramEveryMs }: LivenessSettings): number {
    // Datagrams are sent from the first miss on, and no retransmission makes the answer to the last take longer.
    const aloneMs = this.hasDatagrams
      ? unansweredMs(this.loss, observers, datagramEveryMs) + 1.5 * this.answerMs
      : outlastMs(this.loss, observers) + this.answerMs;
    return Math.max(leastMs, aloneMs);
  }

  /** By how well this hub is, and by how closely that neighbour is watched. Unit: ms. */
  scaledMs(ms: number, multiplier: number): number {
    return (ms * multiplier * this.patiencePercent) / 100;
  }

  /** As it is told to others; a hub's own statement goes with its proof, an accusation with its observers. */
  update(): MemberUpdate | undefined {
    const { hub, epoch, incarnation, proof } = this;
    const known = { hub, epoch, incarnation, ...(proof === undefined ? {} : { proof }) };
    if (this.observers.length > 0) {
      // The newest: the others have been told.
      const state = this.state === "dead" || this.saidDead ? "dead" : "suspect";
      return { ...known, state, observers: this.observers.slice(-MEMBER_OBSERVERS_MAX) };
    }
    if (!this.stated || (this.state !== "alive" && this.state !== "left")) return undefined;
    return { ...known, state: this.state, observers: NOBODY };
  }

  /** Nobody has concluded anything: then it is asked, again and again. */
  #hearsayMs({ hearsaySuspectMs }: LivenessSettings): number {
    return this.askMs === Number.POSITIVE_INFINITY ? this.sinceMs + hearsaySuspectMs : this.askMs;
  }

  #scheduled(self: HubId, settings: LivenessSettings, multiplier: number, soleMs: number): number {
    if (this.decided) return Number.POSITIVE_INFINITY;
    if (this.isGone) return Math.min(this.sinceMs + settings.forgetAfterMs, this.askMs);
    if (this.state === "alive") return Number.POSITIVE_INFINITY;
    if (this.evidence === undefined)
      return this.saidDead ? this.sinceMs + settings.hearsayDeadMs : this.#hearsayMs(settings);
    // Whoever says that it is dead has weighed it already; nobody listening there is as good as an observer.
    const saidDead = this.saidDead && this.voices.length > 1 ? 1 : 0;
    const refused = this.evidence === "refused" ? 1 : 0;
    const column = Math.min(this.votes(self) + saidDead + refused, 4) - 1;
    if (this.evidence === "silent" && column === 0) return this.evidenceMs + soleMs;
    if (this.evidence === "silent") {
      const leastMs = (settings.suspicionAnswers[column - 1] ?? 0) * this.answerMs;
      return this.evidenceMs + this.silenceMs(leastMs, column + 1, settings);
    }
    const closedMs = this.scaledMs(settings.closedMs[column] ?? 0, multiplier);
    return this.evidenceMs + (column === 0 ? Math.max(closedMs, soleMs) : closedMs);
  }
}
