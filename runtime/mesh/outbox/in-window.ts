/**
 * Which parcels of one origin's stream have arrived: a floor, below which all is settled, and a bit for each number above it. Pure.
 * The sender says which of its parcels are still open, so the window never guesses: what it has not seen is new, for ever.
 */
import { PARCEL_WINDOW } from "../../core/messages-outbox.js";

export type Arrival = "new" | "duplicate" | "ahead";

const BYTES = PARCEL_WINDOW / 8;

export class InWindow {
  stream: number;
  #floor: number;
  /** Bit n of byte m is the number floor + 1 + 8 m + n. Grows as needed. */
  #bits: Uint8Array;

  constructor(stream: number, floor: number, above: Uint8Array = new Uint8Array(0)) {
    this.stream = stream;
    this.#floor = floor;
    this.#bits = above.slice(0, BYTES);
    this.#settle();
  }

  get floor(): number {
    return this.#floor;
  }

  /** Without the zeros at the end. */
  above(): Uint8Array {
    let length = this.#bits.length;
    while (length > 0 && this.#bits[length - 1] === 0) length -= 1;
    return this.#bits.slice(0, length);
  }

  arrive(number: number): Arrival {
    const at = number - this.#floor - 1;
    if (at < 0 || this.#has(at)) return "duplicate";
    if (at >= PARCEL_WINDOW) return "ahead";
    const byte = at >> 3;
    if (byte >= this.#bits.length) {
      const grown = new Uint8Array(Math.min(BYTES, Math.max(8, 2 * byte + 1)));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[byte] = (this.#bits[byte] ?? 0) | (1 << (at & 7));
    this.#settle();
    return "new";
  }

  /** The origin will never send these again. */
  settleUpTo(number: number): void {
    if (number <= this.#floor) return;
    this.#shift(number - this.#floor);
    this.#settle();
  }

  #has(at: number): boolean {
    return ((this.#bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }

  /** What has arrived right above the floor belongs below it. */
  #settle(): void {
    let run = 0;
    while (run < PARCEL_WINDOW && this.#has(run)) run += 1;
    // Whole bytes, so that a shift is a copy and happens once in eight arrivals; the rest stays as bits.
    if (run >= 8) this.#shift(run & ~7);
  }

  #shift(by: number): void {
    this.#floor += by;
    if (by >= this.#bits.length * 8) {
      this.#bits = new Uint8Array(0);
      return;
    }
    const bytes = by >> 3;
    const bits = by & 7;
    const length = this.#bits.length;
    for (let i = 0; i < length; i++) {
      const low = this.#bits[i + bytes] ?? 0;
      const high = this.#bits[i + bytes + 1] ?? 0;
      this.#bits[i] = ((low >> bits) | (high << (8 - bits))) & 0xff;
    }
  }
}
