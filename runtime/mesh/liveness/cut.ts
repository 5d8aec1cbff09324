/**
 * One loss, one announcement, after Rapid's cut detection (Suresh et al. 2018, §4.2). Pure.
 * A hub under the low watermark has no accuser here; one above the high watermark is decided; while there is any between
 * them, those decided wait for it, but not for long.
 */
import type { Case } from "./case.js";

export class CutBatch {
  #decided: Case[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(readonly holdMs: number) {}

  get deadlineMs(): number {
    return this.#dueMs;
  }

  add(decided: Case, nowMs: number): void {
    if (this.#decided.length === 0) this.#dueMs = nowMs + this.holdMs;
    if (!this.#decided.includes(decided)) this.#decided.push(decided);
  }

  /** What they waited for has come to nothing. */
  hurry(nowMs: number): void {
    if (this.#decided.length > 0) this.#dueMs = nowMs;
  }

  /** @param isStable nothing is between the watermarks.
   *  @returns those to be announced now; one that was acquitted meanwhile is not among them. */
  take(isStable: boolean, nowMs: number): readonly Case[] {
    if (this.#decided.length === 0 || (!isStable && nowMs < this.#dueMs)) return [];
    const ready = this.#decided.filter((one) => one.decided);
    this.#decided = [];
    this.#dueMs = Number.POSITIVE_INFINITY;
    return ready;
  }
}
