/**
 * The rows of the routing table and, for each, what every neighbour says about it: typed arrays, so that a hub in a large
 * mesh keeps its hundred destinations in a few kilobytes. Pure storage; what the numbers mean is decided in `selection.ts`.
 *
 * A row ("slot") is a destination, a column a neighbour. Slot 0 is this hub.
 */
import type { HubId } from "../../core/ids.js";
import { INFINITE, RANK_MAX, SLOTS_MAX } from "./settings.js";

export const SELF = 0;
export const NO_COLUMN = -1;
/** The same where the destination was lost so long ago that no neighbour goes through this hub to it any more. */
export const LONG_LOST = -2;
const NO_SIZES: readonly number[] = Object.freeze([]);
const SLOTS_STEP = 16;
const COLUMNS_STEP = 4;

/** What is to be done, or was done, about one destination towards one neighbour. */
export const MARK_DIRTY = 1;
/** The neighbour has a finite metric from us. */
export const MARK_TOLD = 2;
/** The neighbour waits for a newer sequence number. */
export const MARK_WANTS = 4;
/** The neighbour must hear that the rank has sunk. */
export const MARK_SUNK = 8;
/** The neighbour was asked for a newer sequence number. */
export const MARK_ASKED = 16;
/** Told before the neighbour began to say everything again, and not yet since. */
export const MARK_STALE = 32;
/** As `MARK_DIRTY`, at leisure: nobody is out of reach meanwhile. */
export const MARK_RELAXED = 64;

export const PENDING_SOON = 1;
export const PENDING_LATER = 2;

export class RouteTable {
  readonly slots = new Map<HubId, number>();
  hubs: (HubId | undefined)[] = [];
  /** The length is the rank: set both by `setSizes`. */
  readonly sizes: (readonly number[])[] = [];
  /** Destinations with a route by rank, without this hub. */
  readonly reachable: number[] = new Array<number>(RANK_MAX + 1).fill(0);
  /** Slots in use are below this. */
  length = 0;
  /** Columns, used or not. */
  width = COLUMNS_STEP;
  // All columns lie in one buffer: each buffer of its own costs some 300 bytes beside its contents.
  /** Of the route that is used; INFINITE without one. */
  metric!: Uint32Array;
  seqno!: Uint16Array;
  /** Feasibility distance: RFC 8966 §3.2.5. INFINITE: none is known, anything is feasible. */
  fdMetric!: Uint32Array;
  fdSeqno!: Uint16Array;
  /** Column of the next hop, NO_COLUMN or LONG_LOST. */
  via!: Int16Array;
  version!: Uint16Array;
  /** Since when there is no route. Unit: ms. */
  lostMs!: Float64Array;
  /** The first four bytes of the id, which is the output of a hash already. */
  hash!: Uint32Array;
  /** Whether some column has something to be said: PENDING_SOON, PENDING_LATER, or both. */
  pending!: Uint8Array;
  /** Of `sizes`, beside the other columns: everything that looks for landmarks goes over all rows. */
  ranks!: Uint8Array;
  /** Of each column's link, penalty included. */
  cost!: Uint32Array;
  /** Slot × column. */
  heardMetric!: Uint32Array;
  heardSeqno!: Uint16Array;
  marks!: Uint8Array;
  readonly #free: number[] = [];

  constructor(self: HubId) {
    this.#allocate(SLOTS_STEP, COLUMNS_STEP);
    this.add(self, 0);
    this.metric[SELF] = 0;
  }

  get capacity(): number {
    return this.metric.length;
  }

  /** Rows in use. */
  get size(): number {
    return this.slots.size;
  }

  rank(slot: number): number {
    return this.ranks[slot] as number;
  }

  /** What a destination says of itself. @param sizes one for each level that it is a landmark of; at most `RANK_MAX`. */
  setSizes(slot: number, sizes: readonly number[]): void {
    const counted = slot !== SELF && this.isReachable(slot);
    if (counted) this.#count(slot, -1);
    this.sizes[slot] = sizes;
    this.ranks[slot] = sizes.length;
    if (counted) this.#count(slot, 1);
  }

