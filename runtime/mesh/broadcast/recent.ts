/** How many of something there were lately: each counts for less as time goes by. Pure. */
export class Recent {
  #count = 0;
  #atMs = 0;

  /** @param spanMs after which one counts for 1/e. At n a second the count comes to n · spanMs / 1000. */
  constructor(readonly spanMs: number) {}

  add(nowMs: number): void {
    this.#count = this.at(nowMs) + 1;
    this.#atMs = nowMs;
  }

  at(nowMs: number): number {
    return this.#count * Math.exp((this.#atMs - nowMs) / this.spanMs);
  }
}
