import { describe, expect, it } from "vitest";
import type { SensorId } from "../../runtime/core/ids.js";
import { type ReadingBody, ReadingPace } from "../../runtime/hub/reading-pace.js";

function reading(sensor: number, value: number): ReadingBody {
  return {
    type: "READING",
    sensor: `tag-${sensor}` as SensorId,
    readings: [{ quantity: "temperature", value, index: 0 }],
    wallMs: value,
    origin: "live",
  } as unknown as ReadingBody;
}

const degreesOf = ({ readings }: ReadingBody) => readings[0]?.value;

describe("telling what sensors say", () => {
  it("is done at once while there is little", () => {
    const pace = new ReadingPace();
    for (let ms = 0; ms < 60_000; ms += 1000) expect(pace.admit(reading(1, ms), ms)).toBe(true);
  });

  it("of forty tags that speak every second takes five a second, each sensor in turn, and then the newest", () => {
    const pace = new ReadingPace();
    const told = new Map<string, number[]>();
    let lately = 0;
    for (let second = 0; second < 120; second++) {
      const tell = (body: ReadingBody) => {
        told.set(body.sensor, [...(told.get(body.sensor) ?? []), degreesOf(body) ?? -1]);
        if (second >= 60) lately += 1;
      };
      for (const body of pace.due(second * 1000)) tell(body);
      for (let tag = 0; tag < 40; tag++) {
        const body = reading(tag, second);
        if (pace.admit(body, second * 1000)) tell(body);
      }
    }
    expect(lately).toBe(300);
    const counts = [...told.values()].map((values) => values.filter((value) => value >= 60).length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    for (const values of told.values()) expect(values).toEqual([...values].sort((a, b) => a - b));
    expect(Math.min(...[...told.values()].map((values) => values.at(-1) ?? 0))).toBeGreaterThanOrEqual(110);
  });
});
