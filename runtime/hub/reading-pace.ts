/**
 * How fast this hub tells its cell what its sensors say. Pure. Tags that speak every second would by the dozen use up what others take
 * from one hub (`originRate` of mesh/broadcast/settings.ts), and the news of a detection with it. So the first few go at once; beyond
 * that the newest of each sensor waits its turn, those that have waited longest first, and what it replaces stays in this hub's history.
 */
import type { MessageOf } from "../core/messages.js";
import { TokenBucket } from "../mesh/forwarding/token-bucket.js";

export type ReadingBody = MessageOf<"READING">;

/** Sustained, and at once: half of what others take from a hub. Unit: per second; count. */
const PER_SECOND = 5;
const BURST = 50;
/** Sensors, each with what it says in one message; the one that has waited longest is dropped. */
const WAITING_MAX = 512;

export class ReadingPace {
  readonly #bucket = new TokenBucket(PER_SECOND, BURST);
  /** In the order of their turns: what replaces another takes its turn. */
  readonly #waiting = new Map<string, ReadingBody>();

  /** @returns whether it is to be told now; if not, it waits. */
  admit(body: ReadingBody, nowMs: number): boolean {
    if (this.#waiting.size === 0 && this.#bucket.take(nowMs)) return true;
    this.#waiting.set(nameOf(body), body);
    const first = this.#waiting.keys().next().value;
    if (this.#waiting.size > WAITING_MAX && first !== undefined) this.#waiting.delete(first);
    return false;
  }

  /** @returns those whose turn has come. */
  due(nowMs: number): ReadingBody[] {
    const due: ReadingBody[] = [];
    for (const [name, body] of this.#waiting) {
      if (!this.#bucket.take(nowMs)) break;
      this.#waiting.delete(name);
      due.push(body);
    }
    return due;
  }
}

/** A sensor may say one quantity now and another then. */
function nameOf({ sensor, readings }: ReadingBody): string {
  return [sensor, ...readings.map(({ quantity, index }) => `${quantity}${index}`)].join();
}
