/**
 * Frames that passed by a moment ago: one that comes again is on a loop, or was sent twice. Pure.
 * A direct-mapped table of 32-bit tags: a newer frame takes an older one's slot, and two frames share a tag once in 2^32.
 * The only harm of either is that a frame goes the other way round, or that one loop more is run.
 */
export class Transits {
  readonly #tags: Uint32Array;
  readonly #visits: Uint8Array;

  /** @param entriesMax a power of two. */
  constructor(entriesMax: number) {
    if (entriesMax < 1 || (entriesMax & (entriesMax - 1)) !== 0) throw new RangeError("not a power of two");
    this.#tags = new Uint32Array(entriesMax);
    this.#visits = new Uint8Array(entriesMax);
  }

  /** @returns how often this frame has come by, this time included. */
  visit(src: string, epoch: number, seq: number): number {
    const tag = tagOf(src, epoch, seq);
    const slot = tag & (this.#tags.length - 1);
    if (this.#tags[slot] !== tag) {
      this.#tags[slot] = tag;
      this.#visits[slot] = 1;
      return 1;
    }
    const visits = Math.min(255, (this.#visits[slot] ?? 0) + 1);
    this.#visits[slot] = visits;
    return visits;
  }
}

/** Ids are digests: eight of their digits are as good as the whole. Then murmur3's finaliser. */
function tagOf(src: string, epoch: number, seq: number): number {
  let hash = 0;
  for (let i = 0; i < 8; i++) hash = Math.imul(hash, 31) + src.charCodeAt(i);
  hash = Math.imul(hash ^ seq ^ Math.imul(epoch | 0, 0x9e3779b1), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash ^ (seq / 0x1_0000_0000), 0xc2b2ae35);
  hash ^= hash >>> 16;
  // 0 marks an empty slot.
  return hash >>> 0 || 1;
}
