/**
 * Links as rows of one typed array. An end is `row · 2 + side`, side 0 the dialler's; a frame travels towards an end, and comes from end ^ 1.
 * A row is used again under a new generation, so that what is still on its way to the old link is told apart.
 */
export const END_CLOSED = 0;
export const END_OPENING = 1;
export const END_OPEN = 2;

/** 4 million links at once: more than a million hubs have. */
const ROWS_MAX = 1 << 22;
const ENDS_MAX = ROWS_MAX * 2;
/** An end is 32 bytes, a link one cache line. */
const STRIDE_BITS = 3;
const HUB = 0;
const STATE = 1;
/** When the frame arrives that was sent last towards this end: the next one may not overtake it. Unit: ticks. */
const LAST_ARRIVAL = 2;
const WAITING = 3;
const GENERATION = 4;
/** Unit: 1/1024 tick. */
const LATENCY = 5;
/** Unit: 10⁻⁹. */
const LOSS = 6;
const LATENCY_UNIT = 1024;
const LOSS_UNIT = 1e9;

export class LinkRows {
  #cells = new Int32Array(256 << STRIDE_BITS);
  readonly #free: number[] = [];
  #rows = 0;

  get used(): number {
    return this.#rows - this.#free.length;
  }

  hub(end: number): number {
    return this.#cells[(end << STRIDE_BITS) + HUB] as number;
  }

  state(end: number): number {
    return this.#cells[(end << STRIDE_BITS) + STATE] as number;
  }

  setState(end: number, state: number): void {
    this.#cells[(end << STRIDE_BITS) + STATE] = state;
  }

  lastArrival(end: number): number {
    return (this.#cells[(end << STRIDE_BITS) + LAST_ARRIVAL] as number) >>> 0;
  }

  setLastArrival(end: number, tick: number): void {
    this.#cells[(end << STRIDE_BITS) + LAST_ARRIVAL] = tick;
  }

  /** Bytes that wait for this end's hub to read them. */
  waitingBytes(end: number): number {
    return this.#cells[(end << STRIDE_BITS) + WAITING] as number;
  }

  addWaitingBytes(end: number, bytes: number): void {
    const at = (end << STRIDE_BITS) + WAITING;
    this.#cells[at] = (this.#cells[at] as number) + bytes;
  }

  generation(end: number): number {
    return this.#cells[(end << STRIDE_BITS) + GENERATION] as number;
  }

  /** One way. Unit: ticks, fractions allowed. */
  latencyTicks(end: number): number {
    return (this.#cells[(end << STRIDE_BITS) + LATENCY] as number) / LATENCY_UNIT;
  }

  loss(end: number): number {
    return (this.#cells[(end << STRIDE_BITS) + LOSS] as number) / LOSS_UNIT;
  }

  /** @returns the row of a new link, both ends opening. */
  add(dialler: number, accepter: number, latencyTicks: number, loss: number): number {
    const row = this.#free.pop() ?? this.#rows++;
    if (row >= ROWS_MAX) throw new RangeError(`more than ${ROWS_MAX} links at once`);
    if (row * 2 >= this.#cells.length >> STRIDE_BITS) this.#grow();
    for (const [side, hub] of [dialler, accepter].entries()) {
      const at = (row * 2 + side) << STRIDE_BITS;
      this.#cells[at + HUB] = hub;
      this.#cells[at + STATE] = END_OPENING;
      this.#cells[at + LAST_ARRIVAL] = 0;
      this.#cells[at + WAITING] = 0;
      this.#cells[at + LATENCY] = Math.round(latencyTicks * LATENCY_UNIT);
      this.#cells[at + LOSS] = Math.round(loss * LOSS_UNIT);
    }
    return row;
  }

  remove(row: number): void {
    const generation = this.generation(row * 2) + 1;
    for (const end of [row * 2, row * 2 + 1]) this.#cells[(end << STRIDE_BITS) + GENERATION] = generation;
    this.#free.push(row);
  }

  /** What a hub calls this end: a number that is not used again. */
  idOf(end: number): number {
    return this.generation(end) * ENDS_MAX + end + 1;
  }

  /** @returns the end, or -1 when that link is no more. */
  endOf(linkId: number): number {
    const end = (linkId - 1) % ENDS_MAX;
    return this.generation(end) === (linkId - 1 - end) / ENDS_MAX ? end : -1;
  }

  #grow(): void {
    const cells = new Int32Array(this.#cells.length * 2);
    cells.set(this.#cells);
    this.#cells = cells;
  }
}
