/**
 * What a hub remembers of broadcasts: which it has had (so that each is delivered once), the payloads of the latest (for
 * those that missed them), and what it has heard of but not got. Pure, bounded.
 */
import type { HubId } from "../../core/ids.js";
import type { BroadcastScope } from "../../core/messages-broadcast.js";
import type { MessageId } from "./message-id.js";

/** A payload that is still there to be given. */
export interface Kept {
  readonly scope: BroadcastScope;
  readonly src: HubId;
  readonly epoch: number;
  readonly seq: number;
  /** Hops behind it when it came here. */
  readonly round: number;
  readonly payload: Uint8Array;
  /** Absent where nothing is signed. */
  readonly proof: Uint8Array | undefined;
  /** Neighbours compare what it says with each other besides. */
  readonly reconciled: boolean;
  /** Who brought it; absent for one's own. */
  readonly from: HubId | undefined;
  readonly atMs: number;
}

/** Beside the payload: the object, its place in the map, the proof. */
const KEPT_OVERHEAD_BYTES = 320;

export class Memory {
  readonly #seen = new Set<MessageId>();
  readonly #kept = new Map<MessageId, Kept>();
  #keptBytes = 0;

  constructor(
    readonly seenMax: number,
    readonly keepMs: number,
    readonly keepBytesMax: number,
  ) {}

  has(id: MessageId): boolean {
    return this.#seen.has(id);
  }

  get(id: MessageId): Kept | undefined {
    return this.#kept.get(id);
  }

  /** Youngest last. */
  kept(): IterableIterator<[MessageId, Kept]> {
    return this.#kept.entries();
  }

  /** From now on it is a duplicate. */
  see(id: MessageId): void {
    this.#seen.add(id);
    if (this.#seen.size <= this.seenMax) return;
    for (const oldest of this.#seen) {
      this.#seen.delete(oldest);
      break;
    }
  }

  keep(id: MessageId, kept: Kept): void {
    this.see(id);
    this.#kept.set(id, kept);
    this.#keptBytes += kept.payload.length + KEPT_OVERHEAD_BYTES;
    for (const [oldest, { atMs, payload }] of this.#kept) {
      if (this.#keptBytes <= this.keepBytesMax && kept.atMs - atMs <= this.keepMs) break;
      this.#kept.delete(oldest);
      this.#keptBytes -= payload.length + KEPT_OVERHEAD_BYTES;
    }
  }
}

/** A payload that neighbours have announced. */
export interface Missing {
  readonly scope: BroadcastScope;
  readonly announcedMs: number;
  /** When one of the announcers is asked. */
  dueMs: number;
  tries: number;
  /** In the order in which they announced it; who was asked goes to the end. */
  readonly announcers: HubId[];
  /** The least hops that an announcer had behind it, and who. */
  bestRound: number;
  best: HubId;
}

/** More would only be asked after more than `graftTriesMax` have failed to answer. */
const ANNOUNCERS_MAX = 8;

export class MissingTable {
  readonly #entries = new Map<MessageId, Missing>();
  /** No entry is due before; the true minimum may be later. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(readonly entriesMax: number) {}

  get size(): number {
    return this.#entries.size;
  }

  /** @returns false when there is no room for another. */
  announce(id: MessageId, scope: BroadcastScope, from: HubId, round: number, nowMs: number, waitMs: number): boolean {
    const known = this.#entries.get(id);
    if (known === undefined) {
      if (this.#entries.size >= this.entriesMax) return false;
      const dueMs = nowMs + waitMs;
      const announced = { scope, announcedMs: nowMs, dueMs, announcers: [from] };
      this.#entries.set(id, { ...announced, tries: 0, bestRound: round, best: from });
      this.dueMs = Math.min(this.dueMs, dueMs);
      return true;
    }
    if (known.announcers.length < ANNOUNCERS_MAX && !known.announcers.includes(from)) known.announcers.push(from);
    if (round < known.bestRound) {
      known.bestRound = round;
      known.best = from;
    }
    return true;
  }

  /** @returns what was known of it. */
  take(id: MessageId): Missing | undefined {
    const missing = this.#entries.get(id);
    if (missing !== undefined) this.#entries.delete(id);
    return missing;
  }

  /** Calls `ask` for each that is due; it says when to ask again, or undefined to give up. */
  due(nowMs: number, ask: (id: MessageId, missing: Missing) => number | undefined): void {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, missing] of this.#entries) {
      if (missing.dueMs <= nowMs) {
        const againMs = ask(id, missing);
        if (againMs === undefined) {
          this.#entries.delete(id);
          continue;
        }
        missing.dueMs = againMs;
      }
      nextMs = Math.min(nextMs, missing.dueMs);
    }
    this.dueMs = nextMs;
  }
}
