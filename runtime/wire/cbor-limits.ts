/**
 * Walks the bytes of one CBOR item before a decoder allocates anything for it. Pure.
 * Source: RFC 8949 §3 and §4.2.1 (core deterministic encoding), narrowed to the profile of PROTOCOL.md §2: what passes
 * is bounded, has one encoding only, and holds nothing but integers, float64, text, bytes, arrays, maps, false, true and null.
 */
import type { FrameProblem, ProblemCode } from "./problems.js";

export interface CborLimits {
  readonly bytesMax: number;
  readonly depthMax: number;
  /** Every integer, text, array, … counts one, keys too, and a map four: an item of one byte costs many in memory. */
  readonly itemsMax: number;
  readonly textBytesMax: number;
}

/** @returns undefined when exactly one item of the profile fills `bytes`. */
export function checkCbor(bytes: Uint8Array, limits: CborLimits): FrameProblem | undefined {
  if (bytes.length > limits.bytesMax) {
    return { problem: "TOO_LARGE", detail: `${bytes.length} bytes, at most ${limits.bytesMax}` };
  }
  const scan = new Scan(bytes, limits);
  scan.item(1);
  if (scan.problem === undefined && scan.at < bytes.length) scan.fail("TRAILING");
  return scan.problem === undefined ? undefined : { problem: scan.problem, detail: `at byte ${scan.at}` };
}

/** The smallest value that needs 1, 2, 4 or 8 bytes after the head. */
const SHORTER_FORMS_END = [24, 0x100, 0x1_0000, 0x1_0000_0000];

