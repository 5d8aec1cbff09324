import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import { MindosError } from "../../../runtime/core/errors.js";
import type { SensorId } from "../../../runtime/core/ids.js";
import type { Quantity } from "../../../runtime/core/quantity.js";
import type { Reading } from "../../../runtime/core/reading.js";
import {
  countBlock,
  decodeBlock,
  encodeBlock,
  type LoggedPoint,
  seriesKey,
  WALL_MS_MAX,
} from "../../../runtime/io/store/readings-block.js";
import { openReadingsLog } from "../../../runtime/io/store/readings-log.js";
import { keysOf, put } from "../../contract/store.js";
import { createMemoryStore } from "../../fakes/memory-store.js";

const A = "ble:a4c1380b5eed" as SensorId;
const B = "ble:0000000000ff" as SensorId;
const WALL_MS = 1_700_000_000_000;

function reading(sensor: SensorId, value: number, wallMs: number, more: Partial<Reading> = {}): Reading {
  return { sensor, quantity: "temperature", value, index: 0, wallMs, rssiDbm: -60, origin: "live", ...more };
}

function setUp(options: Partial<Parameters<typeof openReadingsLog>[1]> = {}, store = createMemoryStore()) {
  const time = { ms: 1_000 };
  const counters = createCounters();
  const clock = { nowMs: () => time.ms, wallMs: () => WALL_MS + time.ms };
  const log = openReadingsLog(store, { clock, counters, ...options });
  return { log, store, time, counters };
}

describe("history", () => {
  test("unflushed and stored points come as one row, oldest first", async () => {
    const { log } = setUp();
    for (let at = 0; at < 6; at++) {
      log.append(reading(A, 20 + at / 10, WALL_MS + at));
      if (at === 1 || at === 3) await log.flush();
    }
    const all = [0, 1, 2, 3, 4, 5].map((at) => [WALL_MS + at, 20 + at / 10]);
    expect(await log.history(A, "temperature", 100)).toEqual(all);
    expect(await log.history(A, "temperature", 3)).toEqual(all.slice(3));
    expect(await log.history(A, "temperature", 0)).toEqual([]);
    expect(await log.history(A, "temperature", Number.NaN)).toEqual([]);
  });

  test("keeps sensors, quantities and several of one quantity apart", async () => {
    const { log } = setUp();
    log.append(reading(A, 1, WALL_MS));
    log.append(reading(B, 2, WALL_MS));
    log.append(reading(A, 3, WALL_MS, { quantity: "humidity" }));
    log.append(reading(A, 4, WALL_MS, { index: 1 }));
    for (let flushed = 0; flushed < 2; flushed++) {
      expect(await log.history(A, "temperature", 9)).toEqual([[WALL_MS, 1]]);
      expect(await log.history(B, "temperature", 9)).toEqual([[WALL_MS, 2]]);
      expect(await log.history(A, "humidity", 9)).toEqual([[WALL_MS, 3]]);
      expect(await log.history(A, "temperature", 9, 1)).toEqual([[WALL_MS, 4]]);
      expect(await log.history(B, "humidity", 9)).toEqual([]);
      await log.flush();
    }
  });

  test("survives a restart, and so does a clock that was set back", async () => {
    const { log, store } = setUp();
    log.append(reading(A, 1, WALL_MS + 5_000));
    log.append(reading(A, 2, WALL_MS - 5_000));
    await log.close();
    const { log: next } = setUp({}, store);
    next.append(reading(A, 3, WALL_MS));
    expect(await next.history(A, "temperature", 9)).toEqual([
      [WALL_MS - 5_000, 2],
      [WALL_MS, 3],
      [WALL_MS + 5_000, 1],
    ]);
  });

  test("a point that is being flushed while history is read counts once", async () => {
    const { log } = setUp();
    log.append(reading(A, 1, WALL_MS));
    const flushing = log.flush();
    const during = log.history(A, "temperature", 9);
    await flushing;
    expect(await during).toEqual([[WALL_MS, 1]]);
    expect(await log.history(A, "temperature", 9)).toEqual([[WALL_MS, 1]]);
  });
});

