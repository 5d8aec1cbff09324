/** Two ends of a sealed stream or session over a channel that loses, doubles and delays, in virtual time. */
import type { StreamEnd } from "../../runtime/wire/sealed-stream.js";

/** Either a bare stream or a whole session. */
export interface End {
  readonly deadlineMs: number;
  write(frame: Uint8Array, nowMs: number): boolean;
  receive(bytes: Uint8Array, nowMs: number): void;
  tick(nowMs: number): void;
  close(): void;
}

export interface EndEvents {
  packet(bytes: Uint8Array): void;
  frame(frame: Uint8Array): void;
  ended(reason: StreamEnd): void;
}

/** What becomes of the n-th packet: after which delays it arrives; none: lost. Unit: ms. */
export type Fate = (n: number, nowMs: number) => readonly number[];

interface Flying {
  readonly atMs: number;
  readonly order: number;
  readonly to: 0 | 1;
  readonly bytes: Uint8Array;
}

export class SealedNet {
  nowMs = 0;
  packets = 0;
  bytes = 0;
  readonly ends: readonly [End, End];
  readonly frames: readonly [Uint8Array[], Uint8Array[]] = [[], []];
  readonly ended: [StreamEnd | undefined, StreamEnd | undefined] = [undefined, undefined];
  readonly #flying: Flying[] = [];
  #order = 0;

  constructor(
    create: (events: EndEvents, at: 0 | 1) => End,
    readonly fate: Fate,
  ) {
    const events = (at: 0 | 1): EndEvents => ({
      packet: (bytes) => this.#send(at === 0 ? 1 : 0, bytes),
      frame: (frame) => this.frames[at].push(frame.slice()),
      ended: (reason) => {
        this.ended[at] = reason;
      },
    });
    this.ends = [create(events(0), 0), create(events(1), 1)];
  }

  /** Runs until nothing is to be done, or the time is over. */
  run(untilMs: number, stop: () => boolean = () => false): void {
    while (!stop()) {
      const next = this.#flying.reduce<Flying | undefined>(
        (best, one) => (best === undefined || isBefore(one, best) ? one : best),
        undefined,
      );
      const atMs = Math.min(next?.atMs ?? Number.POSITIVE_INFINITY, ...this.ends.map(({ deadlineMs }) => deadlineMs));
      if (atMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, atMs);
      if (next !== undefined && next.atMs <= this.nowMs) {
        this.#flying.splice(this.#flying.indexOf(next), 1);
        this.ends[next.to].receive(next.bytes, this.nowMs);
      } else for (const end of this.ends) if (end.deadlineMs <= this.nowMs) end.tick(this.nowMs);
    }
    if (!stop()) this.nowMs = Math.max(this.nowMs, untilMs);
  }

  /** A packet of somebody else's making. */
  inject(to: 0 | 1, bytes: Uint8Array): void {
    this.ends[to].receive(bytes, this.nowMs);
  }

  #send(to: 0 | 1, bytes: Uint8Array): void {
    this.bytes += bytes.length;
    for (const delayMs of this.fate(this.packets++, this.nowMs)) {
      this.#flying.push({ atMs: this.nowMs + delayMs, order: this.#order++, to, bytes });
    }
  }
}

function isBefore(a: Flying, b: Flying): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
