/** Pings of people and benches that wait for their echo. Not pure: timers. */
import type { HubId } from "../core/ids.js";
import type { Echo } from "../core/mesh-status.js";
import type { Clock } from "../core/time.js";

interface WaitingEcho {
  readonly to: HubId;
  readonly sentMs: number;
  readonly resolve: (echo: Echo | undefined) => void;
  readonly timer: NodeJS.Timeout;
}

const ECHOES_MAX = 1024;

export class Echoes {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, WaitingEcho>();
  #nonce = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param ask sends the ping with that nonce. @returns undefined when nothing came back in time, or too many wait already. */
  wait(to: HubId, timeoutMs: number, ask: (nonce: number) => void): Promise<Echo | undefined> {
    if (this.#waiting.size >= ECHOES_MAX) return Promise.resolve(undefined);
    this.#nonce = (this.#nonce + 1) >>> 0;
    const nonce = this.#nonce;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(nonce);
        resolve(undefined);
      }, timeoutMs);
      this.#waiting.set(nonce, { to, sentMs: this.#clock.nowMs(), resolve, timer });
      ask(nonce);
    });
  }

  /** @returns false for one that nobody waits for. */
  came(echo: { readonly nonce: number; readonly from: HubId; readonly hops: number }): boolean {
    const waiting = this.#waiting.get(echo.nonce);
    if (waiting === undefined || waiting.to !== echo.from) return false;
    this.#waiting.delete(echo.nonce);
    clearTimeout(waiting.timer);
    waiting.resolve({ hops: echo.hops, rttMs: this.#clock.nowMs() - waiting.sentMs });
    return true;
  }

  stop(): void {
    for (const { timer, resolve } of this.#waiting.values()) {
      clearTimeout(timer);
      resolve(undefined);
    }
    this.#waiting.clear();
  }
}
