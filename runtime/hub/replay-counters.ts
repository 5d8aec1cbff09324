/**
 * Keeps the anti-replay counters of encrypted sensors in the store: one record per sensor and key, written durably
 * before an advert that depends on it is believed. A sensor with a new key begins anew, since the key's hash is part of
 * the record's name.
 */
import { createHash } from "node:crypto";
import type { PersistCounter } from "../../firmware-bridge/bridge.js";
import type { ConfiguredSensor } from "../../firmware-bridge/sensor-table.js";
import { isSensorId, type SensorId, sensorIdFromAddress } from "../core/ids.js";
import type { Counters, Store } from "../core/ports.js";

const PREFIX = "replay-counter/";
const PREFIX_END = "replay-counter0";
const RECORDS_MAX = 4096;

export class ReplayCounters {
  readonly #store: Store;
  readonly #counters: Counters;
  readonly #keyHashes: ReadonlyMap<SensorId, string>;
  /** The newest of each sensor goes to disk; the store keeps their order. */
  constructor(store: Store, counters: Counters, sensors: readonly ConfiguredSensor[]) {
    this.#store = store;
    this.#counters = counters;
    this.#keyHashes = new Map(
      sensors.flatMap(({ address, key }) => {
        const sensor = sensorIdFromAddress(address);
        return sensor && key ? [[sensor, hashOf(key)] as const] : [];
      }),
    );
  }

  async load(): Promise<ReadonlyMap<SensorId, number>> {
    const loaded = new Map<SensorId, number>();
    if (this.#keyHashes.size === 0) return loaded;
    for await (const [key, value] of this.#store.range(PREFIX, PREFIX_END, { limit: RECORDS_MAX })) {
      const [sensor = "", hash] = key.slice(PREFIX.length).split("/");
      if (!isSensorId(sensor) || this.#keyHashes.get(sensor) !== hash) continue;
      const counter = new DataView(value.buffer, value.byteOffset, value.byteLength);
      if (value.byteLength === 8) loaded.set(sensor, counter.getFloat64(0));
      else this.#counters.count("store.badReplayCounter");
    }
    return loaded;
  }

  /** @param stored called when it survives a power cut; not at all when the disk refuses it. */
  persist({ sensor, ceiling }: PersistCounter, stored: () => void, failed: (error: unknown) => void): void {
    const hash = this.#keyHashes.get(sensor);
    if (hash === undefined) return;
    const key = `${PREFIX}${sensor}/${hash}`;
    const { counter } = ceiling;
    const value = new Uint8Array(8);
    new DataView(value.buffer).setFloat64(0, counter);
    const operation = counter < 0 ? ({ type: "delete", key } as const) : ({ type: "put", key, value } as const);
    this.#store.write([operation], { durable: true }).then(stored, failed);
  }
}

/** Enough to tell keys apart; the key itself stays out of the store. */
function hashOf(key: Uint8Array): string {
  return createHash("sha256").update("mindos replay counter").update(key).digest("hex").slice(0, 16);
}
