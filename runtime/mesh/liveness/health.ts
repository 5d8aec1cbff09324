/**
 * How far this hub may trust its own ears: Lifeguard's local health multiplier (Dadgar et al. 2018, §IV-A). Pure.
 * A hub that is stopped, starved or cut off itself hears nobody, and must not accuse the others of it.
 */

/** Points are taken back one at a time while all goes well. Unit: ms. */
const HEAL_EVERY_MS = 1000;
/** A beat and its answer. Unit: ms. */
const LATE_FOR_MS = 1500;
/** Of the last 16 answers or so, over all links: what spoils one of them (an air full of neighbours' Wi-Fi) spoils the others. */
const LATE_GAIN = 1 / 16;
/** One late answer in 16 happens on a good day. */
const LATE_SHARE_USUAL = 1 / 16;
/** At 10 % loss a fifth of the answers is late: then the floor is 2.5 times as high, above a second retransmission. */
const LATE_WEIGHT = 12;

export class LocalHealth {
  #points = 0;
  #healedMs = 0;
  #lateMs = Number.NEGATIVE_INFINITY;
  #lateShare = 0;
  #lateAnswerMs = Number.NEGATIVE_INFINITY;
  #heldMs = 0;

  constructor(readonly multiplierMax: number) {}

  /** 1 (well) … `multiplierMax`: all times that lead to an accusation are multiplied by it. */
  get multiplier(): number {
    return this.#points + 1;
  }

  /** ≥ 1: how much more time than usual answers are given at the least, in this hub's weather. A link's own estimate follows
   *  too, but needs some ten answers; this one has those of all links. */
  get patience(): number {
    return 1 + LATE_WEIGHT * this.loss;
  }

  /** How much more than usual all links lose together, of late. 0 … 1. */
  get loss(): number {
    return Math.max(0, this.#lateShare - LATE_SHARE_USUAL);
  }

  /** No more answers are late than usual. */
  get isCalm(): boolean {
    return this.#lateShare <= LATE_SHARE_USUAL;
  }

  /** An answer, or another's heartbeat, has come. */
  answered(isLate: boolean, nowMs: number): void {
    if (isLate) this.#lateAnswerMs = nowMs;
    this.#lateShare += LATE_GAIN * ((isLate ? 1 : 0) - this.#lateShare);
  }

  /** No answer was late since that moment, on any link, and no more than usual before: the weather is what it was. */
  isFair(sinceMs: number): boolean {
    return this.#lateAnswerMs < sinceMs && this.isCalm;
  }

  /** Its own timers came late: what it hears and says late now tells of its processor. @param forMs it was kept from it. */
  heldUp(nowMs: number, forMs = 0): void {
    this.#lateMs = nowMs;
    this.#heldMs += forMs;
  }

  /** How long it was kept from the processor since it began: time in which nobody was heard. Unit: ms. */
  get heldMs(): number {
    return this.#heldMs;
  }

  isLate(nowMs: number): boolean {
    return nowMs - this.#lateMs < LATE_FOR_MS;
  }

  /** A late tick, silence from everybody at once, or having been accused. */
  hurt(nowMs: number): void {
    this.#points = Math.min(this.#points + 1, this.multiplierMax - 1);
    this.#healedMs = nowMs;
  }

  /** A ping was answered. */
  heal(nowMs: number): void {
    if (this.#points === 0 || nowMs - this.#healedMs < HEAL_EVERY_MS) return;
    this.#points -= 1;
    this.#healedMs = nowMs;
  }
}
