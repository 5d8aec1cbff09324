import { expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { HubId, SensorId } from "../../runtime/core/ids.js";
import type { MessageOf } from "../../runtime/core/messages.js";
import { Publisher } from "../../runtime/hub/publisher.js";

const [ONE, OTHER] = ["11", "22"].map((two) => two.repeat(16)) as [HubId, HubId];
const HOUR_MS = 3_600_000;

function rig(retained: readonly string[] = []) {
  const kept = new Set(retained);
  const time = { nowMs: 0 };
  const counters = createCounters();
  const publisher = new Publisher({
    broker: {
      publish: async (topic, payload, options) => {
        if (options?.retain !== true) return;
        if (payload.length === 0) kept.delete(topic);
        else kept.add(topic);
      },
      retainedTopics: () => retained,
    },
    counters,
    clock: { nowMs: () => time.nowMs },
  });
  return { kept, time, publisher, counters };
}

const hex = (number: number): string => number.toString(16).padStart(12, "0");
const topicOf = (number: number): string => `mindos/v1/sensors/${hex(number)}/temperature`;
const reading = (number: number): MessageOf<"READING"> => ({
  type: "READING",
  sensor: `ble:${hex(number)}` as SensorId,
  readings: [{ quantity: "temperature", value: 20, index: 0 }],
  wallMs: 0,
  rssiDbm: -60,
  origin: "live",
});

test("one hub's made-up sensors take 250 topics, and another's sensor is still retained", () => {
  const { counters, kept, publisher } = rig();
  for (let i = 0; i < 300; i++) publisher.reading(reading(i), ONE);
  publisher.reading(reading(1_000), OTHER);
  expect(kept.size).toBe(251);
  expect(counters.snapshot()).toEqual({ "mqtt.notRetained": 50 });
});

test("made-up hubs take half of what the broker retains; this hub's own sensors are retained besides", () => {
  const { kept, publisher } = rig();
  for (let i = 0; i < 1_100; i++) publisher.reading(reading(i), hex(i).padStart(32, "0") as HubId);
  expect(kept.size).toBe(1_000);
  for (let i = 2_000; i < 2_500; i++) publisher.reading(reading(i));
  expect(kept.size).toBe(1_500);
});

test("what has fallen silent gives its place to what speaks now, what an earlier run left first", () => {
  const { kept, publisher, time } = rig([topicOf(9_999)]);
  for (let i = 0; i < 999; i++) publisher.reading(reading(i), hex(i).padStart(32, "0") as HubId);
  publisher.reading(reading(1_000), OTHER);
  expect([kept.size, kept.has(topicOf(9_999)), kept.has(topicOf(1_000))]).toEqual([1_000, false, true]);
  time.nowMs = HOUR_MS;
  publisher.reading(reading(1_001), OTHER);
  expect([kept.size, kept.has(topicOf(0)), kept.has(topicOf(1_001))]).toEqual([1_000, false, true]);
});