describe("flushing", () => {
  test("is due one interval after the first unflushed reading, and at once when many wait", async () => {
    const { log, time } = setUp({ flushIntervalMs: 500, pendingMax: 3 });
    expect(log.flushDueMs).toBeUndefined();
    log.append(reading(A, 1, WALL_MS));
    time.ms += 100;
    log.append(reading(A, 2, WALL_MS));
    expect(log.flushDueMs).toBe(1_500);
    log.append(reading(A, 3, WALL_MS));
    expect(log.flushDueMs).toBeLessThanOrEqual(time.ms);
    await log.flush();
    expect(log.flushDueMs).toBeUndefined();
  });

  test("writes one durable block for all sensors, of a few bytes a reading", async () => {
    const { log, store } = setUp();
    for (let at = 0; at < 600; at++) log.append(reading(at % 2 ? A : B, 20 + (at % 7) / 100, WALL_MS + at * 1_000));
    await log.flush();
    await log.flush();
    expect(store.written).toMatchObject({ calls: 1, durableCalls: 1 });
    expect(store.written.bytes / 600).toBeLessThan(4);
  });

  test("that fails keeps the readings and is due again an interval later", async () => {
    const { log, store, time, counters } = setUp({ flushIntervalMs: 500, pendingMax: 4 });
    log.append(reading(A, 0, WALL_MS));
    store.failWith = new MindosError("DISK_FULL", "full");
    await expect(log.flush()).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(log.flushDueMs).toBe(time.ms + 500);
    for (let at = 1; at < 10; at++) log.append(reading(A, at, WALL_MS + at));
    expect(log.flushDueMs).toBe(time.ms + 500);
    expect(counters.snapshot()).toEqual({ "readings-log.dropped.pending-full": 2 });
    store.failWith = undefined;
    await log.flush();
    const values = (await log.history(A, "temperature", 99)).map(([, value]) => value);
    expect(values).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("close flushes, and what comes later is a counted drop", async () => {
    const { log, store, counters } = setUp();
    log.append(reading(A, 1, WALL_MS));
    await log.close();
    log.append(reading(A, 2, WALL_MS));
    expect(log.flushDueMs).toBeUndefined();
    expect(await keysOf(store)).toHaveLength(1);
    expect(counters.snapshot()).toEqual({ "readings-log.dropped.closed": 1 });
  });
});

describe("bounds", () => {
  test("the ring drops its oldest blocks, never more than needed, across restarts too", async () => {
    const store = createMemoryStore();
    for (let block = 0; block < 8; block++) {
      const { log } = setUp({ readingsMax: 10 }, store);
      for (let at = 0; at < 3; at++) log.append(reading(A, block * 3 + at, WALL_MS + block * 3 + at));
      await log.close();
    }
    expect(await keysOf(store)).toHaveLength(3);
    const { log } = setUp({ readingsMax: 10 }, store);
    const values = (await log.history(A, "temperature", 99)).map(([, value]) => value);
    expect(values).toEqual([15, 16, 17, 18, 19, 20, 21, 22, 23]);
  });

  test("a flood of made-up sensors is a counted drop and leaves the known ones alone", async () => {
    const { log, counters } = setUp({ sensorsMax: 2 });
    log.append(reading(A, 1, WALL_MS));
    log.append(reading(B, 1, WALL_MS));
    for (let at = 0; at < 50; at++) log.append(reading(`ble:${String(at).padStart(12, "0")}` as SensorId, 1, WALL_MS));
    log.append(reading(A, 2, WALL_MS + 1));
    expect(await log.history(A, "temperature", 9)).toHaveLength(2);
    expect(counters.snapshot()).toEqual({ "readings-log.dropped.sensors-full": 50 });
  });

  test("values that are no numbers, times that are none and texts are not kept", async () => {
    const { log, counters, store } = setUp();
    log.append(reading(A, Number.NaN, WALL_MS));
    log.append(reading(A, Number.POSITIVE_INFINITY, WALL_MS));
    log.append(reading(A, 1, Number.NaN));
    log.append(reading(A, 1, 2 ** 50));
    log.append(reading(A, 1, WALL_MS, { index: 0.5 }));
    log.append(reading("ble:what" as SensorId, 1, WALL_MS));
    log.append(reading(A, 1, WALL_MS, { quantity: "toString" as Quantity }));
    log.append(reading(A, 1, WALL_MS, { quantity: "text", text: "hello" }));
    await log.close();
    expect(await keysOf(store)).toEqual([]);
    expect(await log.history("ble:what" as SensorId, "temperature", 9)).toEqual([]);
    expect(counters.snapshot()).toEqual({ "readings-log.dropped.invalid": 7 });
  });

  test("settings below one are refused", () => {
    expect(() => setUp({ readingsMax: 0 })).toThrow(MindosError);
    expect(() => setUp({ flushIntervalMs: Number.NaN })).toThrow(MindosError);
  });
});

describe("damage", () => {
  test("a damaged block is counted, removed, and costs only its own points", async () => {
    const { log, store } = setUp();
    for (let at = 0; at < 3; at++) {
      log.append(reading(A, at, WALL_MS + at));
      await log.flush();
    }
    const [, second] = await keysOf(store);
    const bytes = (await store.get(second!))!;
    bytes[bytes.length - 1]! ^= 1;
    await store.write([
      { type: "put", key: second!, value: bytes },
      put("readings/other", [1, 2]),
      put("readings0", [3]),
    ]);
    const { log: next, counters } = setUp({}, store);
    expect(await next.history(A, "temperature", 9)).toEqual([
      [WALL_MS, 0],
      [WALL_MS + 2, 2],
    ]);
    expect(counters.snapshot()).toEqual({ "readings-log.dropped.block-damaged": 2 });
    expect(await keysOf(store)).toHaveLength(3);
  });

  test("any bytes are a block or are not: reading them never throws", () => {
    const valid = encodeBlock([{ sensor: A, quantity: "temperature", index: 0, wallMs: WALL_MS, value: 1.5 }]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, behindHeader) => {
        const block = behindHeader ? Uint8Array.of(...valid.subarray(0, 5), ...bytes) : bytes;
        expect(decodeBlock(block)).toBeUndefined();
        expect(countBlock(block)).toBeUndefined();
      }),
    );
    for (let at = 0; at < valid.length * 8; at++) {
      const flipped = valid.slice();
      flipped[at >> 3]! ^= 1 << (at & 7);
      expect(decodeBlock(flipped)).toBeUndefined();
      expect(decodeBlock(valid.subarray(0, at >> 3))).toBeUndefined();
    }
  });
});

