/** A clock that stands still, and timers that run when it is moved. */
import type { Timers } from "../../../firmware-bridge/ble/replay-source.js";
import type { Clock } from "../../../runtime/core/time.js";

export class ManualTime implements Clock, Timers {
  #nowMs = 1_000;
  #timers: { run: () => void; atMs: number }[] = [];

  nowMs(): number {
    return this.#nowMs;
  }
  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }
  set(run: () => void, delayMs: number): unknown {
    const timer = { run, atMs: this.#nowMs + delayMs };
    this.#timers.push(timer);
    return timer;
  }
  clear(handle: unknown): void {
    this.#timers = this.#timers.filter((timer) => timer !== handle);
  }
  get waiting(): number {
    return this.#timers.length;
  }

  /** Moves on and runs what is due, in order, with everything that follows from it. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await turn();
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (!next) break;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      this.clear(next);
      next.run();
      await turn();
    }
    this.#nowMs = endMs;
  }

  /** Time passes, and nobody could do anything meanwhile: a stalled process. */
  async stall(ms: number): Promise<void> {
    this.#nowMs += ms;
    await this.advance(0);
  }
}

/** Lets everything that is ready run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
