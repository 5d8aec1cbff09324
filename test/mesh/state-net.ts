/** Hubs that broadcast and reconcile, and what goes over each link. */
import { createHash } from "node:crypto";
import type { HubId } from "../../runtime/core/ids.js";
import type { Message } from "../../runtime/core/messages.js";
import type { StateEntry } from "../../runtime/core/messages-state.js";
import { Broadcast } from "../../runtime/mesh/broadcast/broadcast.js";
import type { Entry } from "../../runtime/mesh/state/entry.js";
import type { RegistrySpec } from "../../runtime/mesh/state/registries.js";
import { STATE_DEFAULTS, type StateSettings } from "../../runtime/mesh/state/settings.js";
import { State } from "../../runtime/mesh/state/state.js";
import { encodeCbor } from "../../runtime/wire/cbor.js";
import { messageOfName } from "../../runtime/wire/messages.js";
import { SmallNet, type Station } from "./small-net.js";

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash("sha256").update(bytes).digest();
const hex = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
/** As 2026 has it. */
export const WALL_MS = 1_790_000_000_000;

export const ADVERTS: RegistrySpec = {
  number: 1,
  name: "adverts",
  kind: "lww",
  scope: "everyone",
  stamps: "version",
  entriesMax: 20_000,
  bytesMax: 8 * 1024 * 1024,
  valueBytesMax: 2048,
  accept: () => undefined,
};
export const SETTINGS: RegistrySpec = { ...ADVERTS, number: 2, name: "settings", stamps: "hlc" };
export const PLACES: RegistrySpec = { ...ADVERTS, number: 3, name: "places", kind: "or", stamps: "hlc" };
export const CELL_NOTES: RegistrySpec = { ...ADVERTS, number: 4, name: "notes", scope: "cell" };

/** MQTT's share of a frame. */
const mqttBytes = (cbor: number): number => cbor + (cbor < 125 ? 5 : cbor < 16_381 ? 6 : 7);

/** A frame between neighbours: type, number, body. */
function encode(message: Message): Uint8Array {
  const entry = messageOfName(message.type);
  if (entry === undefined) throw new Error(`${message.type} is not specified`);
  return encodeCbor([entry.number, 200, entry.body.write(message)]);
}

export function frameBytes(message: Message): number {
  return mqttBytes(encode(message).length);
}

export interface Keeper extends Station {
  readonly state: State;
  readonly changes: StateEntry[];
}

export class StateNet extends SmallNet<Keeper> {
  /** Entries and payloads are shared between the hubs, as in a simulator. */
  readonly #sealed = new WeakMap<StateEntry, Entry>();
  readonly #payloads = new Map<string, Message>();
  readonly counts = new Map<string, number>();
  /** Bytes over links, by "from-to". Filled while `metering`. */
  readonly bytes = new Map<string, number>();
  metering = false;
  syncBytes = 0;

  constructor(
    seed: number,
    readonly specs: readonly RegistrySpec[] = [ADVERTS],
    readonly settings: Partial<StateSettings> = {},
    readonly cellOf: (hub: HubId) => number = () => 0,
    readonly skewMs: (index: number) => number = () => 0,
  ) {
    super(seed);
    this.onSend = (from, to, message) => {
      if (!this.metering) return;
      const bytes = frameBytes(message);
      if (message.type === "SYNC") this.syncBytes += bytes;
      const key = `${from}-${to}`;
      this.bytes.set(key, (this.bytes.get(key) ?? 0) + bytes);
    };
  }

