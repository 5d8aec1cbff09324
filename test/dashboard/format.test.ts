import { describe, expect, test } from "vitest";
import { QUANTITIES, type Quantity } from "../../runtime/core/quantity.js";
import {
  displayOf,
  formatAge,
  formatBusy,
  formatDuration,
  formatMoment,
  formatRtt,
  formatValue,
  isAlarm,
} from "../../runtime/dashboard/page/format.js";

const shown = (quantity: Quantity, value: number) => {
  const { text, unit } = formatValue(quantity, value);
  return `${text} ${unit}`.trim();
};

describe("a value", () => {
  test("reads as people write it, not as SenML does", () => {
    expect([shown("temperature", 27.96), shown("humidity", 45.93), shown("pressure", 101_325)]).toEqual([
      "28.0 °C",
      "45.9 %",
      "1013.3 hPa",
    ]);
    expect([shown("co2", 812.4), shown("energy", 3_600_000), shown("precipitation", 0.0021)]).toEqual([
      "812 ppm",
      "1.000 kWh",
      "2.1 mm",
    ]);
  });

  test("below zero has a true minus, and zero has none", () => {
    expect([shown("temperature", -3.25), shown("temperature", -0.01)]).toEqual(["−3.3 °C", "0.0 °C"]);
  });

  test("that is a state is a word", () => {
    expect([shown("door_open", 1), shown("door_open", 0), shown("smoke", 1)]).toEqual(["Open", "Closed", "Smoke"]);
  });

  test("that is no number is a dash", () => {
    expect([shown("temperature", Number.NaN), shown("co2", Number.POSITIVE_INFINITY)]).toEqual(["–", "–"]);
  });

  test("of every quantity has a label and a text", () => {
    for (const quantity of Object.keys(QUANTITIES) as Quantity[]) {
      expect(displayOf(quantity).label).toMatch(/^[A-Z]/);
      expect(shown(quantity, 1)).not.toMatch(/NaN|undefined/);
    }
  });

  test("alarms only where 1 means harm", () => {
    expect([isAlarm("smoke", 1), isAlarm("smoke", 0), isAlarm("door_open", 1)]).toEqual([true, false, false]);
  });
});

describe("time", () => {
  test("since something has one unit", () => {
    const s = 1000;
    expect([0, 8 * s, 250 * s, 3 * 3600 * s, 50 * 3600 * s, -5].map(formatAge)).toEqual([
      "now",
      "8 s",
      "4 min",
      "3 h",
      "2 d",
      "now",
    ]);
  });

  test("that something took has two at most", () => {
    expect([45_000, 200_000, 180_000, 7_500_000].map(formatDuration)).toEqual([
      "45\u00a0s",
      "3\u00a0min 20\u00a0s",
      "3\u00a0min",
      "2\u00a0h 5\u00a0min",
    ]);
    expect([formatRtt(0.43), formatRtt(12.4)]).toEqual(["0.4 ms", "12 ms"]);
  });

  test("of day says the date unless it is today, and the year unless it is this one", () => {
    const now = Date.UTC(2026, 10, 22, 15, 0);
    const moment = (...at: [number, number, number, number, number, number]) =>
      formatMoment(Date.UTC(...at), now, "UTC");
    expect(moment(2026, 10, 22, 0, 3, 7)).toBe("00:03:07");
    expect(moment(2026, 4, 9, 14, 3, 7)).toBe("9 May, 14:03:07");
    expect(moment(2010, 4, 9, 14, 3, 7)).toBe("9 May 2010, 14:03:07");
  });

  test("is the viewer's: one moment reads differently in another zone", () => {
    const now = Date.UTC(2026, 10, 22, 15, 0);
    expect(formatMoment(now, now, "Asia/Tokyo")).toBe("00:00:00");
  });
});

test("a machine is busy by up to 100 %, however much waits for its turn", () => {
  expect([0, 0.374, 1, 24.91].map(formatBusy)).toEqual(["0 % busy", "37 % busy", "fully busy", "fully busy"]);
});
