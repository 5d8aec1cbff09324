/** Random numbers from a seed (mulberry32), in the shapes that tests of the mesh need. */
import { bytesToHex } from "../../../runtime/core/bytes.js";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Rng } from "../../../runtime/core/time.js";

export interface Seeded {
  readonly rng: Rng;
  /** 0 ≤ … < 1 */
  fraction(): number;
  /** 0 … n − 1 */
  below(n: number): number;
}

export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const fraction = (): number => next() / 2 ** 32;
  return {
    rng: (length) => Uint8Array.from({ length }, () => next() & 255),
    fraction,
    below: (n) => Math.floor(fraction() * n),
  };
}

/** Ids in no order, so that nothing rests on the order of creation. */
export function hubAt(index: number): HubId {
  const { rng } = seeded(index * 2_654_435_761 + 12_345);
  return bytesToHex(rng(16)) as HubId;
}
