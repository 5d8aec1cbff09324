/** The receiving half of a sealed session: segments in any order, and more than once → frames in order, each once. Pure. */
import { RANGES_MAX, type Range, SEGMENTS_AHEAD_MAX, WINDOW_BYTES } from "./sealed-packet.js";

const FRAME_BYTES_MAX = 64 * 1024;

/** "new": something is to be acknowledged soon; "again", "ahead": at once, since the sender may wait for it. */
export type Receipt = "new" | "again" | "ahead" | "violation";

interface Kept {
  readonly from: number;
  readonly bytes: Uint8Array;
}

export class SealedReceiver {
  /** Beyond the first gap, by offset. */
  #kept: Kept[] = [];
  #offset = 0;
  /** Of the frame's length. */
  #lengthBits = 0;
  #length = 0;
  #body: Uint8Array | undefined;
  #filled = 0;

  /** All bytes before it have arrived. */
  get offset(): number {
    return this.#offset;
  }

  /** What has arrived beyond gaps, nearest first. */
  ranges(): Range[] {
    const ranges: [number, number][] = [];
    for (const { from, bytes } of this.#kept) {
      const last = ranges.at(-1);
      if (last !== undefined && last[1] === from) last[1] = from + bytes.length;
      else if (ranges.length < RANGES_MAX) ranges.push([from, from + bytes.length]);
      else break;
    }
    return ranges;
  }

  /** @param take is handed each frame: a view of `bytes` or of a buffer of its own. Returns false to stop. */
  receive(from: number, bytes: Uint8Array, take: (frame: Uint8Array) => boolean): Receipt {
    const end = from + bytes.length;
    if (end > this.#offset + WINDOW_BYTES) return "violation";
    if (end <= this.#offset) return "again";
    // A sender keeps the borders of its segments: what begins behind and ends ahead comes from none of ours.
    if (from < this.#offset) return "violation";
    if (from > this.#offset) return this.#keep({ from, bytes });
    let next: Uint8Array | undefined = bytes;
    while (next !== undefined) {
      this.#offset += next.length;
      if (!this.#feed(next, take)) return "violation";
      next = this.#kept[0]?.from === this.#offset ? this.#kept.shift()?.bytes : undefined;
    }
    return (this.#kept[0]?.from ?? this.#offset) < this.#offset ? "violation" : "new";
  }

  #keep(segment: Kept): Receipt {
    const end = segment.from + segment.bytes.length;
    let at = this.#kept.length;
    while (at > 0 && (this.#kept[at - 1] as Kept).from >= segment.from) at -= 1;
    const [before, after] = [this.#kept[at - 1], this.#kept[at]];
    if (after?.from === segment.from) return after.bytes.length === segment.bytes.length ? "again" : "violation";
    if (before !== undefined && before.from + before.bytes.length > segment.from) return "violation";
    if (after !== undefined && after.from < end) return "violation";
    // Dropped, not refused: it comes again when there is room.
    if (this.#kept.length < SEGMENTS_AHEAD_MAX) this.#kept.splice(at, 0, segment);
    return "ahead";
  }

  /** @returns false when the bytes are not frames, or nobody wants more. */
  #feed(bytes: Uint8Array, take: (frame: Uint8Array) => boolean): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#body !== undefined) {
        const part = bytes.subarray(at, at + this.#body.length - this.#filled);
        this.#body.set(part, this.#filled);
        this.#filled += part.length;
        at += part.length;
        if (this.#filled < this.#body.length) return true;
        const body = this.#body;
        this.#body = undefined;
        if (!take(body)) return false;
        continue;
      }
      const byte = bytes[at++] as number;
      this.#length |= (byte & 0x7f) << this.#lengthBits;
      this.#lengthBits += 7;
      if (byte & 0x80) {
        if (this.#lengthBits > 14) return false;
        continue;
      }
      const length = this.#length;
      this.#length = 0;
      this.#lengthBits = 0;
      if (length > FRAME_BYTES_MAX) return false;
      if (at + length <= bytes.length) {
        at += length;
        if (!take(bytes.subarray(at - length, at))) return false;
      } else {
        this.#body = new Uint8Array(length);
        this.#filled = 0;
      }
    }
    return true;
  }
}
