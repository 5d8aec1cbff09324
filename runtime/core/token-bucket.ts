/** A token bucket: so much per second, and a burst saved up from quiet times. Pure. */

/** What is missing by less than this is there: `readyMs` and `take` compute it by different roads. Unit: tokens. */
const ROUNDING = 1e-6;

export class TokenBucket {
  #tokens: number;
  #filledMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly perSecond: number,
    readonly burst: number,
  ) {
    if (!(perSecond > 0 && burst > 0)) throw new RangeError("a bucket needs a rate and a burst");
    this.#tokens = burst;
  }

  /** @returns whether there were enough; only then are they gone. */
  take(nowMs: number, tokens = 1): boolean {
    this.#fill(nowMs);
    if (this.#tokens < tokens - ROUNDING) return false;
    this.#tokens = Math.max(0, this.#tokens - tokens);
    return true;
  }

  /** When that many will be there, at least 1 ms from now if they are not: a shorter wait is lost in rounding. More than the burst never
   *  are there at once: then when the bucket is full. Unit: ms. */
  readyMs(nowMs: number, tokens = 1): number {
    this.#fill(nowMs);
    const missing = Math.min(tokens, this.burst) - this.#tokens;
    return missing <= 0 ? nowMs : nowMs + Math.max(1, (missing / this.perSecond) * 1000);
  }

  #fill(nowMs: number): void {
    if (nowMs <= this.#filledMs) return;
    if (this.#filledMs !== Number.NEGATIVE_INFINITY)
      this.#tokens = Math.min(this.burst, this.#tokens + ((nowMs - this.#filledMs) / 1000) * this.perSecond);
    this.#filledMs = nowMs;
  }
}
