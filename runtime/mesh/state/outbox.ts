/** What one side of a reconciliation still has to say in its turn, and how it is cut into messages. Pure, bounded. */
import {
  LISTED_BYTES,
  type Position,
  type StateEntry,
  type SyncRange,
  type SyncWant,
} from "../../core/messages-state.js";
import { bytesOf, type Entry } from "./entry.js";

/** A third of the entries of the largest registries, each in a range of its own, or all of them missing: more is no honest turn. */
const RANGES_MAX = 16_384;
const WANTS_MAX = 65_536;
const ENTRIES_MAX = 65_536;
/** What the codec takes. */
const RANGES_IN_MESSAGE_MAX = 1000;
const WANTS_IN_MESSAGE_MAX = 1000;
const ENTRIES_IN_MESSAGE_MAX = 500;

const FRAME_BYTES = 24;
const RANGE_BYTES = 13;
const WANT_BYTES = 8;
const VERSION_BYTES = 14;

export interface Says {
  readonly ranges: readonly SyncRange[];
  readonly wants: readonly SyncWant[];
  readonly entries: readonly StateEntry[];
  /** About what it takes on the wire. */
  readonly bytes: number;
}

export class Outbox {
  #ranges: { readonly lower: Position; readonly range: SyncRange }[] = [];
  #wants: SyncWant[] = [];
  #entries: Entry[] = [];
  #rangesSaid = 0;
  #wantsSaid = 0;
  #entriesSaid = 0;
  /** More was asked of it than an honest other side would. */
  overflow = false;

  get isEmpty(): boolean {
    return (
      this.#rangesSaid === this.#ranges.length &&
      this.#wantsSaid === this.#wants.length &&
      this.#entriesSaid === this.#entries.length
    );
  }

  range(lower: Position, range: SyncRange): void {
    if (this.#ranges.length < RANGES_MAX) this.#ranges.push({ lower, range });
    else this.overflow = true;
  }

  want(want: SyncWant): void {
    if (this.#wants.length < WANTS_MAX) this.#wants.push(want);
    else this.overflow = true;
  }

  push(entry: Entry): void {
    if (this.#entries.length < ENTRIES_MAX) this.#entries.push(entry);
    else this.overflow = true;
  }

  /** The next message's worth. */
  take(bytesMax: number): Says {
    const says = {
      ranges: [] as SyncRange[],
      wants: [] as SyncWant[],
      entries: [] as StateEntry[],
      bytes: FRAME_BYTES,
    };
    this.#takeRanges(says, bytesMax);
    this.#takeWants(says, bytesMax);
    this.#takeEntries(says, bytesMax);
    if (this.isEmpty) this.#reset();
    return says;
  }

  #takeRanges(says: { ranges: SyncRange[]; bytes: number }, bytesMax: number): void {
    let upper: Position = 0;
    for (; this.#rangesSaid < this.#ranges.length; this.#rangesSaid += 1) {
      const next = this.#ranges[this.#rangesSaid];
      if (next === undefined || next.lower < upper || says.ranges.length >= RANGES_IN_MESSAGE_MAX) return;
      const bytes = 2 * RANGE_BYTES + (next.range.listed?.length ?? 0);
      if (says.bytes + bytes > bytesMax && says.ranges.length > 0) return;
      says.bytes += RANGE_BYTES + (next.range.listed?.length ?? 0);
      if (next.lower > upper) {
        says.ranges.push({ upper: next.lower });
        says.bytes += RANGE_BYTES - LISTED_BYTES / 2;
      }
      says.ranges.push(next.range);
      upper = next.range.upper;
    }
  }

  #takeWants(says: { wants: SyncWant[]; bytes: number }, bytesMax: number): void {
    for (; this.#wantsSaid < this.#wants.length; this.#wantsSaid += 1) {
      const want = this.#wants[this.#wantsSaid];
      if (want === undefined || says.wants.length >= WANTS_IN_MESSAGE_MAX) return;
      const bytes = WANT_BYTES + (want.major === undefined ? 0 : VERSION_BYTES);
      if (says.bytes + bytes > bytesMax) return;
      says.wants.push(want);
      says.bytes += bytes;
    }
  }

  #takeEntries(says: { entries: StateEntry[]; bytes: number }, bytesMax: number): void {
    for (; this.#entriesSaid < this.#entries.length; this.#entriesSaid += 1) {
      const entry = this.#entries[this.#entriesSaid];
      if (entry === undefined || says.entries.length >= ENTRIES_IN_MESSAGE_MAX) return;
      const bytes = bytesOf(entry);
      // A message of nothing would end the turn: one entry always goes.
      if (says.bytes + bytes > bytesMax && says.bytes > FRAME_BYTES) return;
      says.entries.push(entry);
      says.bytes += bytes;
    }
  }

  #reset(): void {
    this.#ranges = [];
    this.#wants = [];
    this.#entries = [];
    this.#rangesSaid = 0;
    this.#wantsSaid = 0;
    this.#entriesSaid = 0;
  }
}
