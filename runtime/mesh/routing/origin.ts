/** What this hub says about itself: its sequence number, its rank, and how many children its regions have. */
import type { RouteUpdate } from "../../core/messages-routing.js";
import type { Adjacency } from "./adjacency.js";
import { countChildren, type Surroundings } from "./regions.js";
import { isNewer, seqnoAfter } from "./seqno.js";
import type { RoutingSettings } from "./settings.js";
import { MARK_SUNK, MARK_WANTS, SELF } from "./table.js";
import type { DistanceVectors } from "./vectors.js";

const NEVER = Number.POSITIVE_INFINITY;
/** A changed size is told when it differs by more than this part, and by more than two. */
const SIZE_PART = 1 / 8;
/** A new region fills within this: its size is told early once. Unit: ms. */
const FIRST_SIZE_MS = 1000;

export class Origin {
  #sizesMs = NEVER;
  #sizesToldMs = Number.NEGATIVE_INFINITY;
  /** Asked for, while it is too soon to raise the number again. */
  #wanted: number | undefined;
  #raisedMs = Number.NEGATIVE_INFINITY;
  /** It had neighbours, and has none. */
  #isCutOff = false;

  constructor(
    readonly vectors: DistanceVectors,
    readonly settings: RoutingSettings,
  ) {}

  /** Unit: ms. */
  get deadlineMs(): number {
    return this.#wanted === undefined
      ? this.#sizesMs
      : Math.min(this.#sizesMs, this.#raisedMs + this.settings.raiseGapMs);
  }

  /** A neighbour asks for this hub with that sequence number or a newer one. */
  answer(from: Adjacency, seqno: number, nowMs: number): "answered" | "waits" {
    const { table, requests } = this.vectors;
    table.mark(SELF, from.column, MARK_WANTS);
    if (isNewer(seqno, table.seqno[SELF] as number)) {
      this.#raise(seqno, nowMs);
      return "waits";
    }
    requests.tell(SELF);
    return "answered";
  }

  /** What others say of this hub is never believed; but where it is newer than what this hub said, it goes on from there:
   *  either it has forgotten what it said before a restart, or somebody made it up. */
  contradict({ seqno, version, sizes }: RouteUpdate, nowMs: number): void {
    const { table } = this.vectors;
    const own = table.version[SELF] as number;
    if (isNewer(seqno, table.seqno[SELF] as number)) this.#raise(seqnoAfter(seqno), nowMs);
    if (!isNewer(version, own) && (version !== own || sizes.length === table.rank(SELF))) return;
    this.vectors.restate(seqnoAfter(version), table.sizes[SELF] as readonly number[], nowMs);
    // A neighbour that holds this hub for the landmark that it was before a restart is of that region, where a plain hub of another is not told of.
    table.markAll(SELF, MARK_SUNK);
  }

  neighbourUp(nowMs: number): void {
    // Whoever knew a way remembers how long it was, and takes no longer one under the old number (RFC 8966 §3.5.1): each would ask for a new number, hop by
    // hop, while the ways are not there yet by which to ask. So a hub that comes back from nowhere brings it along.
    if (this.#isCutOff) this.#raise(seqnoAfter(this.vectors.table.seqno[SELF] as number), nowMs);
    this.#isCutOff = false;
  }

  /** @param left how many are left */
  neighbourDown(left: number): void {
    this.#isCutOff ||= left === 0;
  }

  changeRank(by: -1 | 1, nowMs: number): void {
    const { table } = this.vectors;
    const sizes = table.sizes[SELF] as readonly number[];
    this.#restate(by > 0 ? [...sizes, 1] : sizes.slice(0, -1), nowMs);
    if (by > 0) this.#sizesMs = nowMs + FIRST_SIZE_MS;
  }

  /** The region's children have come or gone. */
  scheduleSizes(around: Surroundings): void {
    if (this.#sizesMs !== NEVER || this.#outgrown(around) === undefined) return;
    this.#sizesMs = this.#sizesToldMs + this.settings.sizeHoldMs;
  }

  tick(around: Surroundings, nowMs: number): void {
    if (this.#wanted !== undefined) this.#raise(this.#wanted, nowMs);
    if (nowMs < this.#sizesMs) return;
    this.#sizesMs = NEVER;
    const sizes = this.#outgrown(around);
    if (sizes !== undefined) this.#restate(sizes, nowMs);
  }

  #restate(sizes: readonly number[], nowMs: number): void {
    this.#sizesToldMs = nowMs;
    this.#sizesMs = NEVER;
    this.vectors.restate(seqnoAfter(this.vectors.table.version[SELF] as number), sizes, nowMs);
  }

  /** @returns the present sizes, when one of them differs much from what was told. */
  #outgrown(around: Surroundings): readonly number[] | undefined {
    const told = around.table.sizes[SELF] as readonly number[];
    if (told.length === 0) return undefined;
    const sizes = told.map((_, below) => countChildren(around, below));
    const differs = sizes.some(
      (size, i) => Math.abs(size - (told[i] as number)) > Math.max(2, (told[i] as number) * SIZE_PART),
    );
    return differs ? sizes : undefined;
  }

  #raise(seqno: number, nowMs: number): void {
    if (nowMs < this.#raisedMs + this.settings.raiseGapMs) {
      if (this.#wanted === undefined || isNewer(seqno, this.#wanted)) this.#wanted = seqno;
      return;
    }
    this.#wanted = undefined;
    this.#raisedMs = nowMs;
    this.vectors.raiseSeqno(seqno);
  }
}
