import { expect, test } from "vitest";
import { agent } from "../../runtime/agents/anomaly-watch.js";
import type { AgentEffect, AgentInstance } from "../../runtime/core/agent.js";
import type { HubId, SensorId } from "../../runtime/core/ids.js";
import type { PartialAnswer } from "../../runtime/core/intent.js";

const hub = "a".repeat(32) as HubId;
const sensor = "ble:c0ffee000001" as SensorId;
const context = { hub, nowMs: 0, wallMs: 0 };

function predict(
  instance: AgentInstance,
  score: number,
  wallMs: number,
  model = "climate-anomaly",
): readonly AgentEffect[] {
  const prediction = {
    model,
    sensor,
    place: "cellar",
    wallMs,
    origin: "replay" as const,
    output: new Float32Array([score]),
    threshold: 0.5,
  };
  return instance.onPrediction?.(prediction, context) ?? [];
}
function read(instance: AgentInstance, value: number, wallMs: number): void {
  instance.onReading(
    { sensor, quantity: "humidity", value, index: 0, wallMs, rssiDbm: -60, origin: "replay", place: "cellar" },
    context,
  );
}
function ask(instance: AgentInstance, args = {}): string {
  return agent.merge("anomaly.recent", args, [instance.answer("anomaly.recent", args, context)]);
}

test("one window over the threshold is not a detection; two are, with what they rest on", () => {
  const watch = agent.create();
  read(watch, 45, 0);
  read(watch, 61, 5000);
  expect(predict(watch, 0.9, 5000)).toEqual([]);
  const [effect] = predict(watch, 0.95, 10_000);
  expect(effect?.detection).toMatchObject({
    sensor,
    place: "cellar",
    startedWallMs: 5000,
    threshold: 0.5,
    origin: "replay",
    evidence: [{ hub, sensor, quantity: "humidity", value: 61, wallMs: 5000 }],
  });
  expect(effect?.detection.score).toBeCloseTo(0.95);
  expect(effect?.detection.summary).toContain("humidity 45.0 → 61.0 %RH");
});

test("an event is announced when it opens and when it ends, under one id, with its highest score", () => {
  const watch = agent.create();
  const effects = [0.9, 0.9, 0.99, 0.8, ...Array<number>(12).fill(0.1), 0.1, 0.1].flatMap((score, i) =>
    predict(watch, score, i * 5000),
  );
  expect(effects).toHaveLength(2);
  expect(effects[0]?.detection.id).toBe(effects[1]?.detection.id);
  expect(effects[1]?.detection).toMatchObject({ endedWallMs: 75_000 });
  expect(effects[1]?.detection.score).toBeCloseTo(0.99);
});

test("scores that are no numbers, and other models' predictions, are ignored", () => {
  const watch = agent.create();
  expect([Number.NaN, Number.POSITIVE_INFINITY].flatMap((score) => predict(watch, score, 0))).toEqual([]);
  expect(predict(watch, 1, 0, "other")).toEqual([]);
});

test("the answer tells of what is going on, of what is over, and of calm", () => {
  const watch = agent.create();
  expect(ask(watch)).toBe("No climate sensor is being watched yet.");
  predict(watch, 0.1, 0);
  expect(ask(watch)).toBe("Nothing unusual in the last hour: 1 sensor watched.");
  predict(watch, 0.9, 5000);
  predict(watch, 0.9, 10_000);
  expect(ask(watch)).toMatch(/^Yes, now: unusual climate at cellar.*\.$/);
  for (let i = 0; i < 12; i++) predict(watch, 0, 15_000 + i * 5000);
  expect(ask(watch)).toMatch(/^Not now\. Earlier: unusual climate at cellar/);
  predict(watch, 0, 2 * 3_600_000);
  expect(ask(watch)).toBe("Nothing unusual in the last hour: 1 sensor watched.");
  expect(ask(watch, { place: "attic" })).toBe("No climate sensor is being watched at attic yet.");
});

test("one event that two hubs heard is told once", () => {
  const watch = agent.create();
  predict(watch, 0.9, 0);
  predict(watch, 0.9, 5000);
  const partial = watch.answer("anomaly.recent", {}, context);
  expect(
    agent
      .merge("anomaly.recent", {}, [partial, { ...partial, hub: "b".repeat(32) as HubId }])
      .match(/unusual climate/g),
  ).toHaveLength(1);
});

test("facts of the wrong type from another hub are ignored", () => {
  const facts: PartialAnswer["facts"] = [{ sensor: 1, startedWallMs: "x", ongoing: "yes", summary: 3 }, { watched: 5 }];
  expect(agent.merge("anomaly.recent", {}, [{ hub, facts, evidence: [] }])).toBe(
    "No climate sensor is being watched yet.",
  );
});

test("an event that goes farther says how far, at most once a minute and at its end", () => {
  const watch = agent.create();
  const effects: AgentEffect[] = [];
  for (let i = 0; i < 40; i++) {
    read(watch, i < 30 ? 45 + i : 75 - i, i * 5000);
    effects.push(...predict(watch, i < 20 ? 0.9 : 0.1, i * 5000));
  }
  const summaries = effects.map(({ detection }) => detection.summary.replace(/^.*humidity /, ""));
  expect(summaries).toEqual(["45.0 → 46.0 %RH", "45.0 → 58.0 %RH", "45.0 → 70.0 %RH", "45.0 → 74.0 %RH"]);
  expect(summaries.length).toBeGreaterThanOrEqual(3);
});

test("what was raised before a restart is still told", () => {
  const watch = agent.create();
  predict(watch, 0.9, 0);
  const [effect] = predict(watch, 0.9, 5000);
  const restarted = agent.create();
  if (effect) restarted.restore?.([{ ...effect.detection, endedWallMs: 10_000 }]);
  predict(restarted, 0.1, 60_000);
  expect(ask(restarted)).toMatch(/^Not now\. Earlier: /);
});
