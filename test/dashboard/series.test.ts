import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistoryPoint } from "../../runtime/core/status.js";
import { columnsOf, rangeOf } from "../../runtime/dashboard/page/series.js";

describe("the line of a chart", () => {
  test("is broken where nothing was heard for long, and only there", () => {
    const every5s = Array.from({ length: 20 }, (_, i): HistoryPoint => [i * 5000, i]);
    const [xs, ys] = columnsOf([...every5s, [400_000, 99]]);
    expect(ys.slice(-2)).toEqual([null, 99]);
    expect(xs.slice(-2)).toEqual([95_001, 400_000]);
    expect(ys.slice(0, 20)).not.toContain(null);
  });

  test("of a sensor that speaks hourly is whole", () => {
    const hourly = Array.from({ length: 9 }, (_, i): HistoryPoint => [i * 3_600_000, i]);
    expect(columnsOf(hourly)[1]).not.toContain(null);
  });

  test("has an x that grows, whatever was stored", () => {
    const point = fc.tuple(fc.integer({ min: 0, max: 1e7 }), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(point, { maxLength: 50 }), (points) => {
        const [xs, ys] = columnsOf(points);
        expect(ys).toHaveLength(xs.length);
        expect(xs.every((x, i) => i === 0 || x > xs[i - 1]!)).toBe(true);
      }),
    );
  });

  test("is in the unit that is shown", () => {
    expect(columnsOf([[1, 101_325]], 0.01)[1]).toEqual([1013.25]);
  });
});

describe("the range", () => {
  test("holds all values with air around, and is never narrower than the quantity's own", () => {
    expect(rangeOf(20, 30, 1)).toEqual([19, 31]);
    expect(rangeOf(20, 20, 1)).toEqual([19.5, 20.5]);
    expect(rangeOf(null, null, 1)).toEqual([0, 1]);
  });
});