  addHub(): number {
    return this.add((hub, index) => this.#keeper(hub, index));
  }

  over(a: number, b: number): number {
    return (this.bytes.get(`${a}-${b}`) ?? 0) + (this.bytes.get(`${b}-${a}`) ?? 0);
  }

  count(name: string): number {
    return this.counts.get(`mesh.state.${name}`) ?? 0;
  }

  put(index: number, entry: StateEntry, registry = "adverts"): void {
    const { key, major, minor, value } = entry;
    this.act(index, ({ state }) => void state.put(registry, key, major, minor, value, this.nowMs));
  }

  /** Whether all that live hold the same. */
  agrees(indices: readonly number[] = [...this.stations.keys()]): boolean {
    const prints = indices.flatMap((index) => {
      const set = this.stations[index]?.state.registries.set("everyone");
      return set === undefined ? [] : [`${set.size} ${set.summary(0, 2 ** 48).sum.join()}`];
    });
    return new Set(prints).size <= 1;
  }

  #keeper(hub: HubId, index: number): Keeper {
    const changes: StateEntry[] = [];
    const inCell = (other: HubId): boolean => this.cellOf(other) === this.cellOf(hub);
    const count = (name: string, by = 1): void => void this.counts.set(name, (this.counts.get(name) ?? 0) + by);
    const send = (to: HubId, message: Message): number => this.send(index, to, message);
    const broadcast = new Broadcast({
      self: hub,
      epoch: 1,
      hash: sha256,
      inCell,
      // Frames bear the true bytes; the values that they stand for are shared.
      encode: (message) => {
        const bytes = encode(message);
        this.#payloads.set(hex(bytes), message);
        return bytes;
      },
      decode: (bytes) => this.#payloads.get(hex(bytes)),
      reconciled: {
        concerns: (message) => message.type === "SYNC",
        isStale: (message) => message.type === "SYNC" && state.hasTold(message.entries),
        isPending: (other) => state.isToCompare(other),
      },
      sink: {
        send,
        count,
        route: () => undefined,
        notice: (notice) => {
          if (notice.type === "deliver" && notice.message.type === "SYNC")
            state.onDelta(notice.from, notice.message, this.nowMs, this.rng);
        },
      },
    });
    const state = new State({
      self: hub,
      registries: this.specs,
      hash: sha256,
      sealed: this.#sealed,
      inCell,
      wallMs: (nowMs) => WALL_MS + nowMs + this.skewMs(index),
      changed: (_registry, entry) => void changes.push(entry),
      publish: (scope, message, nowMs, rng, except) => broadcast.publish(scope, message, nowMs, rng, except),
      settings: { ...STATE_DEFAULTS, ...this.settings },
      sink: { send, count, route: () => undefined, notice: () => undefined },
    });
    return {
      state,
      changes,
      get deadlineMs() {
        return Math.min(broadcast.deadlineMs, state.deadlineMs);
      },
      tick: (nowMs, rng) => {
        if (broadcast.deadlineMs <= nowMs) broadcast.tick(nowMs, rng);
        if (state.deadlineMs <= nowMs) state.tick(nowMs, rng);
      },
      linkUp: (neighbour, nowMs, rng) => {
        broadcast.neighbourUp(neighbour, nowMs, rng);
        state.neighbourUp(neighbour, nowMs, rng);
      },
      linkDown: (other, nowMs, rng) => {
        broadcast.neighbourDown(other, nowMs, rng);
        state.neighbourDown(other, nowMs, rng);
      },
      message: (from, message, nowMs, rng) => {
        if (message.type === "GOSSIP") broadcast.onGossip(from, message, nowMs, rng);
        else if (message.type === "SYNC") state.onSync(from, message, nowMs, rng);
      },
    };
  }
}

/** An entry of about `bytes` bytes on the wire. */
export function entryOf(key: string, minor = 1, bytes = 125, registry = 1): StateEntry {
  const value = new Uint8Array(Math.max(0, bytes - 28 - key.length / 2));
  value.fill(minor % 251);
  return { registry, key, major: 1, minor, value };
}

export const keyOf = (n: number): string =>
  Buffer.from(sha256(Buffer.from(`key ${n}`)))
    .subarray(0, 16)
    .toString("hex");
export const all = (net: StateNet): number[] => [...net.stations.keys()];

/** Two halves that once were one mesh: rings with chords, the same entries everywhere. */
export function halves(entries: number, perHalf: number, seed = 1): StateNet {
  const net = new StateNet(seed);
  for (let i = 0; i < 2 * perHalf; i++) net.addHub();
  const base = Array.from({ length: entries }, (_, n) => entryOf(keyOf(n)));
  for (const index of all(net)) for (const entry of base) net.station(index).state.restore(entry, 0);
  for (const first of [0, perHalf]) {
    for (let i = 0; perHalf > 1 && i < perHalf; i++) {
      net.link(first + i, first + ((i + 1) % perHalf), 15);
      net.link(first + i, first + ((i + 3) % perHalf), 15);
    }
  }
  net.run(30_000);
  return net;
}
