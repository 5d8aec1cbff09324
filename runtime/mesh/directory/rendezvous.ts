/**
 * Rendezvous hashing: everybody who knows the same candidates picks the same ones for a key, and a candidate that comes or goes
 * moves only the keys that were, or become, its own. Pure.
 * Thaler and Ravishankar, "Using name-based mappings to increase hit rates" (1998); RFC 8584 §3 uses it the same way. Weighted:
 * Schindelhauer and Schomaker (2005). Ids are digests, so a fast mixer is enough; who mints ids by the million can still choose
 * the keys that come to it, which is why what lies there is signed and lies in several places.
 */
import type { HubId } from "../../core/ids.js";

/** The k-th 32 bits of an id in hex. */
function word(id: string, k: number): number {
  let value = 0;
  for (let i = k * 8; i < k * 8 + 8; i++) {
    const code = id.charCodeAt(i);
    value = (value << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return value;
}

/** murmur3's 32-bit finaliser. */
function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** @param key an id; @param candidate an id.
 *  @returns uniform in (0, 1), 52 bits, the same everywhere for the same two. */
export function score(key: HubId, candidate: HubId): number {
  const a = mix(word(key, 0) ^ Math.imul(word(candidate, 0), 0x9e3779b1));
  const b = mix(a ^ word(key, 1) ^ Math.imul(word(candidate, 1), 0x9e3779b1));
  return ((b >>> 0) + (mix(a + b) >>> 12) / 0x10_0000 + 2 ** -21) / 0x1_0000_0000;
}

/** The candidates in first and second place. O(n). @returns undefined where there are fewer. */
export function chooseTwo(key: HubId, candidates: readonly HubId[]): readonly [HubId | undefined, HubId | undefined] {
  let first: HubId | undefined;
  let second: HubId | undefined;
  let firstScore = -1;
  let secondScore = -1;
  for (const candidate of candidates) {
    const own = score(key, candidate);
    if (own > firstScore) {
      second = first;
      secondScore = firstScore;
      first = candidate;
      firstScore = own;
    } else if (own > secondScore) {
      second = candidate;
      secondScore = own;
    }
  }
  return [first, second];
}
