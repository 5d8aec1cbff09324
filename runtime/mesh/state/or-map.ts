/**
 * An observed-remove map over a registry of kind "or": of adding and removing at once, adding wins. Pure.
 * Optimised OR-Set: Bieniusa et al., An Optimized Conflict-free Replicated Set (2012), with dots as entries of their own so that
 * range-based reconciliation carries them. A removed dot stays as a tombstone until its hub raises its floor past it
 * (`compact`), or for `tombstoneMs` when that hub does not come back.
 */
import type { HubId } from "../../core/ids.js";
import type { Entry } from "./entry.js";
import { dotOf, FLOOR_MAJOR, isRemoved, keyOfDot, REMOVED_MAJOR } from "./or-dots.js";
import type { State } from "./state.js";

export interface OrMapOptions {
  readonly registry: string;
  readonly self: HubId;
  readonly state: State;
  /** The element's key inside the map. */
  readonly keyOf: (value: Uint8Array) => string;
  readonly wallMs: (nowMs: number) => number;
  readonly tombstoneMs: number;
}

const NOTHING = new Uint8Array(0);
/** So many old tombstones are worth a floor. */
const COMPACT_AT = 16;

export class OrMap {
  readonly #options: OrMapOptions;

  constructor(options: OrMapOptions) {
    this.#options = options;
  }

  /** Adds or replaces. @param value as the registry's `accept` wants it, signed where it must be. */
  add(value: Uint8Array, nowMs: number): void {
    const { keyOf } = this.#options;
    const key = keyOf(value);
    const before = this.#live().filter((entry) => keyOf(entry.value) === key);
    this.#put(keyOfDot({ hub: this.#options.self, counter: this.#nextCounter(nowMs) }), 0, value, nowMs);
    for (const entry of before) this.#put(entry.key, REMOVED_MAJOR, NOTHING, nowMs);
  }

  /** Removes what is here of that key; what somebody adds elsewhere meanwhile stays.
   *  @param proof kept in place of the value. */
  remove(key: string, nowMs: number, proof: Uint8Array = NOTHING): void {
    for (const entry of this.#live()) {
      if (this.#options.keyOf(entry.value) === key) this.#put(entry.key, REMOVED_MAJOR, proof, nowMs);
    }
  }

  /** One value for each key: of several added at once the latest. */
  values(): Map<string, Uint8Array> {
    const latest = new Map<string, Entry>();
    for (const entry of this.#live()) {
      const key = this.#options.keyOf(entry.value);
      const known = latest.get(key);
      if (known === undefined || isLater(entry, known)) latest.set(key, entry);
    }
    return new Map([...latest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { value }]) => [key, value]));
  }

  /** Raises this hub's floor past its old tombstones: adds what still lives below it anew, then says that below is nothing.
   *  @returns how many entries went. */
  compact(nowMs: number): number {
    const { self, wallMs, tombstoneMs, registry, state } = this.#options;
    const before = state.registries.size(registry).entries;
    const own = [...state.registries.entries(registry)].filter(({ key }) => dotOf(key)?.hub === self);
    const old = own.filter((entry) => isRemoved(entry) && entry.minor < wallMs(nowMs) - tombstoneMs / 2);
    if (old.length < COMPACT_AT) return 0;
    const floor = 1 + Math.max(...old.map(({ key }) => dotOf(key)?.counter ?? 0));
    for (const { key, value, major } of own) {
      if (major === 0 && (dotOf(key)?.counter ?? floor) < floor) {
        this.#put(keyOfDot({ hub: self, counter: this.#nextCounter(nowMs) }), 0, value, nowMs);
      }
    }
    state.put(registry, self, FLOOR_MAJOR, floor, NOTHING, nowMs);
    return before - state.registries.size(registry).entries;
  }

  #live(): Entry[] {
    const { state, registry } = this.#options;
    return [...state.registries.entries(registry)].filter(({ major }) => major === 0);
  }

  #put(key: string, major: number, value: Uint8Array, nowMs: number): void {
    this.#options.state.put(this.#options.registry, key, major, Math.floor(this.#options.wallMs(nowMs)), value, nowMs);
  }

  /** Close to the wall clock, so that a restart does not use a number again; above all that this hub has used. */
  #nextCounter(nowMs: number): number {
    const { self, state, registry, wallMs } = this.#options;
    let used = 0;
    for (const { key, minor } of state.registries.entries(registry)) {
      const dot = dotOf(key);
      if (dot?.hub === self) used = Math.max(used, dot.counter);
      else if (key === self) used = Math.max(used, minor);
    }
    return Math.max(used + 1, Math.floor(wallMs(nowMs)));
  }
}

function isLater(a: Entry, b: Entry): boolean {
  return a.minor > b.minor || (a.minor === b.minor && a.key > b.key);
}
