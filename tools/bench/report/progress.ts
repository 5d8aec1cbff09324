/** How far something that takes long is: a line that is rewritten on a terminal, elsewhere one now and then. On standard error. */

const ELSEWHERE_EVERY_MS = 15_000;

export class Progress {
  readonly #startedMs = performance.now();
  #saidMs = this.#startedMs;
  #isOpen = false;

  /** Since it began. Unit: ms. */
  get elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  say(what: string): void {
    const line = `  ${(this.elapsedMs / 1000).toFixed(0).padStart(5)} s  ${what}`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[K${line}`);
      this.#isOpen = true;
    } else if (performance.now() - this.#saidMs >= ELSEWHERE_EVERY_MS) {
      this.#saidMs = performance.now();
      process.stderr.write(`${line}\n`);
    }
  }

  /** What comes next has its own line. */
  end(): void {
    if (this.#isOpen) process.stderr.write("\r\x1b[K");
    this.#isOpen = false;
  }
}
