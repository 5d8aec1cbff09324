/**
 * The replicated registries: maps that every hub of the scope comes to hold alike. Pure, bounded.
 * lww: of two versions of a key the greater (major, minor, hash) wins. What the numbers mean is said by `stamps`: "hlc" a hybrid
 * logical clock (many writers), "version" whatever the writers agree on: (epoch, version) of a single writer, or (revoked,
 * serial) of certificates, so that a revocation wins for ever.
 * or: an observed-remove map, made of dots: see `or-map.ts`.
 * What is full goes on taking new versions of the keys it has. Of new keys it refuses all, or ("lowest") those that stand behind the
 * ones it has, and drops the last for others: an order that all hubs share, or two of them would hand entries back and forth.
 */
import type { HubId } from "../../core/ids.js";
import type { BroadcastScope } from "../../core/messages-broadcast.js";
import type { StateEntry } from "../../core/messages-state.js";
import { bytesOf, compareEntries, compareVersions, type Entry, type Hash, positionOf, seal } from "./entry.js";
import { ItemSet } from "./item-set.js";
import { dotOf, FLOOR_MAJOR, isRemoved } from "./or-dots.js";

export interface RegistrySpec {
  /** On the wire: never reused. 0 … 255. */
  readonly number: number;
  readonly name: string;
  readonly kind: "lww" | "or";
  readonly scope: BroadcastScope;
  readonly stamps: "hlc" | "version";
  /** Keys at most. */
  readonly entriesMax: number;
  /** Of more keys than `entriesMax`: refuse what comes later (when absent; two hubs may then never agree), or keep those of the
   *  lowest positions, which are the same everywhere. */
  readonly whenFull?: "refuse" | "lowest";
  /** Of all entries, as `bytesOf` counts. */
  readonly bytesMax: number;
  readonly valueBytesMax: number;
  /** Whether that entry may be: who may write which key, signatures, what the version may be. The exact bytes are in `value`.
   *  @returns undefined, or what is wrong, as a counter's name. */
  readonly accept: (entry: StateEntry) => string | undefined;
  /** Whether an entry that was accepted once still may be: its writer was revoked since, its papers have ended. Cheap, since all are
   *  asked about again and again: signatures were judged by `accept`. All hubs must judge alike. Absent: for ever. */
  readonly holds?: (entry: StateEntry) => boolean;
  /** Scope "cell": whose entry it is. It goes when that hub leaves the cell. */
  readonly hubOf?: (entry: StateEntry) => HubId;
}

/** What the codec takes. */
export const VALUE_BYTES_MAX = 4096;

interface Registry extends RegistrySpec {
  entries: number;
  bytes: number;
}

export type Merged =
  | { readonly result: "new"; readonly entry: Entry }
  /** What is here is newer, or the same. */
  | { readonly result: "older" | "same"; readonly entry: Entry }
  | { readonly result: "refused"; readonly why: string };

export interface RegistriesOptions {
  readonly specs: readonly RegistrySpec[];
  readonly hash: Hash;
  /** Hubs of one simulator share what is computed of an entry. */
  readonly sealed?: WeakMap<StateEntry, Entry>;
  readonly driftMaxMs: number;
  readonly tombstoneMs: number;
}

export class Registries {
  readonly #options: RegistriesOptions;
  readonly #registries = new Map<number, Registry>();
  readonly #byName = new Map<string, Registry>();
  readonly #sets: Partial<Record<BroadcastScope, ItemSet>> = {};

