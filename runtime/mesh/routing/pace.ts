/** When the next round of messages goes out: at once after a quiet time, less and less often under churn that lasts. */
import type { RoutingSettings } from "./settings.js";

const NEVER = Number.POSITIVE_INFINITY;
/** A pause this many times the longest gap, and the next change finds a fresh burst. */
const REST_GAPS = 5;

export class Pace {
  #soonMs = NEVER;
  #laterMs = NEVER;
  #lastMs = Number.NEGATIVE_INFINITY;
  #inARow = 0;

  constructor(readonly settings: RoutingSettings) {}

  /** Unit: ms. */
  get dueMs(): number {
    return Math.min(this.#soonMs, this.#laterMs);
  }

  want(urgent: boolean, nowMs: number): void {
    const { flushDelayMs, relaxedDelayMs } = this.settings;
    const dueMs = Math.max(nowMs + (urgent ? flushDelayMs : relaxedDelayMs), this.#lastMs + this.#gapMs());
    if (urgent) this.#soonMs = Math.min(this.#soonMs, dueMs);
    else this.#laterMs = Math.min(this.#laterMs, dueMs);
  }

  /** Whether what can wait has waited long enough: half of the time where a round goes out anyway. */
  isAllDue(nowMs: number): boolean {
    return this.#laterMs <= nowMs + this.settings.relaxedDelayMs / 2;
  }

  /** @param all what can wait was said, too */
  flushed(nowMs: number, all: boolean): void {
    const { flushGapMaxMs } = this.settings;
    this.#inARow = nowMs - this.#lastMs > REST_GAPS * flushGapMaxMs ? 1 : this.#inARow + 1;
    this.#lastMs = nowMs;
    this.#soonMs = NEVER;
    if (all) this.#laterMs = NEVER;
  }

  #gapMs(): number {
    const { flushGapMs, flushGapMaxMs, flushBurst } = this.settings;
    if (this.#inARow <= flushBurst) return flushGapMs;
    return Math.min(flushGapMaxMs, flushGapMs * 2 ** (this.#inARow - flushBurst));
  }
}
