import { describe, expect, test } from "vitest";
import {
  formatClock,
  formatCount,
  formatDuration,
  formatLatest,
  formatQuantity,
  formatRtt,
  formatWall,
} from "../../runtime/cli/format.js";

describe("a duration", () => {
  test.each([
    [-5, "0.0 s"],
    [0, "0.0 s"],
    [340, "0.3 s"],
    [9_960, "10 s"],
    [59_400, "59 s"],
    [59_600, "1 min 00 s"],
    [245_000, "4 min 05 s"],
    [3_600_000, "1 h 00 min"],
    [100_000_000, "1 d 3 h"],
  ])("of %d ms is %j", (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

test("values have their unit and as many digits as make sense", () => {
  expect(formatQuantity("temperature", 27.64)).toBe("27.6 °C");
  expect(formatQuantity("humidity", 45)).toBe("45.0 % RH");
  expect(formatQuantity("pressure", 101_325.4)).toBe("101325 Pa");
  expect(formatQuantity("motion", 1)).toBe("1");
});

test("the latest values begin with temperature and humidity", () => {
  const latest = [
    { quantity: "battery", value: 93, index: 0 },
    { quantity: "humidity", value: 45.2, index: 0 },
    { quantity: "temperature", value: 21, index: 0 },
  ] as const;
  expect(formatLatest(latest)).toBe("21.0 °C, 45.2 % RH, battery 93 %");
  expect(formatLatest([])).toBe("");
});

test("counts are grouped, and round trips are short", () => {
  expect(formatCount(1_234_567)).toBe("1,234,567");
  expect(formatCount(999)).toBe("999");
  expect(formatRtt(1.23)).toBe("1.2 ms");
  expect(formatRtt(123.4)).toBe("123 ms");
});

test("a time that is none does not spoil the line", () => {
  expect(formatClock(Number.NaN)).toBe("--:--:--");
  expect(formatWall(8.65e15)).toBe("unknown");
  expect(formatWall(Date.UTC(2010, 4, 9, 12))).toMatch(/^2010-05-\d\d \d\d:00:00$/);
});