describe("a block", () => {
  const decimal = fc
    .tuple(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), fc.integer({ min: 0, max: 6 }))
    .map(([scaled, decimals]) => scaled / 10 ** decimals);
  const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
  const point = (value: fc.Arbitrary<number>): fc.Arbitrary<LoggedPoint> =>
    fc.record({
      sensor: fc.constantFrom(A, B),
      quantity: fc.constantFrom<Quantity>("temperature", "pm2_5", "battery"),
      index: fc.constantFrom(0, 1, 300),
      wallMs: fc.oneof(fc.integer({ min: 0, max: 2 ** 41 }), fc.constantFrom(0, -1, WALL_MS_MAX, -WALL_MS_MAX)),
      value,
    });
  const key = (one: LoggedPoint) => `${one.sensor} ${one.quantity} ${one.index}`;
  const bySeries = (points: readonly LoggedPoint[]) => {
    const order = [...new Set(points.map(key))];
    return order.flatMap((series) => points.filter((one) => key(one) === series));
  };

  test("comes back with every point, decimals exact and other doubles bit for bit", () => {
    const values = fc.oneof(fc.array(point(decimal), { minLength: 1 }), fc.array(point(anyDouble), { minLength: 1 }));
    fc.assert(
      fc.property(values, (points) => {
        const block = encodeBlock(points);
        expect(countBlock(block)).toBe(points.length);
        const found = decodeBlock(block)!;
        const expected = bySeries(points);
        expect(found.map(({ value: _, ...rest }) => rest)).toEqual(expected.map(({ value: _, ...rest }) => rest));
        for (const [at, one] of found.entries()) {
          expect(Math.abs(one.value - expected[at]!.value)).toBeLessThanOrEqual(Math.abs(one.value) * 1e-12);
        }
        const wanted = points[0]!;
        expect(decodeBlock(block, seriesKey(wanted.sensor, wanted.quantity, wanted.index))!.map(key)).toEqual(
          points.map(key).filter((one) => one === key(wanted)),
        );
      }),
    );
  });

  test("keeps the decimal that the sensor sent, not the noise of its multiplication", () => {
    const raw = [2115, 2137, -1805, 0];
    const points = raw.map(
      (count) => ({ sensor: A, quantity: "temperature", index: 0, wallMs: WALL_MS, value: count * 0.01 }) as const,
    );
    expect(decodeBlock(encodeBlock(points))!.map(({ value }) => value)).toEqual([21.15, 21.37, -18.05, 0]);
  });

  test("of a signed zero, a tiny and a huge value comes back bit for bit", () => {
    for (const value of [-0, 5e-324, 1.7e308, 2 ** 53, Math.PI]) {
      const [found] = decodeBlock(encodeBlock([{ sensor: A, quantity: "temperature", index: 0, wallMs: 0, value }]))!;
      expect(found?.value).toBe(value);
    }
  });

  test("that is empty holds nothing", () => {
    expect(decodeBlock(encodeBlock([]))).toEqual([]);
  });
});
