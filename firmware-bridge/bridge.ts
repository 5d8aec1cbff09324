/**
 * The bridge: adverts in, readings out. It finds the decoder, refuses what is damaged, replayed or a copy, and keeps
 * what is known of each sensor. A pure machine: time is an argument, and what must be stored is an output.
 *
 *     advert ─► format? ─► decode ─► known sensor? ─► replayed? ─► copy? ─► counter stored? ─► readings
 *
 * Each question may end the advert: a counted drop, named in DropReason.
 */
import { ADVERT_DATA_BYTES_MAX, type Advert } from "../runtime/core/advert.js";
import { hexToBytes } from "../runtime/core/bytes.js";
import {
  type CcmDecrypt,
  type DecodeContext,
  type Decoded,
  DecodeError,
  type DecodeErrorCode,
  type Decoder,
} from "../runtime/core/decoder.js";
import { type SensorId, sensorIdFromAddress } from "../runtime/core/ids.js";
import type { Counters } from "../runtime/core/ports.js";
import type { Reading, SensorInfo } from "../runtime/core/reading.js";
import { printable } from "../runtime/core/text.js";
import { Formats, type Offer } from "./formats.js";
import type { Ceiling } from "./replay-guard.js";
import {
  type ConfiguredSensor,
  SENSOR_LIMITS,
  type SensorLimits,
  type SensorRecord,
  SensorTable,
} from "./sensor-table.js";

/** A legacy advert holds thirteen objects; an extended one of a device with many probes, some dozens. */
const READINGS_PER_ADVERT_MAX = 64;

/** A device name in an advert has up to 248 bytes; nobody reads that far. */
const NAME_CHARS_MAX = 64;

export type DropReason =
  | `advert.${DecodeErrorCode}`
  /** Nothing here understands it: most of what is in the air. */
  | "advert.unknownFormat"
  | "advert.badAddress"
  | "advert.tooLong"
  /** Said before, by this sensor or through another adapter. */
  | "advert.duplicate"
  /** Genuine once, but its counter has been passed. */
  | "advert.replayed"
  /** Understood, from an address that is not yet believed to stay. */
  | "advert.candidate"
  | "advert.tableFull";

/** To be stored under the sensor and a hash of its key, durably and in the order in which they come; a counter below
 *  zero means: delete it. Then hand it to `counterPersisted`. */
export interface PersistCounter {
  readonly sensor: SensorId;
  readonly ceiling: Ceiling;
}

export interface BridgeOutput {
  readonly readings: readonly Reading[];
  readonly dropped?: DropReason;
  /** The first time since start that a configured sensor is heard, or that an unknown one is believed. */
  readonly firstHeard?: SensorInfo;
  readonly persistCounter?: PersistCounter;
}

export interface BridgeOptions {
  readonly decoders: readonly Decoder[];
  readonly decryptCcm: CcmDecrypt;
  readonly counters: Counters;
  readonly sensors?: readonly ConfiguredSensor[];
  /** What was stored for PersistCounter, of the sensors' present keys. */
  readonly replayCounters?: ReadonlyMap<SensorId, number>;
  readonly limits?: Partial<SensorLimits>;
}

export interface Bridge {
  onAdvert(advert: Advert, nowMs: number, wallMs: number): BridgeOutput;
  /** @returns the readings that waited for it. */
  counterPersisted(persisted: PersistCounter, nowMs: number): BridgeOutput;
  /** Call every few seconds; store what it returns. */
  tick(nowMs: number): readonly PersistCounter[];
  /** Call when the hub stops: once this is stored, a restart loses no advert. */
  stop(nowMs: number): readonly PersistCounter[];
  /** The owner says that this sensor counts anew. @returns undefined when it has no key here. */
  resetCounter(sensor: SensorId, nowMs: number): PersistCounter | undefined;
  /** Every sensor heard since start, configured ones first. */
  sensors(nowMs: number): readonly SensorInfo[];
  /** Configured sensors that have not been heard since start. */
  unheard(): readonly { readonly sensor: SensorId; readonly name: string; readonly place?: string }[];
  /** Addresses that hold any state; bounded by the limits. */
  readonly size: number;
}

/** @throws MindosError CONFIG_INVALID for a sensor with a bad or repeated address, a bad key, or too many sensors. */
export function createBridge(options: BridgeOptions): Bridge {
  return new BridgeMachine(options);
}

class BridgeMachine implements Bridge {
  readonly #formats: Formats;
  readonly #table: SensorTable;
  readonly #counters: Counters;
  readonly #decryptCcm: CcmDecrypt;

