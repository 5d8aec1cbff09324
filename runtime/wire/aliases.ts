/**
 * Small numbers that stand for hubs on one link, in one direction: PROTOCOL.md §1. Pure; one of each per link end.
 * The sender decides what a number means, the receiver follows. A link keeps the order of frames and loses none while it
 * lives, so a binding need not be acknowledged.
 */
import { HUB_ID_BYTES, type HubId, hubIdFromBytes, idToBytes } from "../core/ids.js";
import type { Locator } from "../core/mesh.js";
import type { CborValue } from "./cbor.js";
import { cborBytes } from "./cbor-size.js";
import type { Codec, Reader, References, Writer } from "./codec.js";

/** All that a settled hub speaks of (256 destinations at most) and four times as many that pass through. About 150 bytes for each
 *  that is in use; past it the one used longest ago is bound anew. */
export const ALIASES_MAX = 1024;

/** What an alias stands for, at its reader. */
export interface Binding {
  readonly hub: HubId;
  /** Absent: nobody has said it; the hub cannot be the source of a frame under this alias. */
  readonly epoch: number | undefined;
  readonly locator: Locator | undefined;
}

export class HeardAliases implements References {
  /** Created with the first binding: most hubs of a simulation, and links that only beat, never have one. */
  #bindings: (Binding | undefined)[] | undefined;
  #restarts = 0;

  /** How often alias 0 was bound: a sender that binds everything anew begins with it. */
  get restarts(): number {
    return this.#restarts;
  }

  get(alias: number): Binding | undefined {
    return this.#bindings?.[alias];
  }

  /** @param alias below ALIASES_MAX; the caller has checked it. */
  set(alias: number, binding: Binding): void {
    this.#bindings ??= [];
    this.#bindings[alias] = binding;
    if (alias === 0) this.#restarts += 1;
  }

  hubOf(alias: number): HubId | undefined {
    return this.get(alias)?.hub;
  }

  bind(alias: number, hub: HubId): void {
    this.set(alias, { hub, epoch: undefined, locator: undefined });
  }
}

/** An alias at the end that chose it. */
export interface SentAlias {
  readonly alias: number;
  readonly hub: HubId;
  epoch: number | undefined;
  locator: Locator | undefined;
  /** Since the hand came by last. */
  used: boolean;
}

/**
 * Which alias is given to whom. When all are taken the clock algorithm (Corbató 1968) finds one that was not used
 * lately: near enough to "longest ago", and a use costs one write instead of moving an entry in a list.
 */
export class SentAliases implements Writer {
  #byHub: Map<HubId, SentAlias> | undefined;
  #byAlias: (SentAlias | undefined)[] = [];
  #hand = 0;
  /** What the frame in hand binds: to be forgotten should it not leave. */
  readonly #fresh: SentAlias[] = [];

  /** A frame begins. */
  begin(): void {
    if (this.#fresh.length > 0) this.#fresh.length = 0;
  }

  /** The frame that began last does not leave: what it binds is bound anew by the next that needs it. */
  undo(): void {
    for (const entry of this.#fresh) {
      if (this.#byHub?.get(entry.hub) !== entry) continue;
      this.#byHub.delete(entry.hub);
      this.#byAlias[entry.alias] = undefined;
    }
    this.#fresh.length = 0;
  }

  /** The other end has lost track: every hub is bound anew, from alias 0 on. */
  clear(): void {
    this.#byHub = undefined;
    this.#byAlias = [];
    this.#hand = 0;
    this.#fresh.length = 0;
  }

  /** @returns undefined when the hub has no alias: `bind` gives it one. */
  find(hub: HubId): SentAlias | undefined {
    const entry = this.#byHub?.get(hub);
    if (entry !== undefined) entry.used = true;
    return entry;
  }

  /** @returns an entry that the frame in hand must write out. */
  bind(hub: HubId): SentAlias {
    const alias = this.#vacant();
    const entry: SentAlias = { alias, hub, epoch: undefined, locator: undefined, used: true };
    this.#byHub ??= new Map();
    this.#byHub.set(hub, entry);
    this.#byAlias[alias] = entry;
    this.#fresh.push(entry);
    return entry;
  }

  /** The entry's epoch or locator is said anew by the frame in hand. */
  changed(entry: SentAlias): void {
    this.#fresh.push(entry);
  }

  refer(hub: HubId): CborValue {
    const known = this.find(hub);
    return known === undefined ? [this.bind(hub).alias, idToBytes(hub)] : known.alias;
  }

  #vacant(): number {
    if (this.#byAlias.length < ALIASES_MAX) return this.#byAlias.length;
    // Two turns at most: the first takes every mark away.
    for (;;) {
      const alias = this.#hand;
      this.#hand = (alias + 1) % ALIASES_MAX;
      const entry = this.#byAlias[alias];
      if (entry === undefined) return alias;
      if (!entry.used) {
        this.#byHub?.delete(entry.hub);
        return alias;
      }
      entry.used = false;
    }
  }
}

/**
 * A hub in the body of a message between the two ends of a link: 1–3 bytes once it is bound. `[alias, hub id]` binds it.
 * Not for what is passed on: another link's aliases mean other hubs.
 */
export const hubAlias: Codec<HubId> = {
  read(wire, reader) {
    if (reader.references === undefined) return reader.fail("BAD_FIELD", "an alias where nothing binds one");
    if (typeof wire === "number") {
      return reader.references.hubOf(wire) ?? reader.fail("UNKNOWN_ALIAS");
    }
    return readBinding(wire, reader, reader.references);
  },
  write(hub, writer) {
    if (writer === undefined) throw new RangeError("an alias outside a link");
    return writer.refer(hub);
  },
  size(hub, writer) {
    return cborBytes(hubAlias.write(hub, writer));
  },
};

function readBinding(wire: CborValue, reader: Reader, references: References): HubId | undefined {
  const [alias, id] = Array.isArray(wire) && wire.length === 2 ? (wire as readonly CborValue[]) : [];
  if (!isAlias(alias) || !(id instanceof Uint8Array) || id.length !== HUB_ID_BYTES) {
    return reader.fail("BAD_FIELD", "expected an alias or [alias, hub id]");
  }
  const hub = hubIdFromBytes(id);
  references.bind(alias, hub);
  return hub;
}

export function isAlias(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < ALIASES_MAX;
}