  /** Of another destination than this hub. @param metric INFINITE when there is no route any more */
  setMetric(slot: number, metric: number): void {
    const isReachable = metric !== INFINITE;
    if (this.isReachable(slot) !== isReachable) this.#count(slot, isReachable ? 1 : -1);
    this.metric[slot] = metric;
  }

  #count(slot: number, by: 1 | -1): void {
    const rank = this.ranks[slot] as number;
    this.reachable[rank] = (this.reachable[rank] as number) + by;
  }

  isReachable(slot: number): boolean {
    return this.metric[slot] !== INFINITE;
  }

  /** @returns the slot, or undefined when the table is full. */
  add(hub: HubId, nowMs: number): number | undefined {
    if (this.slots.size >= SLOTS_MAX) return undefined;
    const slot = this.#free.pop() ?? this.length++;
    if (slot >= this.capacity) this.#resize(slot + SLOTS_STEP + (slot >> 2), this.width);
    this.slots.set(hub, slot);
    this.hubs[slot] = hub;
    this.metric[slot] = INFINITE;
    this.setSizes(slot, NO_SIZES);
    this.seqno[slot] = 0;
    this.fdMetric[slot] = INFINITE;
    this.fdSeqno[slot] = 0;
    this.via[slot] = NO_COLUMN;
    this.version[slot] = 0;
    this.lostMs[slot] = nowMs;
    this.hash[slot] = Number.parseInt(hub.slice(0, 8), 16);
    this.pending[slot] = 0;
    const row = slot * this.width;
    this.heardMetric.fill(INFINITE, row, row + this.width);
    this.marks.fill(0, row, row + this.width);
    return slot;
  }

  remove(slot: number): void {
    const hub = this.hubs[slot];
    if (hub === undefined) return;
    this.slots.delete(hub);
    this.hubs[slot] = undefined;
    this.setMetric(slot, INFINITE);
    this.setSizes(slot, NO_SIZES);
    this.pending[slot] = 0;
    this.#free.push(slot);
  }

  /** Makes room for the column; what it held before is forgotten. */
  openColumn(column: number, cost: number): void {
    if (column >= this.width) this.#resize(this.capacity, column + 1 + (column >> 1));
    this.cost[column] = cost;
    for (let slot = 0, at = column; slot < this.length; slot++, at += this.width) {
      this.heardMetric[at] = INFINITE;
      this.marks[at] = 0;
    }
  }

  /** To be said to the neighbour in the next round. */
  mark(slot: number, column: number, marks: number): void {
    const at = slot * this.width + column;
    this.marks[at] = (this.marks[at] as number) | marks;
    this.#pend(slot, marks);
  }

  /** For the whole row. Columns that are not in use may be marked: nobody reads them before they are opened. */
  markAll(slot: number, marks: number): void {
    for (let at = slot * this.width, end = at + this.width; at < end; at++)
      this.marks[at] = (this.marks[at] as number) | marks;
    this.#pend(slot, marks);
  }

  #pend(slot: number, marks: number): void {
    const pending = marks === MARK_RELAXED ? PENDING_LATER : PENDING_SOON;
    this.pending[slot] = (this.pending[slot] as number) | pending;
  }

  unmarkAll(slot: number, marks: number): void {
    for (let at = slot * this.width, end = at + this.width; at < end; at++)
      this.marks[at] = (this.marks[at] as number) & ~marks;
  }

  /** Gives back what a crowd left behind. Slots are renumbered: no caller may hold one over this. */
  compact(): void {
    if (this.capacity <= this.size + (this.size >> 2) + 2 * SLOTS_STEP) return;
    let to = 0;
    for (let from = 0; from < this.length; from++) {
      const hub = this.hubs[from];
      if (hub === undefined) continue;
      if (from !== to) this.#move(from, to, hub);
      to += 1;
    }
    this.length = to;
    this.#free.length = 0;
    this.hubs.length = to;
    this.sizes.length = to;
    this.#resize(to + SLOTS_STEP, this.width);
  }

  #move(from: number, to: number, hub: HubId): void {
    this.slots.set(hub, to);
    this.hubs[to] = hub;
    this.sizes[to] = this.sizes[from] as readonly number[];
    for (const array of this.#perSlot()) array[to] = array[from] as number;
    for (const array of this.#perCell()) {
      array.copyWithin(to * this.width, from * this.width, (from + 1) * this.width);
    }
  }

  #perSlot() {
    return [
      this.metric,
      this.seqno,
      this.fdMetric,
      this.fdSeqno,
      this.via,
      this.version,
      this.lostMs,
      this.hash,
      this.pending,
      this.ranks,
    ];
  }

  #perCell() {
    return [this.heardMetric, this.heardSeqno, this.marks];
  }

  #resize(slots: number, width: number): void {
    const { metric, seqno, fdMetric, fdSeqno, via, version, lostMs, hash, pending, ranks, cost } = this;
    const { heardMetric, heardSeqno, marks } = this;
    this.#allocate(slots, width);
    copy(metric, this.metric);
    copy(seqno, this.seqno);
    copy(fdMetric, this.fdMetric);
    copy(fdSeqno, this.fdSeqno);
    copy(via, this.via);
    copy(version, this.version);
    copy(lostMs, this.lostMs);
    copy(hash, this.hash);
    copy(pending, this.pending);
    copy(ranks, this.ranks);
    copy(cost, this.cost);
    this.#relay(heardMetric, this.heardMetric, width);
    this.#relay(heardSeqno, this.heardSeqno, width);
    this.#relay(marks, this.marks, width);
    this.width = width;
  }

  /** New columns, the widest numbers first, so that each lies where its kind may. */
  #allocate(slots: number, width: number): void {
    const cells = slots * width;
    const buffer = new ArrayBuffer(slots * SLOT_BYTES + width * COLUMN_BYTES + cells * CELL_BYTES);
    let at = 0;
    const next = <T extends Numbers>(kind: Kind<T>, length: number): T => {
      const view = new kind(buffer, at, length);
      at += view.byteLength;
      return view;
    };
    this.lostMs = next(Float64Array, slots);
    this.metric = next(Uint32Array, slots);
    this.fdMetric = next(Uint32Array, slots);
    this.hash = next(Uint32Array, slots);
    this.cost = next(Uint32Array, width);
    this.heardMetric = next(Uint32Array, cells).fill(INFINITE);
    this.seqno = next(Uint16Array, slots);
    this.fdSeqno = next(Uint16Array, slots);
    this.via = next(Int16Array, slots);
    this.version = next(Uint16Array, slots);
    this.heardSeqno = next(Uint16Array, cells);
    this.pending = next(Uint8Array, slots);
    this.ranks = next(Uint8Array, slots);
    this.marks = next(Uint8Array, cells);
  }

  #relay(from: Numbers, to: Numbers, width: number): void {
    if (width === this.width) return copy(from, to);
    for (let slot = 0; slot < this.length && slot * this.width < from.length; slot++) {
      to.set(from.subarray(slot * this.width, slot * this.width + Math.min(this.width, width)), slot * width);
    }
  }
}

/** Of all columns of a slot, of a neighbour, and of the two together. */
const SLOT_BYTES = 8 + 3 * 4 + 4 * 2 + 2;
const COLUMN_BYTES = 4;
const CELL_BYTES = 4 + 2 + 1;

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int16Array | Float64Array;
type Kind<T> = new (buffer: ArrayBuffer, byteOffset: number, length: number) => T;

function copy(from: Numbers, to: Numbers): void {
  to.set(from.length > to.length ? from.subarray(0, to.length) : from);
}
