/** A token bucket: so many at once, so many a second in the long run. Pure. */
export class TokenBucket {
  #tokens: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly burst: number,
    readonly perSecond: number,
  ) {
    this.#tokens = burst;
  }

  /** @returns whether there was one. */
  take(nowMs: number): boolean {
    const filled = this.#tokens + ((nowMs - this.#atMs) / 1000) * this.perSecond;
    this.#tokens = Math.min(this.burst, filled);
    this.#atMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
