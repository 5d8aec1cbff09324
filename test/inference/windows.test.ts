import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { SensorId } from "../../runtime/core/ids.js";
import type { PredictionRequest } from "../../runtime/core/model.js";
import type { Reading } from "../../runtime/core/reading.js";
import { createWindows, type Windows } from "../../runtime/inference/windows.js";
import { reading, tinyManifest } from "./manifest-fixture.js";

const manifest = tinyManifest();

function pair(windows: Windows, t: number, h: number, wallMs: number, more: Partial<Reading> = {}) {
  const first = windows.push(reading("temperature", t, wallMs, more));
  expect(first).toBeUndefined();
  return windows.push(reading("humidity", h, wallMs, more));
}
/** The change of temperature per sample and the range of humidity, as the tiny model is fed. */
function fed(request: PredictionRequest | undefined): readonly number[] | undefined {
  return request && [...request.input].map((value) => Number(Math.sinh(value).toFixed(3)));
}

test("the first request comes with the first sample that makes the window long enough", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  expect(pair(windows, 20, 50, 0)).toBeUndefined();
  const request = pair(windows, 21, 53, 1000, { place: "cellar" });
  expect(request).toMatchObject({
    model: "tiny",
    sensor: "ble:c0ffee000001",
    place: "cellar",
    wallMs: 1000,
    origin: "live",
  });
  expect(fed(request)).toEqual([1, 3]);
});

test("a window forgets what is older than its length", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  pair(windows, 20, 90, 0);
  for (let at = 1; at <= 3; at++) expect(fed(pair(windows, 20, 75, at * 1000))).toEqual([0, 15]);
  expect(fed(pair(windows, 20, 75, 4000))).toEqual([0, 0]);
});

test("a sample that comes before its period is held back, and one a little early is taken", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  pair(windows, 20, 50, 0);
  expect(pair(windows, 29, 59, 300)).toBeUndefined();
  expect(pair(windows, 29, 59, 700)).toBeUndefined();
  expect(fed(pair(windows, 21, 50, 900))).toEqual([1, 0]);
});

test("quantities that come in adverts of their own make a sample together", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  windows.push(reading("temperature", 20, 0));
  windows.push(reading("humidity", 50, 400));
  expect(windows.push(reading("temperature", 21, 1200))).toBeUndefined();
  expect(fed(windows.push(reading("humidity", 51, 1600)))).toEqual([1, 1]);
});

test("a gap is bridged by a straight line", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  pair(windows, 20, 50, 0);
  expect(fed(pair(windows, 26, 50, 3000))).toEqual([2, 0]);
});

test("a longer gap starts the window anew", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  pair(windows, 20, 50, 0);
  pair(windows, 20, 50, 1000);
  expect(pair(windows, 26, 50, 4001)).toBeUndefined();
  expect(fed(pair(windows, 27, 50, 5001))).toEqual([1, 0]);
});

test("a reading from before the newest sample is dropped and counted", () => {
  const counters = createCounters();
  const windows = createWindows(manifest, { sensorsMax: 4, counters });
  pair(windows, 20, 50, 10_000);
  expect(windows.push(reading("temperature", 99, 9000))).toBeUndefined();
  expect(fed(pair(windows, 20, 50, 11_000))).toEqual([0, 0]);
  expect(counters.snapshot()).toEqual({ "inference.window.late": 1 });
});

test("a clock that jumps back, or forth and back, starts the window anew", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  pair(windows, 20, 50, 1_000_000);
  pair(windows, 20, 50, 9e12);
  expect(pair(windows, 21, 50, 1_002_000)).toBeUndefined();
  expect(fed(pair(windows, 22, 50, 1_003_000))).toEqual([1, 0]);
});

test("a replay and the radio do not share a window", () => {
  const windows = createWindows(manifest, { sensorsMax: 4 });
  pair(windows, 20, 50, 0);
  expect(pair(windows, 30, 50, 1000, { origin: "replay" })).toBeUndefined();
  expect(pair(windows, 31, 50, 2000, { origin: "replay" })).toMatchObject({ origin: "replay" });
});

