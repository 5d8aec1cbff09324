import { expect, test } from "vitest";
import { agent } from "../../runtime/agents/climate.js";
import type { HubId, SensorId } from "../../runtime/core/ids.js";
import type { IntentArguments } from "../../runtime/core/intent.js";
import type { Quantity } from "../../runtime/core/quantity.js";

const hubs = ["a".repeat(32) as HubId, "b".repeat(32) as HubId] as const;

type Heard = readonly [sensor: number, quantity: Quantity, value: number, place: string, wallMs?: number];

function ask(topic: string, args: IntentArguments, ...heardBy: readonly (readonly Heard[])[]): string {
  const partials = heardBy.map((heard, index) => {
    const instance = agent.create();
    const context = { hub: hubs[index] as HubId, nowMs: 0, wallMs: 0 };
    for (const [number, quantity, value, place, wallMs = 1000] of heard) {
      const sensor = `ble:00000000000${number}` as SensorId;
      instance.onReading({ sensor, quantity, value, index: 0, wallMs, rssiDbm: -50, origin: "live", place }, context);
    }
    return instance.answer(topic, args, context);
  });
  return agent.merge(topic, args, partials);
}

test("the value of one place", () => {
  expect(
    ask("climate.value", { quantity: "temperature", place: "cellar" }, [
      [1, "temperature", 11.96, "cellar"],
      [2, "temperature", 20, "hall"],
    ]),
  ).toBe("The temperature at cellar is 12.0 °C.");
});

test("places of two hubs become one answer", () => {
  expect(
    ask("climate.value", { quantity: "humidity" }, [[1, "humidity", 40, "hall"]], [[2, "humidity", 71.2, "cellar"]]),
  ).toBe("The humidity is 71.2 % at cellar, 40.0 % at hall.");
});

test("several sensors of a place give their mean", () => {
  expect(
    ask("climate.value", { quantity: "temperature", place: "hall" }, [
      [1, "temperature", 20, "hall"],
      [2, "temperature", 22, "hall"],
    ]),
  ).toBe("The temperature at hall is 21.0 °C, the mean of 2 sensors.");
});

test("a sensor that two hubs hear counts once, with the newest value", () => {
  expect(
    ask(
      "climate.value",
      { quantity: "temperature" },
      [[1, "temperature", 20, "hall", 1000]],
      [[1, "temperature", 25, "hall", 2000]],
    ),
  ).toBe("The temperature at hall is 25.0 °C.");
});

test("the warmest and the driest place", () => {
  const heard: Heard[] = [
    [1, "temperature", 20, "hall"],
    [2, "temperature", 12, "cellar"],
    [1, "humidity", 40, "hall"],
    [2, "humidity", 80, "cellar"],
  ];
  expect(ask("climate.extreme", { quantity: "temperature", order: "most" }, heard)).toBe(
    "hall is the warmest with 20.0 °C; next is cellar with 12.0 °C.",
  );
  expect(ask("climate.extreme", { quantity: "humidity", order: "least" }, heard)).toBe(
    "hall is the driest with 40.0 %; next is cellar with 80.0 %.",
  );
});

test("what was heard over an hour before the newest is not told", () => {
  expect(
    ask("climate.value", { quantity: "temperature" }, [
      [1, "temperature", 20, "hall", 0],
      [2, "temperature", 12, "cellar", 4_000_000],
    ]),
  ).toBe("The temperature at cellar is 12.0 °C.");
});

test("nothing heard is said, not made up", () => {
  expect(ask("climate.value", { quantity: "temperature", place: "attic" }, [])).toBe(
    "No temperature has been heard for attic in the last hour.",
  );
  expect(ask("climate.extreme", { quantity: "humidity", order: "most" }, [])).toBe(
    "No humidity has been heard in the last hour.",
  );
});
