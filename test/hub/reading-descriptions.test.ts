import { expect, test } from "vitest";
import { type HubId, type SensorId, sensorIdFromAddress } from "../../runtime/core/ids.js";
import { ReadingDescriptions } from "../../runtime/hub/reading-descriptions.js";
import type { ReadingBody } from "../../runtime/hub/reading-pace.js";
import { reading } from "../../runtime/wire/messages/sensing.js";

const ATTIC = "a".repeat(32) as HubId;
const CELLAR = "c".repeat(32) as HubId;

function body(value: number, about: Partial<ReadingBody> = {}): ReadingBody {
  const sensor = sensorIdFromAddress("C0:FF:EE:00:00:01") as SensorId;
  const readings = [
    { quantity: "temperature", value, index: 0 },
    { quantity: "humidity", value: 48.2, index: 0 },
  ] as const;
  const said = { name: "Sensor under the roof", place: "attic", format: "bthome-v2", encrypted: false };
  return { type: "READING", sensor, readings, wallMs: 1.78e12, rssiDbm: -60, origin: "live", ...said, ...about };
}

test("what stays the same is said once a minute, and each reader puts it in again", () => {
  const [teller, reader] = [new ReadingDescriptions(), new ReadingDescriptions()];
  const told = Array.from({ length: 121 }, (_, second) => teller.brief(body(second), 1000 * second));
  expect(told.flatMap(({ name }, second) => (name === undefined ? [] : [second]))).toEqual([0, 60, 120]);
  expect(told.map((one) => reader.whole(ATTIC, one))).toEqual(told.map((_, second) => body(second)));
  expect([reading.size(told[0] as ReadingBody), reading.size(told[1] as ReadingBody)]).toEqual([79, 36]);
});

test("soon after somebody has come it is said again, once for all that come within ten seconds", () => {
  const teller = new ReadingDescriptions();
  const said: number[] = [];
  for (let second = 0; second < 50; second++) {
    if (second === 5 || (second >= 20 && second < 30)) teller.newcomer(1000 * second);
    if (teller.brief(body(second), 1000 * second).name !== undefined) said.push(second);
  }
  expect(said).toEqual([0, 7, 22, 32]);
});

test("what has changed is said with the next reading, and what is gone is gone", () => {
  const [teller, reader] = [new ReadingDescriptions(), new ReadingDescriptions()];
  for (const next of [
    body(1),
    body(2, { place: "cellar" }),
    body(3, { place: undefined }),
    body(4, { place: undefined }),
  ])
    expect(reader.whole(ATTIC, teller.brief(next, 0))).toEqual(next);
});

test("each hub describes a sensor for itself; one that came meanwhile knows the values alone", () => {
  const [attic, cellar, reader] = [new ReadingDescriptions(), new ReadingDescriptions(), new ReadingDescriptions()];
  reader.whole(ATTIC, attic.brief(body(1), 0));
  cellar.brief(body(1, { place: "cellar" }), 0);
  const told = cellar.brief(body(2, { place: "cellar" }), 1);
  expect(reader.whole(CELLAR, told)).toMatchObject({ readings: body(2).readings });
  expect(reader.whole(CELLAR, told).name).toBeUndefined();
  expect(reader.whole(ATTIC, attic.brief(body(3), 2)).name).toBe("Sensor under the roof");
});

test("a sensor without a name is told as it is", () => {
  const teller = new ReadingDescriptions();
  for (const value of [1, 2]) {
    const unnamed = body(value, { name: undefined });
    expect(teller.brief(unnamed, 0)).toBe(unnamed);
  }
});

test("of a sensor that seldom speaks it is said, too, while hubs come all the time", () => {
  const teller = new ReadingDescriptions();
  const said: number[] = [];
  for (let second = 0; second < 60; second++) {
    if (second > 0) teller.newcomer(1000 * second);
    if (second % 15 === 0 && teller.brief(body(second), 1000 * second).name !== undefined) said.push(second);
  }
  expect(said).toEqual([0, 15, 30, 45]);
});
