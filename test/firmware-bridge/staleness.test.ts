import { expect, test } from "vitest";
import { FALLBACK_MS, Staleness } from "../../firmware-bridge/staleness.js";

function heardEvery(intervalMs: number, times: number, staleness = new Staleness(), startMs = 0): Staleness {
  for (let i = 0; i < times; i++) staleness.hear(startMs + i * intervalMs, false);
  return staleness;
}

test("until its interval is known, a sensor is stale after a quarter of an hour", () => {
  const staleness = heardEvery(10_000, 3);
  expect(staleness.intervalMs).toBeUndefined();
  expect(staleness.isStale(20_000 + FALLBACK_MS)).toBe(false);
  expect(staleness.isStale(20_000 + FALLBACK_MS + 1)).toBe(true);
});

test("a sensor that sends every ten seconds is stale after four missed adverts and half a minute", () => {
  const staleness = heardEvery(10_000, 20);
  expect(staleness.intervalMs).toBe(10_000);
  expect(staleness.isStale(190_000 + 70_000)).toBe(false);
  expect(staleness.isStale(190_000 + 70_001)).toBe(true);
});

test("hearing it once makes it fresh again", () => {
  const staleness = heardEvery(10_000, 20);
  staleness.hear(900_000, false);
  expect(staleness.isStale(900_001)).toBe(false);
});

test("one outage of the receiver does not teach patience; a slower sensor does", () => {
  const staleness = heardEvery(10_000, 20);
  heardEvery(10_000, 5, staleness, 4_000_000);
  expect(staleness.intervalMs).toBe(10_000);
  heardEvery(60_000, 20, staleness, 5_000_000);
  expect(staleness.intervalMs).toBe(60_000);
});

test("a burst is one hearing: the pause between bursts is the interval", () => {
  const staleness = new Staleness();
  for (let burst = 0; burst < 10; burst++)
    for (let copy = 0; copy < 20; copy++) staleness.hear(burst * 60_000 + copy * 50, false);
  expect(staleness.intervalMs).toBe(60_000);
  expect(staleness.isStale(9 * 60_000 + 100_000)).toBe(false);
});

test("a sensor that sends when something happens is never stale", () => {
  const staleness = new Staleness();
  for (let i = 0; i < 20; i++) staleness.hear(i * 2_000, true);
  expect(staleness.isStale(1e12)).toBe(false);
});
