/**
 * What the motes of the data set would have said as BTHome sensors: each reading becomes one advert.
 *
 * Invented, because the data set has none, and always the same for the same mote:
 * - address: the first 6 bytes of SHA-256("mindos replay mote N"), the two top bits set, which makes it a static random
 *   address (Bluetooth Core 5.4, vol 6 part B §1.3.2.1);
 * - signal strength: −58 dBm − 6 dB × (N − 1), ± 2 dB from reading to reading;
 * - time of day: reading 1 is taken at 2010-05-09T00:00:00Z. The date and the interval are the data set's own.
 */
import { createHash } from "node:crypto";
import { hexToBytes } from "../../runtime/core/bytes.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { SensorId } from "../../runtime/core/ids.js";
import { sensorIdFromAddress } from "../../runtime/core/ids.js";
import { BTHOME_UUID, encodeBthome } from "./bthome-encoder.js";
import { loadMoteSeries, MOTE_IDS, type MoteId, type MoteSeries, READING_INTERVAL_MS } from "./mote-dataset.js";
import type { TimedAdvert } from "./replay-source.js";

export const DATA_START_WALL_MS = Date.UTC(2010, 4, 9);

const NO_MANUFACTURER_DATA: ReadonlyMap<number, Uint8Array> = new Map();

export interface MoteAdvertOptions {
  /** Default: all four. */
  readonly motes?: readonly MoteId[];
  /** First and last reading number, from 1, both inclusive. The labelled events are readings 2344–2460 of mote 1 and
   *  2362–2393 of mote 4. Default: everything. */
  readonly fromReading?: number;
  readonly toReading?: number;
  /** 16 bytes for a mote that encrypts its adverts. The reading number is the counter. */
  readonly keyOf?: (mote: MoteId) => Uint8Array | undefined;
  /** Default: the file of the installed package. */
  readonly path?: string;
}

/** A span of readings that the data set labels as an event: the truth to measure detections against. */
export interface LabelledEvent {
  readonly sensor: SensorId;
  readonly startWallMs: number;
  /** When the last labelled reading was taken. */
  readonly endWallMs: number;
}

/** Reads the file when iterated, and again when iterated again. Readings of one time come in the order of `motes`.
 *  @throws MindosError REPLAY_MISSING | REPLAY_INVALID | BAD_INPUT, on the first step. */
export function moteAdverts(options: MoteAdvertOptions = {}): AsyncIterable<TimedAdvert> {
  return {
    async *[Symbol.asyncIterator]() {
      const from = options.fromReading ?? 1;
      if (!Number.isInteger(from) || from < 1) throw new MindosError("BAD_INPUT", `there is no reading ${from}`);
      const motes = checkedMotes(options.motes ?? MOTE_IDS);
      const series = await loadMoteSeries(motes, options.path);
      const voices = series.map((one) => new MoteVoice(one, options.keyOf?.(one.mote)));
      const last = Math.min(options.toReading ?? Infinity, Math.max(...series.map((one) => one.length)));
      if (from > last) throw new MindosError("BAD_INPUT", `the motes have no readings from ${from} to ${last}`);
      for (let reading = from; reading <= last; reading++) {
        for (const voice of voices) if (reading <= voice.readings) yield voice.advert(reading);
      }
    },
  };
}

/** @throws MindosError REPLAY_MISSING | REPLAY_INVALID */
export async function labelledEvents(
  motes: readonly MoteId[] = MOTE_IDS,
  path?: string,
): Promise<readonly LabelledEvent[]> {
  const series = await loadMoteSeries(checkedMotes(motes), path);
  return series.flatMap((one) => {
    const sensor = sensorOfMote(one.mote);
    return labelledRuns(one.event).map(([from, to]) => ({
      sensor,
      startWallMs: takenWallMs(from + 1),
      endWallMs: takenWallMs(to + 1),
    }));
  });
}

/** "C…:…", most significant byte first. */
export function addressOfMote(mote: MoteId): string {
  const digest = createHash("sha256").update(`mindos replay mote ${mote}`).digest().subarray(0, 6);
  digest[0] = (digest[0] ?? 0) | 0xc0;
  return (digest.toString("hex").toUpperCase().match(/../g) ?? []).join(":");
}

export function sensorOfMote(mote: MoteId): SensorId {
  const sensor = sensorIdFromAddress(addressOfMote(mote));
  if (!sensor) throw new MindosError("INTERNAL", `mote ${mote} has no valid address`);
  return sensor;
}

/** Wall time of a reading. Unit: ms. */
export function takenWallMs(reading: number): number {
  return DATA_START_WALL_MS + (reading - 1) * READING_INTERVAL_MS;
}

class MoteVoice {
  readonly #address: string;
  readonly #addressBytes: Uint8Array;
  readonly #name: string;
  constructor(
    readonly series: MoteSeries,
    readonly key: Uint8Array | undefined,
  ) {
    this.#address = addressOfMote(series.mote);
    this.#addressBytes = hexToBytes(this.#address.replaceAll(":", ""));
    this.#name = `mote ${series.mote}`;
  }

  get readings(): number {
    return this.series.length;
  }

  advert(reading: number): TimedAdvert {
    const { mote, temperatureHundredths, humidityHundredths } = this.series;
    const data = encodeBthome(
      {
        packetId: reading % 256,
        temperatureCel: (temperatureHundredths[reading - 1] ?? 0) / 100,
        humidityPercent: (humidityHundredths[reading - 1] ?? 0) / 100,
      },
      this.key && { key: this.key, address: this.#addressBytes, counter: reading },
    );
    return {
      atMs: (reading - 1) * READING_INTERVAL_MS,
      address: this.#address,
      rssiDbm: -58 - 6 * (mote - 1) + wobbleDb(reading * 4 + mote),
      name: this.#name,
      serviceData: new Map([[BTHOME_UUID, data]]),
      manufacturerData: NO_MANUFACTURER_DATA,
      takenWallMs: takenWallMs(reading),
    };
  }
}

/** −2 to 2, the same for the same seed: a multiplicative hash (Knuth), its best bits. */
function wobbleDb(seed: number): number {
  return ((Math.imul(seed, 0x9e37_79b1) >>> 16) % 5) - 2;
}

/** [first, last] index of every run of ones. */
function labelledRuns(event: Uint8Array): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (let i = 0; i < event.length; i++) {
    if (event[i] !== 1) continue;
    const open = runs.at(-1);
    if (open && open[1] === i - 1) open[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}

function checkedMotes(motes: readonly MoteId[]): readonly MoteId[] {
  if (motes.length === 0) throw new MindosError("BAD_INPUT", "no mote is chosen");
  for (const mote of motes) {
    if (!MOTE_IDS.includes(mote)) throw new MindosError("BAD_INPUT", `there is no mote ${mote}; there are 1 to 4`);
  }
  return [...new Set(motes)];
}
