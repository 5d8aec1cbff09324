/**
 * Entries in order, with sums of their hashes over any range. Pure.
 * A list of blocks, each with its sum: a change and a range cost a search and one block, O(√n) at the sizes here (157 blocks
 * of 64 at 10,000 entries), and an entry costs 8 to 16 bytes beside itself. A balanced tree would need a node for each.
 *
 * The sum is taken mod 2^256 over SHA-256 hashes (as Negentropy does). Finding entries that cancel is a generalised birthday
 * problem (Wagner 2002): with the few keys that one member may write it stays far out of reach, where a XOR would fall to
 * linear algebra with 256 of them.
 */
import type { Position } from "../../core/messages-state.js";
import { compareEntries, type Entry, HASH_WORDS } from "./entry.js";

interface Block {
  readonly entries: Entry[];
  readonly sum: Uint32Array;
}

/** Measured: 64 to 256 make no difference of more than a tenth at 10,000 entries. */
const BLOCK_ENTRIES_MAX = 128;

/** Of a range: the sum of the hashes, and how many there are. */
export interface Summary {
  readonly sum: Uint32Array;
  count: number;
}

export class ItemSet {
  readonly #blocks: Block[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const { entries } of this.#blocks) yield* entries;
  }

  get(position: Position, registry: number, key: string): Entry | undefined {
    for (const entry of this.between(position, position + 1)) {
      if (entry.registry === registry && entry.key === key) return entry;
    }
    return undefined;
  }

  /** Takes the place of the entry with the same registry and key.
   *  @returns that one, if there was one. */
  set(entry: Entry): Entry | undefined {
    const block = this.#blockFor(entry);
    const index = firstNotBefore(block.entries, entry);
    const known = block.entries[index];
    addWords(block.sum, entry.words);
    if (known !== undefined && compareEntries(known, entry) === 0) {
      subtractWords(block.sum, known.words);
      block.entries[index] = entry;
      return known;
    }
    block.entries.splice(index, 0, entry);
    this.#size += 1;
    if (block.entries.length > BLOCK_ENTRIES_MAX) this.#split(block);
    return undefined;
  }

  delete(entry: Entry): boolean {
    const block = this.#blockFor(entry);
    const index = firstNotBefore(block.entries, entry);
    const known = block.entries[index];
    if (known === undefined || compareEntries(known, entry) !== 0) return false;
    subtractWords(block.sum, known.words);
    block.entries.splice(index, 1);
    this.#size -= 1;
    if (block.entries.length === 0) this.#blocks.splice(this.#blocks.indexOf(block), 1);
    return true;
  }

  /** The last of that registry's entries. */
  lastOf(registry: number): Entry | undefined {
    for (let at = this.#blocks.length - 1; at >= 0; at--) {
      const last = this.#blocks[at]?.entries.findLast((entry) => entry.registry === registry);
      if (last !== undefined) return last;
    }
    return undefined;
  }

  /** In order, from `lower` up to `upper`, which is not part of it. The set must not change meanwhile. */
  *between(lower: Position, upper: Position): Generator<Entry> {
    for (let at = this.#blockAt(lower); at < this.#blocks.length; at++) {
      for (const entry of this.#blocks[at]?.entries ?? []) {
        if (entry.position >= upper) return;
        if (entry.position >= lower) yield entry;
      }
    }
  }

  summary(lower: Position, upper: Position): Summary {
    const summary: Summary = { sum: new Uint32Array(HASH_WORDS), count: 0 };
    for (let at = this.#blockAt(lower); at < this.#blocks.length; at++) {
      const block = this.#blocks[at];
      if (block === undefined || (block.entries[0]?.position ?? upper) >= upper) break;
      addBlock(summary, block, lower, upper);
    }
    return summary;
  }

  /** Positions that part the range into `parts` of about equal numbers: fewer when several entries share a position.
   *  The lower bound is not among them, the upper one is the last. */
  cuts(lower: Position, upper: Position, count: number, parts: number): Position[] {
    const cuts: Position[] = [];
    let part = 1;
    let index = 0;
    let before = lower;
    for (const { position } of this.between(lower, upper)) {
      if (part < parts && index >= Math.round((part * count) / parts)) {
        part += 1;
        if (position > before) cuts.push(shortest(before, position));
      }
      before = position;
      index += 1;
    }
    cuts.push(upper);
    return cuts;
  }

  /** The last block that begins at or before the position. */
  #blockAt(position: Position): number {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#blocks[middle]?.entries[0]?.position ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  #blockFor(entry: Entry): Block {
    let [low, high] = [0, this.#blocks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const first = this.#blocks[middle]?.entries[0];
      if (first !== undefined && compareEntries(first, entry) <= 0) low = middle + 1;
      else high = middle;
    }
    const found = this.#blocks[Math.max(0, low - 1)];
    if (found !== undefined) return found;
    const block: Block = { entries: [], sum: new Uint32Array(HASH_WORDS) };
    this.#blocks.push(block);
    return block;
  }

  #split(block: Block): void {
    const entries = block.entries.splice(BLOCK_ENTRIES_MAX / 2);
    const sum = new Uint32Array(HASH_WORDS);
    for (const { words } of entries) addWords(sum, words);
    subtractWords(block.sum, sum);
    this.#blocks.splice(this.#blocks.indexOf(block) + 1, 0, { entries, sum });
  }
}

function addBlock(summary: Summary, { entries, sum }: Block, lower: Position, upper: Position): void {
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined) return;
  if (first.position >= lower && last.position < upper) {
    addWords(summary.sum, sum);
    summary.count += entries.length;
    return;
  }
  for (const { position, words } of entries) {
    if (position < lower || position >= upper) continue;
    addWords(summary.sum, words);
    summary.count += 1;
  }
}

function firstNotBefore(entries: readonly Entry[], entry: Entry): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = entries[middle];
    if (one !== undefined && compareEntries(one, entry) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of the positions after `before` up to `position` the one with the most zero bytes at its end: short on the wire. */
export function shortest(before: Position, position: Position): Position {
  for (let unit = 2 ** 40; unit > 1; unit /= 256) {
    const rounded = Math.floor(position / unit) * unit;
    if (rounded > before) return rounded;
  }
  return position;
}

function addWords(sum: Uint32Array, words: Uint32Array): void {
  let carry = 0;
  for (let i = HASH_WORDS - 1; i >= 0; i--) {
    const total = (sum[i] ?? 0) + (words[i] ?? 0) + carry;
    sum[i] = total;
    carry = total > 0xffff_ffff ? 1 : 0;
  }
}

function subtractWords(sum: Uint32Array, words: Uint32Array): void {
  let borrow = 0;
  for (let i = HASH_WORDS - 1; i >= 0; i--) {
    const total = (sum[i] ?? 0) - (words[i] ?? 0) - borrow;
    sum[i] = total;
    borrow = total < 0 ? 1 : 0;
  }
}
