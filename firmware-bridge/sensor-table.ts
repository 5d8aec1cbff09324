/**
 * What the bridge knows of each sensor, in three tables with three bounds, so that strangers cannot push out friends:
 *
 *     heard once        candidates   a count each; the least recently heard goes first
 *     heard three times established  full state; kept until silent for a day and its place is wanted
 *     in the settings   configured   full state, for ever
 *
 * An address that was never decoded holds nothing at all. Pure.
 */
import type { Origin } from "../runtime/core/advert.js";
import { LruMap } from "../runtime/core/bounded.js";
import { hexToBytes } from "../runtime/core/bytes.js";
import type { Measurement } from "../runtime/core/decoder.js";
import { MindosError } from "../runtime/core/errors.js";
import { addressOfSensor, type SensorId, sensorIdFromAddress } from "../runtime/core/ids.js";
import type { Quantity } from "../runtime/core/quantity.js";
import type { Reading, SensorInfo } from "../runtime/core/reading.js";
import { Dedupe } from "./dedupe.js";
import { ReplayGuard } from "./replay-guard.js";
import { Staleness } from "./staleness.js";

export interface ConfiguredSensor {
  /** "A4:C1:38:0B:5E:ED" */
  readonly address: string;
  readonly name?: string;
  readonly place?: string;
  /** 16 bytes. With a key, plain adverts of this sensor are refused. */
  readonly key?: Uint8Array;
}

export interface SensorLimits {
  /** Sensors in the settings. A record is about 2 KB. */
  readonly configuredMax: number;
  /** Sensors heard often enough that nobody configured: more than a home has, and about 0.5 MB. */
  readonly establishedMax: number;
  /** Addresses decoded once or twice. At 10,000 strangers a minute an entry lives for 6 s, so that a new sensor that
   *  sends every 5 s is still found during such a flood; about 100 KB. */
  readonly candidatesMax: number;
}

export const SENSOR_LIMITS: SensorLimits = { configuredMax: 1_024, establishedMax: 256, candidatesMax: 1_024 };

/** Once may be a passer-by or a flood of made-up addresses; three times from one address is a thing that stays. */
const SIGHTINGS_NEEDED = 3;

/** A place in the full table is free again after a day's silence: a sensor in range sends several times an hour. */
const FORGOTTEN_MS = 24 * 3_600_000;

/** Different values of one sensor that are shown. A legacy advert holds thirteen at most. */
const LATEST_MAX = 32;

/** Adverts that wait for a counter to be stored: a burst, during the milliseconds that a write takes. */
const HELD_MAX = 8;

interface Held {
  readonly counter: number;
  readonly readings: readonly Reading[];
}

/** One sensor's state. */
export class SensorRecord {
  readonly dedupe = new Dedupe();
  readonly staleness = new Staleness();
  readonly addressBytes: Uint8Array;
  readonly #latest: { readonly quantity: Quantity; value: number; readonly index: number }[] = [];
  #held: Held[] = [];
  format = "";
  advertName: string | undefined;
  origin: Origin = "live";
  rssiDbm = 0;
  encrypted = false;
  /** Undefined until it is heard for the first time since start. */
  heardMs: number | undefined;

  constructor(
    readonly sensor: SensorId,
    readonly configured: ConfiguredSensor | undefined,
    readonly guard: ReplayGuard | undefined,
  ) {
    this.addressBytes = hexToBytes(sensor.slice(4));
  }

  get name(): string {
    return this.configured?.name ?? this.advertName ?? addressOfSensor(this.sensor);
  }

