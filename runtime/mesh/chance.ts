/** Draws from the random bytes that a driver passes in. Pure. */
import type { Rng } from "../core/time.js";

/** @returns 0 ≤ … < 1 in steps of 2^-32. */
export function fraction(rng: Rng): number {
  const [a = 0, b = 0, c = 0, d = 0] = rng(4);
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32;
}

/** @returns 0 … n − 1. */
export function below(rng: Rng, n: number): number {
  return Math.floor(fraction(rng) * n);
}

export function pick<T>(rng: Rng, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[below(rng, items.length)];
}

/** The first `count` of a Fisher–Yates shuffle; `items` is reordered. */
export function sample<T>(rng: Rng, items: T[], count: number): T[] {
  const taken = Math.min(count, items.length);
  for (let i = 0; i < taken; i++) {
    const j = i + below(rng, items.length - i);
    const swapped = items[j] as T;
    items[j] = items[i] as T;
    items[i] = swapped;
  }
  return items.slice(0, taken);
}

/** ± a quarter, so that hubs which failed together do not try again together. */
export function jittered(rng: Rng, ms: number): number {
  return ms * (0.75 + fraction(rng) / 2);
}

/** Steepness: of however many, up to e^STEEPNESS, about e^(STEEPNESS · t / mostMs) go within t of the first. */
const STEEPNESS = 6;

/** When one of many speaks that would all say the same, so that few do before they hear of the first: a truncated exponential
 *  distribution, as of the feedback timers of reliable multicast (Nonnenmacher and Biersack 1999; RFC 5401 §5.1.2).
 *  @param drawn evenly, 0 ≤ … < 1. @returns 0 … `mostMs`, rather late than soon. */
export function suppressionMs(drawn: number, mostMs: number): number {
  return (mostMs * Math.log1p(drawn * Math.expm1(STEEPNESS))) / STEEPNESS;
}
