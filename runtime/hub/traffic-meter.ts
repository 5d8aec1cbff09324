/** Frames and bytes of all links: since the start, and per second of late. */
import type { Traffic, TrafficView } from "../core/mesh-status.js";

/** Whole seconds that a rate is taken over: steady enough to read, quick enough to see a burst. */
const SECONDS = 10;
const FIELDS = 4;
/** Where each figure stands in a row. */
const SENT = 0;
const RECEIVED = 2;

export class TrafficMeter {
  readonly #total = new Float64Array(FIELDS);
  /** One row for each of the last seconds, and one for the second that runs. */
  readonly #rows = new Float64Array((SECONDS + 1) * FIELDS);
  readonly #startedSecond: number;
  #second: number;

  constructor(nowMs: number) {
    this.#second = Math.floor(nowMs / 1000);
    this.#startedSecond = this.#second;
  }

  sent(bytes: number, nowMs: number): void {
    this.#count(SENT, bytes, nowMs);
  }

  received(bytes: number, nowMs: number): void {
    this.#count(RECEIVED, bytes, nowMs);
  }

  view(nowMs: number): TrafficView {
    this.#turn(nowMs);
    const running = this.#rowOf(this.#second);
    const sums = new Float64Array(FIELDS);
    for (let at = 0; at < this.#rows.length; at++) {
      const isRunning = at >= running && at < running + FIELDS;
      if (!isRunning) sums[at % FIELDS] = (sums[at % FIELDS] ?? 0) + (this.#rows[at] ?? 0);
    }
    const seconds = Math.max(1, Math.min(SECONDS, this.#second - this.#startedSecond));
    return { total: figures(this.#total, 1), perSecond: figures(sums, seconds) };
  }

  #count(field: number, bytes: number, nowMs: number): void {
    this.#turn(nowMs);
    const row = this.#rowOf(this.#second) + field;
    this.#rows[row] = (this.#rows[row] ?? 0) + 1;
    this.#rows[row + 1] = (this.#rows[row + 1] ?? 0) + bytes;
    this.#total[field] = (this.#total[field] ?? 0) + 1;
    this.#total[field + 1] = (this.#total[field + 1] ?? 0) + bytes;
  }

  /** Empties the rows of the seconds that have begun since. */
  #turn(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    const first = Math.max(this.#second + 1, second - SECONDS);
    for (let fresh = first; fresh <= second; fresh++)
      this.#rows.fill(0, this.#rowOf(fresh), this.#rowOf(fresh) + FIELDS);
    if (second > this.#second) this.#second = second;
  }

  #rowOf(second: number): number {
    return (second % (SECONDS + 1)) * FIELDS;
  }
}

function figures(row: Float64Array, seconds: number): Traffic {
  const [framesSent, bytesSent, framesReceived, bytesReceived] = [...row].map(
    (sum) => Math.round((sum / seconds) * 10) / 10,
  ) as [number, number, number, number];
  return { framesSent, bytesSent, framesReceived, bytesReceived };
}
