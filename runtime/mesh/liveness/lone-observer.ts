/** How long a hub waits before it believes what it alone observes: no other observer agrees. Pure. */
import type { Case } from "./case.js";
import type { LocalHealth } from "./health.js";
import type { Heartbeats } from "./heartbeats.js";
import type { LivenessSettings } from "./settings.js";
import { LOSSY } from "./watch.js";

/** This one, and those that are silent where they would have spoken. */
const BEREFT_OBSERVERS = 2;
/** One observed here, or two by the word of others. That such a coincidence is none is for the link's own loss to tell. */
const SHARED_CAUSE_FALLEN = 2;
/** Who hears nobody is less and less sure of itself; for ever is no answer. */
const MULTIPLIER_MAX = 2;

export class LoneObserver {
  readonly #settings: LivenessSettings;
  readonly #health: LocalHealth;
  readonly #beats: Heartbeats;

  constructor(settings: LivenessSettings, health: LocalHealth, beats: Heartbeats) {
    this.#settings = settings;
    this.#health = health;
    this.#beats = beats;
  }

  /**
   * Either there is no other observer, or those that there were are gone as well; and whoever lives and has other
   * links would have refuted by now. So it matters whether this hub itself still hears anybody, and whether the accused
   * is known to have had others that could have spoken: then their silence counts as two observers' words.
   * @param cases all that are open: hubs fall together.
   * @returns how long to wait from the first unanswered ping. Unit: ms.
   */
  waitsMs(one: Case, cases: Iterable<Case>, nowMs: number): number {
    const { lonelyMs, bereftAnswers } = this.#settings;
    const aloneMs = one.scaledMs(lonelyMs, Math.min(this.#health.multiplier, MULTIPLIER_MAX));
    // A reset overtakes what a lossy link holds back: it may be the living end that gave the link up, and said so. Then it links again.
    if (one.evidence !== "silent") return one.hasDatagrams || one.loss < LOSSY || this.#isWitnessed(one) ? 0 : aloneMs;
    if (this.#isPinged(one)) {
      const leastMs = this.#beats.knowsOnly(one.hub) ? this.#settings.onlyNeighbourMs : 0;
      return one.silenceMs(leastMs, 1, this.#settings);
    }
    const mostMs = one.silenceMs(aloneMs, 1, this.#settings);
    // Their silence is that of their links; pings beside this one are counted, and must suffice alone.
    const observers = one.hasDatagrams ? 1 : BEREFT_OBSERVERS;
    const leastMs = Math.min(one.silenceMs(bereftAnswers * one.answerMs, observers, this.#settings), mostMs);
    const isPlain = !one.isExcused && (this.#isClean(one) || this.#isWitnessed(one) || this.#sharesCause(one, cases));
    if (isPlain && this.#beats.hearsSince(one.evidenceMs, one.hub)) return leastMs;
    // Looked at again with every answer time.
    return Math.min(Math.max(leastMs, nowMs - one.evidenceMs + one.answerMs), mostMs);
  }

  /** Whether pings beside its link went unanswered, too, and that is no fault of this hub's: it hears somebody else, or has nobody else to hear. */
  #isPinged(one: Case): boolean {
    if (!one.hasDatagrams || one.reprieves > 0 || one.isExcused) return false;
    return this.#beats.hearsSince(one.evidenceMs, one.hub) || this.#beats.knowsOnly(one.hub);
  }

  /** Whether nobody needs to be asked: its link lost nothing before, and no other has begun to lose since. Who was heard by a witness in this
   *  silence has one bad link. */
  #isClean(one: Case): boolean {
    return one.reprieves === 0 && one.isClean && this.#health.isFair(one.evidenceMs);
  }

  /** Whether there are others that would have spoken here: the way to them does not lead through the accused. */
  #isWitnessed(one: Case): boolean {
    return one.reprieves === 0 && one.watchers.some((hub) => this.#beats.reaches(hub, one.hub));
  }

  /** Others fell silent at about the same time, and still are: by the word of their observers, and twice as sure where this hub is one. */
  #sharesCause(one: Case, cases: Iterable<Case>): boolean {
    let fallen = 0;
    for (const other of cases) {
      if (other === one || (other.state !== "suspect" && other.state !== "dead")) continue;
      if (Math.abs(other.accusedMs - one.accusedMs) > this.#settings.sharedCauseMs) continue;
      fallen += other.evidence === undefined ? 1 : 2;
      if (fallen >= SHARED_CAUSE_FALLEN) return true;
    }
    return false;
  }
}
