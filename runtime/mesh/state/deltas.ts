/**
 * Entries that are to be broadcast, gathered into messages. Pure, bounded.
 * What a neighbour taught by reconciliation is not told back over its link: the other side has it.
 */
import type { HubId } from "../../core/ids.js";
import type { BroadcastScope } from "../../core/messages-broadcast.js";
import type { StateEntry } from "../../core/messages-state.js";
import { type Bucket, take } from "../broadcast/bucket.js";
import { bytesOf, type Entry } from "./entry.js";
import type { StateSettings } from "./settings.js";

interface Pending {
  readonly entry: Entry;
  readonly scope: BroadcastScope;
  readonly taughtBy: HubId | undefined;
}

export interface Batch {
  readonly scope: BroadcastScope;
  readonly entries: readonly Entry[];
  readonly taughtBy: HubId | undefined;
}

const ENTRIES_IN_BATCH_MAX = 500;

export class Deltas {
  readonly #pending = new Map<string, Pending>();
  readonly #settings: StateSettings;
  readonly #bucket: Bucket;
  /** When the next batch may go; +Infinity when there is none. Unit: ms. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(settings: StateSettings) {
    this.#settings = settings;
    this.#bucket = { tokens: settings.deltaBurstBytes, atMs: 0 };
  }

  /** @returns false when there are too many: reconciliation will carry it. */
  add(entry: Entry, scope: BroadcastScope, taughtBy: HubId | undefined, dueMs: number): boolean {
    const key = keyOf(entry);
    if (this.#pending.size >= this.#settings.deltaEntriesMax && !this.#pending.has(key)) return false;
    this.#pending.set(key, { entry, scope, taughtBy });
    this.dueMs = Math.min(this.dueMs, dueMs);
    return true;
  }

  /** What was added without a time goes then. */
  wake(dueMs: number): void {
    if (this.#pending.size > 0) this.dueMs = Math.min(this.dueMs, dueMs);
  }

  /** Whether just this is still to be told. */
  has({ registry, key, major, minor }: StateEntry): boolean {
    if (this.#pending.size === 0) return false;
    const entry = this.#pending.get(keyOf({ registry, key }))?.entry;
    return entry !== undefined && entry.major === major && entry.minor === minor;
  }

  /** Somebody else has broadcast that key: this hub need not, unless it knows better. */
  heard(entry: Entry): void {
    if (this.#pending.size === 0) return;
    const key = keyOf(entry);
    if (this.#pending.get(key)?.entry === entry) this.#pending.delete(key);
  }

  /** @returns what goes now; when there is more, `dueMs` says when. */
  take(nowMs: number): Batch | undefined {
    this.dueMs = Number.POSITIVE_INFINITY;
    const first = this.#pending.values().next().value;
    if (first === undefined) return undefined;
    const { deltaBytesPerSecond, deltaBurstBytes, messageBytesMax } = this.#settings;
    if (!take(this.#bucket, deltaBytesPerSecond, deltaBurstBytes, nowMs, messageBytesMax)) {
      this.dueMs = nowMs + ((messageBytesMax - this.#bucket.tokens) / deltaBytesPerSecond) * 1000 + 1;
      return undefined;
    }
    const entries: Entry[] = [];
    let bytes = 0;
    for (const [key, { entry, scope, taughtBy }] of this.#pending) {
      if (scope !== first.scope || taughtBy !== first.taughtBy) continue;
      bytes += bytesOf(entry);
      if ((bytes > messageBytesMax || entries.length >= ENTRIES_IN_BATCH_MAX) && entries.length > 0) break;
      entries.push(entry);
      this.#pending.delete(key);
    }
    // Small batches cost what they are.
    this.#bucket.tokens = Math.min(deltaBurstBytes, this.#bucket.tokens + Math.max(0, messageBytesMax - bytes));
    if (this.#pending.size > 0) this.dueMs = nowMs;
    return { scope: first.scope, entries, taughtBy: first.taughtBy };
  }
}

function keyOf({ registry, key }: Pick<Entry, "registry" | "key">): string {
  return `${registry}/${key}`;
}
