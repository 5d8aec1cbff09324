/**
 * The shape of every protocol machine (sans-IO). The hub and the simulator are two drivers of the same machines:
 * they pass time and randomness in, carry out the effects in order, and call `handle({ type: "tick" })` when
 * `deadlineMs` has passed.
 */
import type { Rng } from "./time.js";

export interface Machine<Input, Effect> {
  /** Never async, never I/O. A remote's mistake is a counted drop; a local caller's mistake throws. */
  handle(input: Input, nowMs: number, rng: Rng): readonly Effect[];
  /** Monotonic time at which the machine wants a tick; undefined when it waits for input alone. Unit: ms. */
  readonly deadlineMs: number | undefined;
}

export interface Tick {
  readonly type: "tick";
}