/** One walk. After a problem nothing advances: every caller returns at once. */
class Scan {
  at = 0;
  problem: ProblemCode | undefined;
  #items = 0;
  /** The argument of the head read last: a value, a length or a count. */
  #argument = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly limits: CborLimits,
  ) {}

  fail(problem: ProblemCode): false {
    this.problem ??= problem;
    return false;
  }

  item(depth: number): boolean {
    const first = this.bytes[this.at];
    if (first === undefined) return this.fail("TRUNCATED");
    if (++this.#items > this.limits.itemsMax) return this.fail("TOO_MANY_ITEMS");
    // One byte, nothing to check: integers −24 … 23.
    if (first < 0x18 || (first >= 0x20 && first < 0x38)) {
      this.at += 1;
      return true;
    }
    const major = first >> 5;
    if (major === 7) return this.#simpleOrFloat(first);
    if (major === 6) return this.fail("TAG");
    if (!this.#head(first & 0x1f)) return false;
    if (major <= 1) return true;
    if (major === 2) return this.#skip();
    if (major === 3) return this.#text();
    return major === 4 ? this.#array(depth) : this.#map(depth);
  }

  #head(info: number): boolean {
    if (info < 24) {
      this.#argument = info;
      this.at += 1;
      return true;
    }
    if (info > 27) return this.fail(info === 31 ? "INDEFINITE" : "RESERVED");
    const width = 1 << (info - 24);
    if (this.at + width >= this.bytes.length) return this.fail("TRUNCATED");
    let value = 0;
    for (let i = 1; i <= width; i++) value = value * 256 + (this.bytes[this.at + i] ?? 0);
    // −1 − argument must be safe too, so the bound for negatives is one less; a float holds what is beyond.
    const negative = (this.bytes[this.at] ?? 0) >> 5 === 1;
    if (value > Number.MAX_SAFE_INTEGER - (negative ? 1 : 0)) return this.fail("INTEGER_RANGE");
    if (value < (SHORTER_FORMS_END[info - 24] ?? 0)) return this.fail("NOT_CANONICAL");
    this.#argument = value;
    this.at += 1 + width;
    return true;
  }

  #skip(): boolean {
    if (this.#argument > this.bytes.length - this.at) return this.fail("TRUNCATED");
    this.at += this.#argument;
    return true;
  }

  #text(): boolean {
    const length = this.#argument;
    if (length > this.limits.textBytesMax) return this.fail("TEXT_TOO_LONG");
    if (length > this.bytes.length - this.at) return this.fail("TRUNCATED");
    const end = this.at + length;
    let at = this.at;
    while (at < end && (this.bytes[at] ?? 0) < 0x80) at++;
    if (at < end && !isUtf8(this.bytes, this.at, at, end)) return this.fail("TEXT_INVALID");
    this.at = end;
    return true;
  }

  #array(depth: number): boolean {
    const count = this.#argument;
    if (depth > this.limits.depthMax) return this.fail("TOO_DEEP");
    // An item is at least a byte: a count beyond what is left is a lie, however little was sent.
    if (count > this.bytes.length - this.at) return this.fail("TRUNCATED");
    for (let i = 0; i < count; i++) if (!this.item(depth + 1)) return false;
    return true;
  }

  #map(depth: number): boolean {
    const count = this.#argument;
    if (depth > this.limits.depthMax) return this.fail("TOO_DEEP");
    if (count * 2 > this.bytes.length - this.at) return this.fail("TRUNCATED");
    this.#items += 3;
    let previous = -1;
    let previousEnd = -1;
    for (let i = 0; i < count; i++) {
      const start = this.at;
      const major = (this.bytes[start] ?? 0xff) >> 5;
      if (major !== 0 && major !== 1 && major !== 3)
        return this.fail(start < this.bytes.length ? "BAD_KEY" : "TRUNCATED");
      if (!this.item(depth + 1)) return false;
      if (previous >= 0) {
        const order = compareRanges(this.bytes, previous, previousEnd, start, this.at);
        if (order >= 0) return this.fail(order === 0 ? "DUPLICATE_KEY" : "NOT_CANONICAL");
      }
      previous = start;
      previousEnd = this.at;
      if (!this.item(depth + 1)) return false;
    }
    return true;
  }

  #simpleOrFloat(first: number): boolean {
    if (first >= 0xf4 && first <= 0xf6) {
      this.at += 1;
      return true;
    }
    if (first === 0xff) return this.fail("INDEFINITE");
    if (first !== 0xfb) return this.fail(first === 0xf9 || first === 0xfa ? "FLOAT" : "SIMPLE");
    if (this.at + 9 > this.bytes.length) return this.fail("TRUNCATED");
    const value = readFloat64(this.bytes, this.at + 1);
    if (!Number.isFinite(value)) return this.fail("FLOAT");
    // What an integer can say, an integer says; −0 is among it.
    if (Number.isSafeInteger(value)) return this.fail("NOT_CANONICAL");
    this.at += 9;
    return true;
  }
}

const floatBytes = new Uint8Array(8);
const floatView = new DataView(floatBytes.buffer);

function readFloat64(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) floatBytes[i] = bytes[at + i] ?? 0;
  return floatView.getFloat64(0);
}

function compareRanges(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const shared = Math.min(aEnd - a, bEnd - b);
  for (let i = 0; i < shared; i++) {
    const order = (bytes[a + i] ?? 0) - (bytes[b + i] ?? 0);
    if (order !== 0) return order;
  }
  return aEnd - a - (bEnd - b);
}

/** RFC 3629 §4: no overlong forms, no surrogates, nothing above U+10FFFF. `at` is the first byte that is not ASCII. */
function isUtf8(bytes: Uint8Array, start: number, at: number, end: number): boolean {
  // Decoders differ on whether a leading byte order mark is part of the text; cbor-x drops it from 65 bytes on.
  if (at === start && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) return false;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      at += 1;
      continue;
    }
    const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || at + length > end) return false;
    const second = bytes[at + 1] ?? 0;
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (let i = 2; i < length; i++) if (((bytes[at + i] ?? 0) & 0xc0) !== 0x80) return false;
    at += length;
  }
  return true;
}