  constructor(options: BridgeOptions) {
    this.#formats = new Formats(options.decoders);
    this.#table = new SensorTable(options.sensors ?? [], options.replayCounters ?? new Map(), {
      ...SENSOR_LIMITS,
      ...options.limits,
    });
    this.#counters = options.counters;
    this.#decryptCcm = options.decryptCcm;
  }

  get size(): number {
    return this.#table.size;
  }

  onAdvert(advert: Advert, nowMs: number, wallMs: number): BridgeOutput {
    const offers = this.#formats.offers(advert);
    if (offers.length === 0) return this.#drop("advert.unknownFormat");
    const sensor = sensorIdFromAddress(advert.address);
    if (!sensor) return this.#drop("advert.badAddress");
    const known = this.#table.find(sensor);
    const key = known?.configured?.key;
    const context: DecodeContext = {
      address: known?.addressBytes ?? hexToBytes(sensor.slice(4)),
      key,
      decryptCcm: this.#decryptCcm,
    };
    const decoded = decodeFirst(offers, context);
    if (typeof decoded === "string") return this.#drop(decoded);
    // Formats without encryption do not know that a key means: nothing plain.
    if (key && !decoded.encrypted) return this.#drop("advert.NOT_ENCRYPTED");
    const record = known ?? this.#table.admit(sensor, nowMs);
    if (typeof record === "string") return this.#drop(`advert.${record}`);
    return this.#accept(record, advert, decoded, nowMs, wallMs);
  }

  counterPersisted(persisted: PersistCounter, nowMs: number): BridgeOutput {
    const record = this.#table.find(persisted.sensor);
    if (!record?.guard) return { readings: [] };
    const next = record.guard.confirm(persisted.ceiling, nowMs);
    return { readings: record.release(record.guard), persistCounter: persist(record, next) };
  }

  tick(nowMs: number): readonly PersistCounter[] {
    return this.#settle(nowMs, false);
  }

  stop(nowMs: number): readonly PersistCounter[] {
    return this.#settle(nowMs, true);
  }

  resetCounter(sensor: SensorId, nowMs: number): PersistCounter | undefined {
    const record = this.#table.find(sensor);
    if (!record?.guard) return undefined;
    record.dropHeld();
    return persist(record, record.guard.reset(nowMs));
  }

  sensors(nowMs: number): readonly SensorInfo[] {
    return Array.from(this.#table.heard(), (record) => record.info(nowMs));
  }

  unheard(): readonly { readonly sensor: SensorId; readonly name: string; readonly place?: string }[] {
    return [...this.#table.configured()]
      .filter((record) => record.heardMs === undefined)
      .map((record) => ({ sensor: record.sensor, name: record.name, place: record.configured?.place }));
  }

  #accept(record: SensorRecord, advert: Advert, decoded: Decoded, nowMs: number, wallMs: number): BridgeOutput {
    const { guard } = record;
    const counter = guard ? decoded.counter : undefined;
    let ceiling: Ceiling | undefined;
    if (guard && counter !== undefined) {
      if (!guard.isFresh(counter))
        return this.#drop(record.dedupe.isCopy(decoded, nowMs) ? "advert.duplicate" : "advert.replayed");
      ceiling = guard.accept(counter, nowMs);
    }
    const isFirst = record.heardMs === undefined;
    record.heardMs = nowMs;
    record.rssiDbm = advert.rssiDbm;
    record.origin = advert.origin;
    record.format = decoded.format;
    record.encrypted = decoded.encrypted;
    if (advert.name) record.advertName = printable(advert.name, NAME_CHARS_MAX);
    record.staleness.hear(nowMs, decoded.triggered === true);
    const persistCounter = persist(record, ceiling);
    if (record.dedupe.hear(decoded, nowMs)) return this.#drop("advert.duplicate", persistCounter);

    record.note(decoded.measurements);
    this.#counters.count("advert.accepted");
    if (decoded.unknownObjectId !== undefined) this.#counters.count("advert.unknownObject");
    let readings = this.#readings(record, advert, decoded, nowMs, wallMs);
    if (guard && counter !== undefined && !guard.isDurable(counter)) {
      this.#counters.count("advert.held");
      const lost = record.hold({ counter, readings });
      if (lost > 0) this.#counters.count("advert.heldDropped", lost);
      readings = [];
    }
    return { readings, firstHeard: isFirst ? record.info(nowMs) : undefined, persistCounter };
  }

  #readings(record: SensorRecord, advert: Advert, decoded: Decoded, nowMs: number, wallMs: number): readonly Reading[] {
    const sequence = decoded.packetId ?? decoded.counter;
    const place = record.configured?.place;
    const heardAgoMs = Math.max(0, nowMs - advert.heardMs);
    const takenWallMs = advert.takenWallMs ?? Math.round(wallMs - heardAgoMs);
    const readings: Reading[] = [];
    for (const { quantity, value, index, text } of decoded.measurements) {
      if (readings.length === READINGS_PER_ADVERT_MAX) {
        this.#counters.count("advert.readingsDropped", decoded.measurements.length - READINGS_PER_ADVERT_MAX);
        break;
      }
      // Field by field, and no field without a value: spreading costs ten times as much in the busiest place here.
      const reading: { -readonly [K in keyof Reading]: Reading[K] } = {
        sensor: record.sensor,
        quantity,
        value,
        index,
        wallMs: takenWallMs,
        rssiDbm: advert.rssiDbm,
        origin: advert.origin,
      };
      if (text !== undefined) reading.text = text;
      if (sequence !== undefined) reading.sequence = sequence;
      if (place !== undefined) reading.place = place;
      readings.push(reading);
    }
    return readings;
  }

  #settle(nowMs: number, stopping: boolean): readonly PersistCounter[] {
    const wanted: PersistCounter[] = [];
    for (const record of this.#table.configured()) {
      const request = persist(record, record.guard?.tick(nowMs, stopping));
      if (request) wanted.push(request);
    }
    return wanted;
  }

  #drop(dropped: DropReason, persistCounter?: PersistCounter): BridgeOutput {
    this.#counters.count(dropped);
    return { readings: [], dropped, persistCounter };
  }
}

function persist(record: SensorRecord, ceiling: Ceiling | undefined): PersistCounter | undefined {
  return ceiling && { sensor: record.sensor, ceiling };
}

/** The first format that understands the advert; if none does, why the first that tried did not. */
function decodeFirst(offers: readonly Offer[], context: DecodeContext): Decoded | DropReason {
  let reason: DropReason = "advert.unknownFormat";
  for (const { decoder, data } of offers) {
    try {
      if (data.length > ADVERT_DATA_BYTES_MAX) return "advert.tooLong";
      const decoded = decoder.decode(data, context);
      if (decoded) return decoded;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (reason === "advert.unknownFormat") reason = `advert.${error.code}`;
    }
  }
  return reason;
}
