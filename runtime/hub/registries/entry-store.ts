/**
 * What of the registries outlives a restart. Changes are gathered and written together: a crash costs half a minute of what the
 * other hubs hold anyway, and a busy registry no more than two writes a minute.
 */
import { bytesToHex, hexToBytes } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { StateEntry } from "../../core/messages-state.js";
import type { Counters, Store, StoreOperation } from "../../core/ports.js";
import { decodeCbor, encodeCbor } from "../../wire/cbor.js";

const ENTRY_PREFIX = "mesh/registry/";
const ENTRY_END = "mesh/registry0";
const AWAY_PREFIX = "mesh/away/";
const AWAY_END = "mesh/away0";
/** Unit: ms. */
const SAVE_AFTER_MS = 30_000;
const LIMITS = { bytesMax: 8192, depthMax: 2, itemsMax: 8, textBytesMax: 0 };

export interface Kept {
  readonly entries: readonly StateEntry[];
  /** When each was seen to go. Unit: wall ms. */
  readonly away: ReadonlyMap<HubId, number>;
}

export class EntryStore {
  readonly #store: Store;
  readonly #counters: Counters;
  /** Newest by key: bounded by the registries that they are of. */
  #waiting = new Map<string, StoreOperation>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, counters: Counters) {
    this.#store = store;
    this.#counters = counters;
  }

  /** What is damaged is left out, and deleted: other hubs hold it too. */
  async load(): Promise<Kept> {
    const entries: StateEntry[] = [];
    const away = new Map<HubId, number>();
    for await (const [key, value] of this.#store.range(ENTRY_PREFIX, ENTRY_END)) {
      const entry = readKept(key, value);
      if (entry === undefined) this.#put({ type: "delete", key });
      else entries.push(entry);
    }
    for await (const [key, value] of this.#store.range(AWAY_PREFIX, AWAY_END)) {
      if (value.length === 8) away.set(key.slice(AWAY_PREFIX.length) as HubId, viewOf(value).getFloat64(0));
    }
    return { entries, away };
  }

  keep({ registry, key, major, minor, value }: StateEntry): void {
    this.#put({ type: "put", key: entryKey(registry, key), value: encodeCbor([major, minor, value]) });
  }

  drop({ registry, key }: StateEntry): void {
    this.#put({ type: "delete", key: entryKey(registry, key) });
  }

  /** @param sinceWallMs undefined: it is back. */
  keepAway(hub: HubId, sinceWallMs: number | undefined): void {
    const key = AWAY_PREFIX + hub;
    if (sinceWallMs === undefined) return this.#put({ type: "delete", key });
    const value = new Uint8Array(8);
    viewOf(value).setFloat64(0, sinceWallMs);
    this.#put({ type: "put", key, value });
  }

  /** What waits. @param durable it survives a loss of power when this resolves. @throws MindosError DISK_FULL | STORE_CORRUPT */
  async flush(durable: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.size === 0) return;
    const operations = [...this.#waiting.values()];
    this.#waiting = new Map();
    await this.#store.write(operations, { durable });
  }

  #put(operation: StoreOperation): void {
    this.#waiting.set(operation.key, operation);
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      // A full disk is told of by those who lose more by it.
      this.flush(false).catch(() => this.#counters.count("mesh.registryUnsaved"));
    }, SAVE_AFTER_MS);
    this.#timer.unref();
  }
}

function entryKey(registry: number, key: string): string {
  return `${ENTRY_PREFIX}${bytesToHex(Uint8Array.of(registry))}/${key}`;
}

function readKept(key: string, bytes: Uint8Array): StateEntry | undefined {
  const match = /^([0-9a-f]{2})\/((?:[0-9a-f]{2}){1,64})$/.exec(key.slice(ENTRY_PREFIX.length));
  const decoded = decodeCbor(bytes, LIMITS);
  if (match === null || "problem" in decoded || !Array.isArray(decoded.value)) return undefined;
  const [major, minor, value] = decoded.value as readonly unknown[];
  if (typeof major !== "number" || typeof minor !== "number" || !(value instanceof Uint8Array)) return undefined;
  return { registry: hexToBytes(match[1] ?? "")[0] ?? 0, key: match[2] ?? "", major, minor, value: value.slice() };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