  /** @throws RangeError when two registries share a name or a number, or a value could be longer than a frame takes. */
  constructor(options: RegistriesOptions) {
    this.#options = options;
    for (const spec of options.specs) {
      if (this.#registries.has(spec.number) || this.#byName.has(spec.name))
        throw new RangeError(`two registries are called ${spec.name} or ${spec.number}`);
      if (spec.valueBytesMax > VALUE_BYTES_MAX) throw new RangeError(`${spec.name}: values are too long`);
      const registry = { ...spec, entries: 0, bytes: 0 };
      this.#registries.set(spec.number, registry);
      this.#byName.set(spec.name, registry);
      this.#sets[spec.scope] ??= new ItemSet();
    }
  }

  /** All entries of the scope; undefined when no registry has it. */
  set(scope: BroadcastScope): ItemSet | undefined {
    return this.#sets[scope];
  }

  /** @throws RangeError when there is no such registry. */
  spec(name: string): RegistrySpec {
    const registry = this.#byName.get(name);
    if (registry === undefined) throw new RangeError(`no registry ${name}`);
    return registry;
  }

  stampsOf(registry: number): RegistrySpec["stamps"] | undefined {
    return this.#registries.get(registry)?.stamps;
  }

  scopeOf(entry: StateEntry): BroadcastScope | undefined {
    return this.#registries.get(entry.registry)?.scope;
  }

  get(name: string, key: string): Entry | undefined {
    const { number, scope } = this.spec(name);
    return this.#sets[scope]?.get(positionOf(this.#options.hash, number, key), number, key);
  }

  /** In the order of reconciliation, which looks random. The registry must not change meanwhile. */
  *entries(name: string): Generator<Entry> {
    const { number, scope } = this.spec(name);
    for (const entry of this.#sets[scope] ?? []) if (entry.registry === number) yield entry;
  }

  size(name: string): { readonly entries: number; readonly bytes: number } {
    const { entries, bytes } = this.spec(name) as Registry;
    return { entries, bytes };
  }

  /** Whether it is there, as new or newer. */
  has(entry: StateEntry): boolean {
    const registry = this.#registries.get(entry.registry);
    if (registry === undefined) return false;
    const sealed = this.#seal(entry);
    const known = this.#sets[registry.scope]?.get(sealed.position, sealed.registry, sealed.key);
    return known !== undefined && compareVersions(sealed, known) <= 0;
  }

  /** @param trusted of this hub's own disk: signatures and clocks were judged when it was written there. */
  merge(entry: StateEntry, wallMs: number, trusted = false): Merged {
    const registry = this.#registries.get(entry.registry);
    if (registry === undefined) return refused("unknown-registry");
    const sealed = this.#seal(entry);
    const set = this.#sets[registry.scope] as ItemSet;
    const known = set.get(sealed.position, sealed.registry, sealed.key);
    // First of all, since it is cheap and mostly so: signatures are looked at only where something would change.
    if (known !== undefined) {
      const order = compareVersions(sealed, known);
      if (order <= 0) return { result: order === 0 ? "same" : "older", entry: known };
    }
    const why = this.#refusal(registry, sealed, known, wallMs, trusted);
    if (why !== undefined) return refused(why);
    this.#set(registry, set, sealed, known);
    if (registry.entries > registry.entriesMax) this.#delete(registry, set, set.lastOf(registry.number) ?? sealed);
    if (registry.kind === "or" && sealed.major === FLOOR_MAJOR) this.#dropBelow(registry, set, sealed);
    return { result: "new", entry: sealed };
  }

  /** Drops what no registry's `holds` lets be any more. @returns how many. */
  prune(): number {
    let gone = 0;
    for (const { name, holds } of this.#registries.values()) if (holds !== undefined) gone += this.drop(name, holds);
    return gone;
  }

  /** Drops what those left behind that are of this cell no more. @returns how many. */
  pruneCell(inCell: (hub: HubId) => boolean): number {
    let gone = 0;
    for (const { name, hubOf } of this.#registries.values())
      if (hubOf !== undefined) gone += this.drop(name, (entry) => inCell(hubOf(entry)));
    return gone;
  }

  /** @returns how many. */
  drop(name: string, keep: (entry: StateEntry) => boolean): number {
    const registry = this.spec(name) as Registry;
    const set = this.#sets[registry.scope] as ItemSet;
    const gone = [...this.entries(name)].filter((entry) => !keep(entry));
    for (const entry of gone) this.#delete(registry, set, entry);
    return gone.length;
  }

  #seal(entry: StateEntry): Entry {
    const { sealed, hash } = this.#options;
    const known = sealed?.get(entry);
    if (known !== undefined) return known;
    const fresh = seal(hash, entry);
    sealed?.set(entry, fresh);
    sealed?.set(fresh, fresh);
    return fresh;
  }

  #refusal(
    registry: Registry,
    entry: Entry,
    known: Entry | undefined,
    wallMs: number,
    trusted: boolean,
  ): string | undefined {
    if (entry.value.length > registry.valueBytesMax) return "value-bytes";
    if (known === undefined && !this.#hasRoom(registry, entry)) return "full";
    const bytes = registry.bytes + bytesOf(entry) - (known === undefined ? 0 : bytesOf(known));
    if (bytes > registry.bytesMax) return "full";
    const stampMs = registry.kind === "or" ? entry.minor : entry.major;
    if (!trusted && registry.stamps === "hlc" && stampMs > wallMs + this.#options.driftMaxMs) return "future";
    if (registry.kind === "or") {
      const why = this.#refusalOfDot(registry, entry, wallMs);
      if (why !== undefined) return why;
    }
    if (!trusted || registry.holds === undefined) return registry.accept(entry);
    return registry.holds(entry) ? undefined : "ended";
  }

  #hasRoom(registry: Registry, entry: Entry): boolean {
    if (registry.entries < registry.entriesMax) return true;
    if (registry.whenFull !== "lowest") return false;
    const last = this.#sets[registry.scope]?.lastOf(registry.number);
    return last !== undefined && compareEntries(entry, last) < 0;
  }

  #refusalOfDot(registry: Registry, entry: Entry, wallMs: number): string | undefined {
    if (entry.major === FLOOR_MAJOR) return entry.key.length === 32 ? undefined : "malformed";
    const dot = dotOf(entry.key);
    if (dot === undefined || entry.major > 1) return "malformed";
    if (isRemoved(entry) && entry.minor < wallMs - this.#options.tombstoneMs) return "old-tombstone";
    const floor = this.get(registry.name, dot.hub);
    return floor !== undefined && dot.counter < floor.minor ? "below-floor" : undefined;
  }

  #dropBelow(registry: Registry, set: ItemSet, floor: Entry): void {
    for (const entry of [...this.entries(registry.name)]) {
      const dot = dotOf(entry.key);
      if (dot !== undefined && dot.hub === floor.key && dot.counter < floor.minor) this.#delete(registry, set, entry);
    }
  }

  #set(registry: Registry, set: ItemSet, entry: Entry, known: Entry | undefined): void {
    set.set(entry);
    registry.bytes += bytesOf(entry) - (known === undefined ? 0 : bytesOf(known));
    if (known === undefined) registry.entries += 1;
  }

  #delete(registry: Registry, set: ItemSet, entry: Entry): void {
    if (!set.delete(entry)) return;
    registry.entries -= 1;
    registry.bytes -= bytesOf(entry);
  }
}

function refused(why: string): Merged {
  return { result: "refused", why };
}
