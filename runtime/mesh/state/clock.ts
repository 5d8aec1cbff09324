/**
 * Hybrid logical clock: Kulkarni, Demirbas, Madappa, Avva, Leone: Logical Physical Clocks (OPODIS 2014). Pure.
 * A stamp is close to the wall clock, and later than every stamp that its maker has seen. What is further ahead of the own wall
 * clock than `driftMaxMs` is refused: one wrong or hostile clock must not drag all others into the future, where its
 * writes would win for as long as it likes.
 */

export interface Stamp {
  /** Milliseconds since 1970, whole, below 2^48: until the year 10889. */
  readonly wallMs: number;
  /** Tells stamps of one millisecond apart: below 2^16. */
  readonly counter: number;
}

const WALL_MS_MAX = 2 ** 48 - 1;
const COUNTER_MAX = 2 ** 16 - 1;

export class HybridClock {
  #wallMs = 0;
  #counter = 0;

  constructor(readonly driftMaxMs: number) {}

  /** A stamp for a write of one's own: greater than all before and all observed. */
  next(wallMs: number): Stamp {
    this.#advance(Math.max(0, Math.floor(wallMs)));
    return { wallMs: this.#wallMs, counter: this.#counter };
  }

  /** @returns false when the stamp is too far ahead to be believed; the clock is then as it was. */
  observe(stamp: Stamp, wallMs: number): boolean {
    if (!this.isNear(stamp.wallMs, wallMs)) return false;
    if (stamp.wallMs > this.#wallMs) {
      this.#wallMs = stamp.wallMs;
      this.#counter = stamp.counter;
    } else if (stamp.wallMs === this.#wallMs) {
      this.#counter = Math.max(this.#counter, stamp.counter);
    }
    return true;
  }

  /** This clock has run off: the wall clock under it was wrong, and was put right. */
  isAhead(wallMs: number): boolean {
    return !this.isNear(this.#wallMs, wallMs);
  }

  /** Begins anew with the wall clock: what had been seen is not there any more. */
  reset(): void {
    this.#wallMs = 0;
    this.#counter = 0;
  }

  isNear(stampMs: number, wallMs: number): boolean {
    return stampMs <= wallMs + this.driftMaxMs;
  }

  #advance(wallMs: number): void {
    if (wallMs > this.#wallMs) {
      this.#wallMs = wallMs;
      this.#counter = 0;
    } else if (this.#counter < COUNTER_MAX) {
      this.#counter += 1;
    } else {
      // 65,536 writes within a millisecond, or a clock set back: borrow from the next one.
      this.#wallMs += 1;
      this.#counter = 0;
    }
  }
}

/** 8 bytes that sort as the stamps do. @throws RangeError when a part does not fit. */
export function encodeStamp({ wallMs, counter }: Stamp): Uint8Array {
  if (!isUint(wallMs, WALL_MS_MAX) || !isUint(counter, COUNTER_MAX)) throw new RangeError("not a stamp");
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(wallMs / 2 ** 16));
  view.setUint16(4, wallMs % 2 ** 16);
  view.setUint16(6, counter);
  return bytes;
}

/** @throws RangeError when it is not 8 bytes long. */
export function decodeStamp(bytes: Uint8Array): Stamp {
  if (bytes.length !== 8) throw new RangeError("a stamp has 8 bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return { wallMs: view.getUint32(0) * 2 ** 16 + view.getUint16(4), counter: view.getUint16(6) };
}

function isUint(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}
