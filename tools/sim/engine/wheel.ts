/**
 * The queue of what will happen: a hierarchical timing wheel (Varghese and Lauck 1987) whose slots are first-in first-out
 * lists of pooled events. Insertion and removal are O(1), and nothing is allocated once the pool has grown. Time is a whole number of ticks;
 * events of one tick happen in the order in which they were scheduled, which is what makes runs repeatable.
 */

/** 1/8 ms: finer than any latency that is simulated, and 149 hours fit into 32 bits. */
export const TICKS_PER_MS = 8;
export const NEVER = 0xffff_ffff;

const FINE_BITS = 13;
const COARSE_BITS = 12;
const FINE_SLOTS = 1 << FINE_BITS;
const COARSE_SLOTS = 1 << COARSE_BITS;
const FAR_BITS = FINE_BITS + COARSE_BITS;
const FAR_SLOTS = 1 << (32 - FAR_BITS);
const COARSE_BASE = FINE_SLOTS;
const FAR_BASE = FINE_SLOTS + COARSE_SLOTS;
const NONE = -1;

/** An event is 32 bytes side by side: with columns apart each event would cost six cache misses (measured: half the speed at 100,000 hubs). */
const STRIDE = 8;
const TICK = 0;
const NEXT = 1;
export const KIND = 2;
/** What `a`, `b` and `c` mean, the kind says. `a` is signed, the others are read with `>>> 0`. */
export const A = 3;
export const B = 4;
export const C = 5;

export class EventWheel {
  nowTick = 0;
  /** The pool. An event is the place of its first cell; `KIND`, `A`, `B`, `C` are offsets. */
  cells = new Int32Array(1024 * STRIDE);
  /** By place / 8. */
  readonly #payload: unknown[] = [];
  readonly #heads = new Int32Array(FAR_BASE + FAR_SLOTS).fill(NONE);
  readonly #tails = new Int32Array(FAR_BASE + FAR_SLOTS).fill(NONE);
  #free = NONE;
  #used = 0;
  #fineCount = 0;
  #pending = 0;

  get pending(): number {
    return this.#pending;
  }

  /** @param tick what lies in the past happens now, after what was scheduled before. */
  schedule(tick: number, kind: number, a: number, b: number, c: number, payload: unknown): void {
    let event = this.#free;
    if (event === NONE) {
      event = this.#used;
      this.#used += STRIDE;
      if (event === this.cells.length) this.#grow();
    } else this.#free = this.cells[event + NEXT] as number;
    const { cells } = this;
    cells[event + KIND] = kind;
    cells[event + A] = a;
    cells[event + B] = b;
    cells[event + C] = c;
    if (payload !== undefined) this.#payload[event / STRIDE] = payload;
    this.#pending += 1;
    this.#place(event, tick < this.nowTick ? this.nowTick : tick);
  }

  /** Moves time on to the next event, at most to `limitTick`.
   *  @returns the event, to be read and released, or -1 when there is none up to `limitTick`. */
  next(limitTick: number): number {
    for (;;) {
      const slot = this.nowTick & (FINE_SLOTS - 1);
      const event = this.#heads[slot] as number;
      if (event !== NONE) {
        const after = this.cells[event + NEXT] as number;
        this.#heads[slot] = after;
        if (after === NONE) this.#tails[slot] = NONE;
        this.#fineCount -= 1;
        this.#pending -= 1;
        return event;
      }
      if (this.nowTick >= limitTick) return NONE;
      if (this.#fineCount === 0) {
        if (!this.#jump(limitTick)) return NONE;
      } else {
        this.nowTick += 1;
        if ((this.nowTick & (FINE_SLOTS - 1)) === 0) this.#enter(this.nowTick >>> FINE_BITS);
      }
    }
  }

  /** The event's place is used again from here on. An event with a payload is taken first. */
  release(event: number): void {
    this.cells[event + NEXT] = this.#free;
    this.#free = event;
  }

  /** @returns the payload; the event has none any more. */
  take(event: number): unknown {
    const payload = this.#payload[event / STRIDE];
    if (payload !== undefined) this.#payload[event / STRIDE] = undefined;
    return payload;
  }

  #place(event: number, tick: number): void {
    this.cells[event + TICK] = tick;
    this.cells[event + NEXT] = NONE;
    let slot: number;
    if (tick >>> FINE_BITS === this.nowTick >>> FINE_BITS) {
      slot = tick & (FINE_SLOTS - 1);
      this.#fineCount += 1;
    } else if (tick >>> FAR_BITS === this.nowTick >>> FAR_BITS) {
      slot = COARSE_BASE + ((tick >>> FINE_BITS) & (COARSE_SLOTS - 1));
    } else slot = FAR_BASE + (tick >>> FAR_BITS);
    const tail = this.#tails[slot] as number;
    if (tail === NONE) this.#heads[slot] = event;
    else this.cells[tail + NEXT] = event;
    this.#tails[slot] = event;
  }

  /** Over blocks of time in which nothing happens. @returns whether there is something up to the limit. */
  #jump(limitTick: number): boolean {
    const last = limitTick >>> FINE_BITS;
    for (let block = (this.nowTick >>> FINE_BITS) + 1; block <= last; block++) {
      this.nowTick = block * FINE_SLOTS;
      this.#enter(block);
      if (this.#fineCount > 0) return true;
    }
    this.nowTick = limitTick;
    return false;
  }

  #enter(block: number): void {
    if ((block & (COARSE_SLOTS - 1)) === 0) this.#spread(FAR_BASE + (block >>> COARSE_BITS));
    this.#spread(COARSE_BASE + (block & (COARSE_SLOTS - 1)));
  }

  #spread(slot: number): void {
    let event = this.#heads[slot] as number;
    this.#heads[slot] = NONE;
    this.#tails[slot] = NONE;
    while (event !== NONE) {
      const after = this.cells[event + NEXT] as number;
      this.#place(event, (this.cells[event + TICK] as number) >>> 0);
      event = after;
    }
  }

  #grow(): void {
    const cells = new Int32Array(this.cells.length * 2);
    cells.set(this.cells);
    this.cells = cells;
  }
}
