/** One direction of a connection through the air. In order: a late segment holds back those behind it. */
import type { Socket } from "node:net";
import type { AirWeather } from "./air-weather.js";

/** Linux's smallest retransmission timeout; it doubles with every further loss of the same segment. Unit: ms. */
const RTO_MIN_MS = 200;
const RTO_MAX_MS = 12_800;
/** What may wait on its way before the sender is held back: a small home router's queue. */
const IN_FLIGHT_BYTES_MAX = 256 * 1024;

export interface StreamOptions {
  readonly source: Socket;
  readonly sink: Socket;
  readonly direction: "a-to-b" | "b-to-a";
  readonly weather: () => AirWeather;
  readonly random: () => number;
  /** The source has ended and everything has been passed on. */
  readonly ended: () => void;
}

interface Segment {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

export class Stream {
  readonly #options: StreamOptions;
  readonly #waiting: Segment[] = [];
  #bytesWaiting = 0;
  #lastDueMs = 0;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    const { source } = options;
    source.on("data", (bytes: Buffer) => this.#take(bytes));
    source.on("end", () => {
      this.#hasEnded = true;
      if (this.#waiting.length === 0) options.ended();
    });
    source.resume();
  }

  /** Passes on what is due. */
  flush(): void {
    const { source, sink } = this.#options;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isSilent()) return;
    const nowMs = performance.now();
    let passed = 0;
    for (const { bytes, dueMs } of this.#waiting) {
      if (dueMs > nowMs + 0.5) break;
      passed += 1;
      this.#bytesWaiting -= bytes.length;
      if (sink.writable) sink.write(bytes);
    }
    if (passed > 0) this.#waiting.splice(0, passed);
    if (this.#bytesWaiting < IN_FLIGHT_BYTES_MAX && source.isPaused()) source.resume();
    const next = this.#waiting[0];
    if (next !== undefined) this.#timer = setTimeout(() => this.flush(), Math.max(0, next.dueMs - nowMs));
    else if (this.#hasEnded) this.#options.ended();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #take(bytes: Buffer): void {
    const { source, weather } = this.#options;
    const { delayMs, loss } = weather();
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + delayMs + this.#retransmissionMs(loss));
    this.#waiting.push({ bytes, dueMs: this.#lastDueMs });
    this.#bytesWaiting += bytes.length;
    if (this.#bytesWaiting >= IN_FLIGHT_BYTES_MAX) source.pause();
    if (this.#timer === undefined) this.flush();
  }

  #isSilent(): boolean {
    const { silent } = this.#options.weather();
    return silent === "both" || silent === this.#options.direction;
  }

  #retransmissionMs(loss: number): number {
    let waitMs = 0;
    for (let rtoMs = RTO_MIN_MS; loss > 0 && this.#options.random() < loss && rtoMs <= RTO_MAX_MS; rtoMs *= 2)
      waitMs += rtoMs;
    return waitMs;
  }
}
