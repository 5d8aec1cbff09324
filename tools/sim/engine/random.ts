/**
 * Seeded random numbers: sfc32 (Chris Doty-Humphrey, PractRand; public domain) with its state set by splitmix32. A stream of its own for each hub
 * and purpose, so that what one hub draws does not depend on how much the others drew.
 */
import type { Rng } from "../../../runtime/core/time.js";

const WORDS = 4;
/** As PractRand: the first outputs still show the seed. */
const WARM_UP = 12;

/** Many streams in one typed array: 16 bytes each. */
export class RandomStreams {
  readonly #state: Uint32Array;

  constructor(seed: number, streams: number) {
    this.#state = new Uint32Array(streams * WORDS);
    for (let stream = 0; stream < streams; stream++) {
      let mix = (Math.imul(seed, 0x9e37_79b1) ^ Math.imul(stream + 1, 0x85eb_ca77)) >>> 0;
      for (let word = 0; word < WORDS - 1; word++) {
        mix = (mix + 0x9e37_79b9) >>> 0;
        this.#state[stream * WORDS + word] = splitmix(mix ^ (word === 0 ? stream : seed));
      }
      this.#state[stream * WORDS + WORDS - 1] = 1;
      for (let i = 0; i < WARM_UP; i++) this.next(stream);
    }
  }

  /** @returns 32 random bits. */
  next(stream: number): number {
    const state = this.#state;
    const at = stream * WORDS;
    const a = state[at] as number;
    const b = state[at + 1] as number;
    const c = state[at + 2] as number;
    const d = state[at + 3] as number;
    const sum = (a + b + d) >>> 0;
    state[at + 3] = d + 1;
    state[at] = b ^ (b >>> 9);
    state[at + 1] = c + (c << 3);
    state[at + 2] = ((c << 21) | (c >>> 11)) + sum;
    return sum;
  }

  /** @returns in [0, 1). */
  uniform(stream: number): number {
    return this.next(stream) / 4_294_967_296;
  }

  bytes(stream: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let word = 0;
    for (let i = 0; i < length; i++) {
      if ((i & 3) === 0) word = this.next(stream);
      bytes[i] = word;
      word >>>= 8;
    }
    return bytes;
  }
}

/** One stream, for plans and topologies. */
export class Random {
  readonly #streams: RandomStreams;
  readonly rng: Rng = (length) => this.#streams.bytes(0, length);

  constructor(seed: number) {
    this.#streams = new RandomStreams(seed, 1);
  }

  /** In [0, 1). */
  uniform(): number {
    return this.#streams.uniform(0);
  }

  /** Whole, in [0, below). */
  whole(below: number): number {
    return Math.floor(this.uniform() * below);
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  /** In place (Fisher and Yates). */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.whole(i + 1);
      [items[i], items[j]] = [items[j] as T, items[i] as T];
    }
    return items;
  }

  /** @returns `count` different whole numbers below `below`, or all of them; in random order. */
  sample(count: number, below: number): number[] {
    if (count * 3 > below) {
      return this.shuffle(Array.from({ length: below }, (_, i) => i)).slice(0, count);
    }
    const chosen = new Set<number>();
    while (chosen.size < count) chosen.add(this.whole(below));
    return [...chosen];
  }
}

/** In [0, 1), from a few numbers that name the occasion: no state, so nothing to fetch, and no draw depends on another one. */
export function chance(seed: number, a: number, b: number, c: number): number {
  const mixed = splitmix(splitmix(splitmix(seed ^ Math.imul(a, 0x9e37_79b1)) ^ b) ^ Math.imul(c, 0x85eb_ca77));
  return mixed / 4_294_967_296;
}

/** splitmix32's finaliser. */
function splitmix(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x21f0_aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