  /** A sensor with more kinds of value than are shown keeps those that came first. */
  note(measurements: readonly Measurement[]): void {
    for (const { quantity, value, index } of measurements) {
      if (quantity === "text" || quantity === "raw") continue;
      const shown = this.#latest.find((latest) => latest.quantity === quantity && latest.index === index);
      if (shown) shown.value = value;
      else if (this.#latest.length < LATEST_MAX) this.#latest.push({ quantity, value, index });
    }
  }

  /** @returns how many adverts had to go to make room. */
  hold(held: Held): number {
    this.#held.push(held);
    if (this.#held.length <= HELD_MAX) return 0;
    this.#held.shift();
    return 1;
  }

  release(guard: ReplayGuard): readonly Reading[] {
    const free = this.#held.filter((held) => guard.isDurable(held.counter));
    if (free.length > 0) this.#held = this.#held.filter((held) => !guard.isDurable(held.counter));
    return free.flatMap((held) => held.readings);
  }

  dropHeld(): void {
    this.#held = [];
  }

  info(nowMs: number): SensorInfo {
    return {
      sensor: this.sensor,
      name: this.name,
      place: this.configured?.place,
      format: this.format,
      origin: this.origin,
      rssiDbm: this.rssiDbm,
      encrypted: this.encrypted,
      silentMs: Math.max(0, nowMs - (this.heardMs ?? nowMs)),
      stale: this.staleness.isStale(nowMs),
      latest: this.#latest.map((latest) => ({ ...latest })),
    };
  }
}

export type Admission = SensorRecord | "candidate" | "tableFull";

export class SensorTable {
  readonly #configured = new Map<SensorId, SensorRecord>();
  readonly #established = new Map<SensorId, SensorRecord>();
  readonly #candidates: LruMap<SensorId, number>;

  /** @throws MindosError CONFIG_INVALID for an address that is none or comes twice, a key that is not 16 bytes long, or
   *  too many sensors. */
  constructor(
    sensors: readonly ConfiguredSensor[],
    storedCounters: ReadonlyMap<SensorId, number>,
    readonly limits: SensorLimits,
  ) {
    if (sensors.length > limits.configuredMax)
      throw new MindosError("CONFIG_INVALID", `${sensors.length} sensors; at most ${limits.configuredMax}`);
    for (const configured of sensors) {
      const sensor = sensorIdFromAddress(configured.address);
      if (!sensor) throw new MindosError("CONFIG_INVALID", `sensor address "${configured.address}" is not six bytes`);
      if (this.#configured.has(sensor))
        throw new MindosError("CONFIG_INVALID", `sensor address "${configured.address}" comes twice`);
      if (configured.key && configured.key.length !== 16)
        throw new MindosError("CONFIG_INVALID", `the key of sensor "${configured.address}" is not 16 bytes long`);
      const guard = configured.key ? new ReplayGuard(storedCounters.get(sensor)) : undefined;
      this.#configured.set(sensor, new SensorRecord(sensor, configured, guard));
    }
    this.#candidates = new LruMap(limits.candidatesMax);
  }

  find(sensor: SensorId): SensorRecord | undefined {
    return this.#configured.get(sensor) ?? this.#established.get(sensor);
  }

  /** An unknown address was decoded once more. */
  admit(sensor: SensorId, nowMs: number): Admission {
    const sightings = (this.#candidates.get(sensor) ?? 0) + 1;
    if (sightings < SIGHTINGS_NEEDED) {
      this.#candidates.set(sensor, sightings);
      return "candidate";
    }
    if (this.#established.size >= this.limits.establishedMax && !this.#forgetOne(nowMs)) return "tableFull";
    this.#candidates.delete(sensor);
    const record = new SensorRecord(sensor, undefined, undefined);
    this.#established.set(sensor, record);
    return record;
  }

  /** Configured first, then established; those heard since start. */
  *heard(): Generator<SensorRecord> {
    for (const record of this.#configured.values()) if (record.heardMs !== undefined) yield record;
    yield* this.#established.values();
  }

  configured(): IterableIterator<SensorRecord> {
    return this.#configured.values();
  }

  get size(): number {
    return this.#configured.size + this.#established.size + this.#candidates.size;
  }

  #forgetOne(nowMs: number): boolean {
    for (const [sensor, record] of this.#established) {
      if (nowMs - (record.heardMs ?? nowMs) < FORGOTTEN_MS) continue;
      this.#established.delete(sensor);
      return true;
    }
    return false;
  }
}
