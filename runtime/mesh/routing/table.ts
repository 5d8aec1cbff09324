/**
 * The rows of the routing table and, for each, what every neighbour says about it: typed arrays, so that a hub in a large
 * mesh keeps its hundred destinations in a few kilobytes. Pure storage; what the numbers mean is decided in `selection.ts`.
 *
 * A row ("slot") is a destination, a column a neighbour. Slot 0 is this hub.
 */
import type { HubId } from "../../core/ids.js";
import { INFINITE, SLOTS_MAX } from "./settings.js";

export const SELF = 0;
export const NO_COLUMN = -1;
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

export class RouteTable {
  readonly slots = new Map<HubId, number>();
  hubs: (HubId | undefined)[] = [];
  /** The length is the rank. */
  sizes: (readonly number[])[] = [];
  /** Slots in use are below this. */
  length = 0;
  /** Columns, used or not. */
  width = COLUMNS_STEP;
  /** Of the route that is used; INFINITE without one. */
  metric = new Uint32Array(SLOTS_STEP);
  seqno = new Uint16Array(SLOTS_STEP);
  /** Feasibility distance: RFC 8966 §3.2.5. INFINITE: none is known, anything is feasible. */
  fdMetric = new Uint32Array(SLOTS_STEP);
  fdSeqno = new Uint16Array(SLOTS_STEP);
  /** Column of the next hop. */
  via = new Int16Array(SLOTS_STEP);
  version = new Uint16Array(SLOTS_STEP);
  /** Since when there is no route. Unit: ms. */
  lostMs = new Float64Array(SLOTS_STEP);
  /** The first four bytes of the id, which is the output of a hash already. */
  hash = new Uint32Array(SLOTS_STEP);
  /** 1: some column has something to be said. */
  pending = new Uint8Array(SLOTS_STEP);
  /** Of each column's link, penalty included. */
  cost = new Uint32Array(COLUMNS_STEP);
  /** Slot × column. */
  heardMetric = new Uint32Array(SLOTS_STEP * COLUMNS_STEP).fill(INFINITE);
  heardSeqno = new Uint16Array(SLOTS_STEP * COLUMNS_STEP);
  marks = new Uint8Array(SLOTS_STEP * COLUMNS_STEP);
  readonly #free: number[] = [];

  constructor(self: HubId) {
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
    return (this.sizes[slot] as readonly number[]).length;
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
    this.sizes[slot] = NO_SIZES;
    this.metric[slot] = INFINITE;
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
    this.sizes[slot] = NO_SIZES;
    this.metric[slot] = INFINITE;
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
    this.pending[slot] = 1;
  }

  /** For the whole row. Columns that are not in use may be marked: nobody reads them before they are opened. */
  markAll(slot: number, marks: number): void {
    for (let at = slot * this.width, end = at + this.width; at < end; at++)
      this.marks[at] = (this.marks[at] as number) | marks;
    this.pending[slot] = 1;
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
    ];
  }

  #perCell() {
    return [this.heardMetric, this.heardSeqno, this.marks];
  }

  #resize(slots: number, width: number): void {
    this.metric = copied(this.metric, new Uint32Array(slots));
    this.seqno = copied(this.seqno, new Uint16Array(slots));
    this.fdMetric = copied(this.fdMetric, new Uint32Array(slots));
    this.fdSeqno = copied(this.fdSeqno, new Uint16Array(slots));
    this.via = copied(this.via, new Int16Array(slots));
    this.version = copied(this.version, new Uint16Array(slots));
    this.lostMs = copied(this.lostMs, new Float64Array(slots));
    this.hash = copied(this.hash, new Uint32Array(slots));
    this.pending = copied(this.pending, new Uint8Array(slots));
    this.cost = copied(this.cost, new Uint32Array(width));
    const cells = slots * width;
    this.heardMetric = this.#relaid(this.heardMetric, new Uint32Array(cells).fill(INFINITE), width);
    this.heardSeqno = this.#relaid(this.heardSeqno, new Uint16Array(cells), width);
    this.marks = this.#relaid(this.marks, new Uint8Array(cells), width);
    this.width = width;
  }

  #relaid<T extends Uint8Array | Uint16Array | Uint32Array>(from: T, to: T, width: number): T {
    if (width === this.width) return copied(from, to);
    for (let slot = 0; slot < this.length && slot * this.width < from.length; slot++) {
      const row = from.subarray(slot * this.width, slot * this.width + Math.min(this.width, width));
      to.set(row, slot * width);
    }
    return to;
  }
}

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int16Array | Float64Array;

function copied<T extends Numbers>(from: T, to: T): T {
  to.set(from.length > to.length ? (from.subarray(0, to.length) as T) : from);
  return to;
}