describe("what cannot be a measurement is refused and counted", () => {
  test.each([
    ["NaN", Number.NaN, 0],
    ["infinity", Number.POSITIVE_INFINITY, 0],
    ["above the limit", 150.01, 0],
    ["below the limit", -60.01, 0],
    ["at no time", 20, Number.NaN],
    ["beyond all time", 20, 1e300],
  ])("%s", (_, value, wallMs) => {
    const counters = createCounters();
    const windows = createWindows(manifest, { sensorsMax: 4, counters });
    windows.push(reading("temperature", value, wallMs));
    expect(windows.push(reading("humidity", 50, 0))).toBeUndefined();
    expect(windows.push(reading("humidity", 51, 1000))).toBeUndefined();
    expect(windows.push(reading("temperature", 20, 1100))).toBeUndefined();
    expect(fed(pair(windows, 21, 51, 2100))).toEqual([1, 0]);
    expect(counters.snapshot()).toEqual({ "inference.window.refused": 1 });
  });
});

test("other quantities, and a second thermometer of the same sensor, are not its business", () => {
  const counters = createCounters();
  const windows = createWindows(manifest, { sensorsMax: 4, counters });
  expect(windows.push(reading("co2", 400, 0))).toBeUndefined();
  expect(windows.push(reading("temperature", 20, 0, { index: 1 }))).toBeUndefined();
  expect(windows.sensors).toBe(0);
  expect(counters.snapshot()).toEqual({});
});

test("the sensor heard longest ago gives way when there are too many", () => {
  const counters = createCounters();
  const windows = createWindows(manifest, { sensorsMax: 2, counters });
  const sensors = ["ble:000000000001", "ble:000000000002", "ble:000000000003"] as SensorId[];
  for (const sensor of sensors) pair(windows, 20, 50, 0, { sensor });
  expect(windows.sensors).toBe(2);
  expect(pair(windows, 20, 50, 1000, { sensor: sensors[2] })).toBeDefined();
  expect(pair(windows, 20, 50, 1000, { sensor: sensors[0] })).toBeUndefined();
  expect(counters.snapshot()).toEqual({ "inference.window.evicted": 2 });
});

const anyReading = fc.record({
  quantity: fc.constantFrom("temperature" as const, "humidity" as const, "pressure" as const),
  value: fc.oneof(fc.double(), fc.double({ min: 0, max: 100 })),
  stepMs: fc.oneof(fc.integer({ min: -5000, max: 5000 }), fc.double()),
  sensor: fc.constantFrom(
    "ble:000000000001" as SensorId,
    "ble:000000000002" as SensorId,
    "ble:000000000003" as SensorId,
  ),
  origin: fc.constantFrom("live" as const, "replay" as const),
});

test("any stream of readings gives only finite inputs of the right length, within the bound of sensors", () => {
  fc.assert(
    fc.property(fc.array(anyReading, { maxLength: 200 }), (stream) => {
      const windows = createWindows(manifest, { sensorsMax: 2 });
      let wallMs = 1e6;
      for (const { quantity, value, stepMs, sensor, origin } of stream) {
        const made = windows.push(reading(quantity, value, wallMs + stepMs, { sensor, origin }));
        if (Number.isFinite(stepMs) && Math.abs(stepMs) <= 5000) wallMs += stepMs;
        expect(windows.sensors).toBeLessThanOrEqual(2);
        if (made === undefined) continue;
        expect(made.input).toHaveLength(2);
        expect(made.input.every(Number.isFinite)).toBe(true);
      }
    }),
  );
});

test("a sensor is sampled no more often than four fifths of the period allow, however fast it advertises", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 20, maxLength: 100 }), (steps) => {
      const windows = createWindows(manifest, { sensorsMax: 1 });
      let wallMs = 0;
      let lastMs = Number.NEGATIVE_INFINITY;
      for (const step of steps) {
        wallMs += step;
        if (pair(windows, 20, 50, wallMs) === undefined) continue;
        expect(wallMs - lastMs).toBeGreaterThanOrEqual(800);
        lastMs = wallMs;
      }
    }),
  );
});

test("what a window gives does not depend on what comes after it", () => {
  const values = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 6, maxLength: 40 });
  fc.assert(
    fc.property(values, fc.integer({ min: 2, max: 5 }), (stream, cut) => {
      const inputs = (upTo: number) => {
        const windows = createWindows(manifest, { sensorsMax: 1 });
        return stream.slice(0, upTo).map((value, at) => fed(pair(windows, value, value, at * 1000)));
      };
      expect(inputs(stream.length).slice(0, cut)).toEqual(inputs(cut));
    }),
  );
});
