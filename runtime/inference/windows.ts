/**
 * Readings in, windows to be scored out: one window per sensor, resampled to the model's period by wall time. Pure.
 * A set of all the model's quantities makes one sample. A set that comes sooner than the period is held back; a gap
 * is bridged by straight lines up to the manifest's bound, and beyond it the window starts anew.
 */
import { LruMap } from "../core/bounded.js";
import type { PredictionRequest } from "../core/model.js";
import type { Counters } from "../core/ports.js";
import type { Reading } from "../core/reading.js";
import { computeFeatures, type Series } from "./features.js";
import type { Manifest } from "./manifest.js";

/** Advertisements come with random delays (Bluetooth adds 0–10 ms, scanning adds more): a little early is on time. */
const EARLY_SHARE = 0.2;

export interface WindowsOptions {
  /** The sensor heard longest ago gives way. Each takes about `length × quantities × 4` bytes. */
  readonly sensorsMax: number;
  readonly counters?: Counters;
}

export interface Windows {
  /** @returns a request when the reading completes a sample and the window is long enough. */
  push(reading: Reading): PredictionRequest | undefined;
  readonly sensors: number;
}

interface SensorWindow {
  origin: Reading["origin"];
  /** The set being gathered; NaN where a quantity is still missing. */
  readonly gathered: Float64Array;
  gatheredSinceMs: number;
  readonly series: readonly { readonly samples: Float32Array; count: number }[];
  sampleMs: number;
}

export function createWindows(manifest: Manifest, options: WindowsOptions): Windows {
  const { quantities, limits, length, lengthMin, periodMs, gapMaxMs } = manifest.window;
  const windows = new LruMap<string, SensorWindow>(options.sensorsMax);
  const count = (name: string) => options.counters?.count(`inference.window.${name}`);
  const places = new Map(quantities.map((name, at) => [name, at]));

  function push(reading: Reading): PredictionRequest | undefined {
    const at = places.get(reading.quantity);
    if (at === undefined || reading.index !== 0) return undefined;
    if (!isPlausible(reading, limits[at])) {
      count("refused");
      return undefined;
    }
    const window = windowOf(reading);
    if (window === undefined) return undefined;
    gather(window, at, reading, gapMaxMs);
    if (window.gathered.some(Number.isNaN)) return undefined;
    if (!sample(window, reading.wallMs)) return undefined;
    if (window.series.some((series) => series.count < lengthMin)) return undefined;
    return request(window, reading);
  }

  function windowOf(reading: Reading): SensorWindow | undefined {
    let window = windows.get(reading.sensor);
    if (window === undefined) {
      window = newWindow(reading, quantities.length, length);
      if (windows.set(reading.sensor, window) !== undefined) count("evicted");
    }
    const behindMs = window.sampleMs - reading.wallMs;
    if (window.origin !== reading.origin || behindMs > gapMaxMs) restart(window, reading);
    else if (behindMs >= 0 && window.sampleMs !== Number.NEGATIVE_INFINITY) {
      count("late");
      return undefined;
    }
    return window;
  }

  /** @returns false when the set was held back. */
  function sample(window: SensorWindow, wallMs: number): boolean {
    const gapMs = wallMs - window.sampleMs;
    if (gapMs < periodMs * (1 - EARLY_SHARE)) {
      window.gathered.fill(Number.NaN);
      return false;
    }
    if (gapMs > gapMaxMs) for (const series of window.series) series.count = 0;
    const steps = gapMs > gapMaxMs ? 1 : Math.max(1, Math.round(gapMs / periodMs));
    for (const [at, series] of window.series.entries()) append(series, window.gathered[at] ?? 0, steps, length);
    window.gathered.fill(Number.NaN);
    window.sampleMs = wallMs;
    return true;
  }

  function request(window: SensorWindow, { sensor, place, wallMs, origin }: Reading): PredictionRequest {
    const seriesOf = (recipe: { readonly quantity: Reading["quantity"] }): Series => {
      const series = window.series[places.get(recipe.quantity) ?? 0];
      if (series === undefined) throw new RangeError("a feature names a quantity outside the window");
      return series;
    };
    const input = computeFeatures(manifest.features, seriesOf, length);
    return { model: manifest.id, sensor, place, wallMs, origin, input };
  }

  return {
    push,
    get sensors() {
      return windows.size;
    },
  };
}

function isPlausible(reading: Reading, limit: readonly [number, number] | undefined): boolean {
  if (!Number.isFinite(reading.value) || !Number.isSafeInteger(Math.round(reading.wallMs))) return false;
  return limit !== undefined && reading.value >= limit[0] && reading.value <= limit[1];
}

function newWindow(reading: Reading, quantityCount: number, length: number): SensorWindow {
  return {
    origin: reading.origin,
    gathered: new Float64Array(quantityCount).fill(Number.NaN),
    gatheredSinceMs: reading.wallMs,
    series: Array.from({ length: quantityCount }, () => ({ samples: new Float32Array(length), count: 0 })),
    sampleMs: Number.NEGATIVE_INFINITY,
  };
}

/** The clock jumped back, or a replay took over from the radio: what was gathered belongs to another time line. */
function restart(window: SensorWindow, reading: Reading): void {
  window.origin = reading.origin;
  window.gathered.fill(Number.NaN);
  window.gatheredSinceMs = reading.wallMs;
  window.sampleMs = Number.NEGATIVE_INFINITY;
  for (const series of window.series) series.count = 0;
}

/** Quantities may come in separate adverts; a half-gathered set that is too old is begun again. */
function gather(window: SensorWindow, at: number, reading: Reading, ageMaxMs: number): void {
  const empty = window.gathered.every(Number.isNaN);
  const ageMs = reading.wallMs - window.gatheredSinceMs;
  if (empty || ageMs > ageMaxMs || ageMs < -ageMaxMs) {
    window.gathered.fill(Number.NaN);
    window.gatheredSinceMs = reading.wallMs;
  }
  window.gathered[at] = reading.value;
}

/** Adds `steps` samples on the straight line from the newest one to `value`; the oldest give way. */
function append(series: SensorWindow["series"][number], value: number, steps: number, length: number): void {
  const from = series.count > 0 ? (series.samples[series.count - 1] ?? value) : value;
  for (let step = 1; step <= steps; step++) {
    if (series.count === length) {
      series.samples.copyWithin(0, 1);
      series.count--;
    }
    series.samples[series.count++] = from + ((value - from) * step) / steps;
  }
}
