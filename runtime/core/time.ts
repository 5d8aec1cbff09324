/**
 * Time. Pure rooms are told what time it is; only a driver owns a clock.
 * Monotonic milliseconds order events on one hub; wall milliseconds say when a reading was taken.
 */
export interface Clock {
  /** Monotonic since an arbitrary origin. Unit: ms, fractions allowed. */
  nowMs(): number;
  /** Since 1970-01-01T00:00:00Z. May jump. Unit: ms, whole. */
  wallMs(): number;
}

/** Fills and returns an array of random bytes. The simulator passes a seeded one. */
export type Rng = (length: number) => Uint8Array;
