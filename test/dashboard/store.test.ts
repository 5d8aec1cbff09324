import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Detection } from "../../runtime/core/detection.js";
import type { SensorId } from "../../runtime/core/ids.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import {
  type Action,
  ANSWERS_MAX,
  DETECTIONS_MAX,
  HISTORIES_MAX,
  historyKey,
  INITIAL_STATE,
  LOG_MAX,
  type PageState,
  reduce,
} from "../../runtime/dashboard/page/store.js";
import { FakeHubApi, HUB_IDS } from "../fakes/fake-hub-api.js";

const nowMs = 0;
const hub = new FakeHubApi({ nowMs: () => nowMs, wallMs: () => 1_800_000_000_000 });
const snapshot = (): Action => ({
  type: "snapshot",
  status: hub.status(),
  sensors: hub.sensors(),
  detections: [],
  nowMs,
});
const event = (value: MindosEvent): Action => ({ type: "event", event: value, wallMs: 1_800_000_000_000 });
const run = (...actions: readonly Action[]): PageState => actions.reduce(reduce, INITIAL_STATE);
const detection = (id: string, over: Partial<Detection> = {}): Action =>
  event({ event: "detection", detection: { ...hub.detect(0, id), ...over }, hub: HUB_IDS[0] });

describe("the state", () => {
  test("after a snapshot holds what the hub knows, and a place for each hub", () => {
    const state = run(snapshot());
    expect(state.status?.name).toBe("cellar");
    expect(state.sensors).toHaveLength(7);
    expect(state.slots).toEqual({ [HUB_IDS[0]]: 0, [HUB_IDS[1]]: 1, [HUB_IDS[2]]: 2 });
  });

  test("after a second snapshot keeps no detection that the hub has forgotten", () => {
    expect(run(snapshot(), detection("d1"), snapshot()).detections).toEqual([]);
  });

  test("is the same for an event of a kind that is not known yet", () => {
    const before = run(snapshot());
    expect(reduce(before, event({ event: "something-new" } as unknown as MindosEvent))).toEqual(before);
  });
});

describe("a detection", () => {
  test("comes first, and is announced while it lasts", () => {
    const state = run(detection("d1"), detection("d2"));
    expect(state.detections.map(({ id }) => id)).toEqual(["d2", "d1"]);
    expect(state.announced?.id).toBe("d2");
  });

  test("that is told again replaces itself where it stands, and is announced once", () => {
    const state = run(detection("d1"), detection("d2"), detection("d1", { endedWallMs: 9, score: 0.5 }));
    expect(state.detections.map(({ id, endedWallMs }) => [id, endedWallMs])).toEqual([
      ["d2", undefined],
      ["d1", 9],
    ]);
    expect(state.announced?.id).toBe("d2");
  });

  test("that was over when it was heard of is not announced", () => {
    expect(run(detection("d1", { endedWallMs: 9 })).announced).toBeUndefined();
  });
});

describe("predictions per second", () => {
  const stats = (upMs: number, predictions: number): Action => {
    const status = hub.status();
    return event({ event: "stats", status: { ...status, upMs, inference: { ...status.inference, predictions } } });
  };

  test("are the difference of two counts, smoothed", () => {
    expect(run(stats(1000, 100)).predictionsPerSecond).toBeUndefined();
    expect(run(stats(1000, 100), stats(2000, 110)).predictionsPerSecond).toBe(10);
    expect(run(stats(1000, 100), stats(2000, 110), stats(3000, 110)).predictionsPerSecond).toBeCloseTo(6);
  });

  test("are unknown again after a restart of the hub or of its inference", () => {
    expect(run(stats(1000, 100), stats(2000, 110), stats(500, 120)).predictionsPerSecond).toBeUndefined();
    expect(run(stats(1000, 100), stats(2000, 110), stats(3000, 0)).predictionsPerSecond).toBeUndefined();
  });

  test("stay as they were when one status is told twice", () => {
    expect(run(stats(1000, 100), stats(2000, 110), stats(2000, 110)).predictionsPerSecond).toBe(10);
  });
});

describe("hubs and sensors", () => {
  test("a link that is lost disappears before the next stats", () => {
    const state = run(snapshot(), event({ event: "link-down", peer: HUB_IDS[1], reason: "timeout" }));
    const neighbours = (index: number) => state.status?.hubs[index]?.neighbours;
    expect([neighbours(0), neighbours(1)]).toEqual([[HUB_IDS[2]], [HUB_IDS[2]]]);
    expect(state.log[0]).toMatchObject({ tone: "bad", text: expect.stringContaining("timeout") });
  });

  test("a hub that returns stands where it stood", () => {
    const [self, , attic] = hub.status().hubs;
    const only: Action = event({ event: "stats", status: { ...hub.status(), hubs: [self!, attic!] } });
    const before = run(only);
    const after = reduce(before, event({ event: "stats", status: hub.status() }));
    expect(after.slots[HUB_IDS[2]]).toBe(before.slots[HUB_IDS[2]]);
    expect(after.slots[HUB_IDS[1]]).toBe(2);
  });

  test("a sensor that is heard by a second hub is a second view, heard again by the first it replaces its view", () => {
    const [first] = hub.sensors();
    const again: Action = event({ event: "sensor-heard", sensor: { ...first!, rssiDbm: -40 } });
    const elsewhere: Action = event({ event: "sensor-heard", sensor: { ...first!, hub: HUB_IDS[2] } });
    expect(run(snapshot(), again).sensors.map(({ rssiDbm }) => rssiDbm)).toContain(-40);
    expect(run(snapshot(), again).sensors).toHaveLength(7);
    expect(run(snapshot(), elsewhere).sensors).toHaveLength(8);
  });
});

describe("a question", () => {
  const asked = (key: number): Action => ({ type: "asked", key, question: `question ${key}` });

  test("waits, then has its own answer or problem, in whatever order they come", () => {
    const problem = { code: "TOO_BUSY", message: "busy", remedy: "wait" } as const;
    const answer = hub.answerTo("how warm?");
    const state = run(asked(1), asked(2), { type: "refused", key: 2, problem }, { type: "answered", key: 1, answer });
    expect(state.asked).toEqual([
      { key: 2, question: "question 2", problem },
      { key: 1, question: "question 1", answer },
    ]);
  });
});

test("nothing in the state grows without bound", () => {
  const many = Array.from({ length: 700 }, (_, index) => index);
  const state = run(
    ...many.map((index) => detection(`d${index}`)),
    ...many.map((index): Action => ({ type: "asked", key: index, question: "?" })),
    ...many.map((index): Action => event({ event: "link-up", peer: HUB_IDS[1], name: `hub ${index}` })),
    ...many.map(
      (index): Action => ({ type: "history", key: historyKey(`ble:${index}` as SensorId, "co2"), points: [] }),
    ),
  );
  expect(state.detections).toHaveLength(DETECTIONS_MAX);
  expect(state.asked).toHaveLength(ANSWERS_MAX);
  expect(state.log).toHaveLength(LOG_MAX);
  expect(Object.keys(state.histories)).toHaveLength(HISTORIES_MAX);
  expect(Object.keys(state.histories).at(-1)).toBe("ble:699|co2");
  expect(new Set(state.log.map(({ key }) => key)).size).toBe(LOG_MAX);
});

test("any order of actions gives a state, and never changes the one before", () => {
  const actions: readonly Action[] = [
    snapshot(),
    detection("d1"),
    detection("d1", { endedWallMs: 3 }),
    event({ event: "link-down", peer: HUB_IDS[1], reason: "gone" }),
    event({ event: "sensor-heard", sensor: hub.sensors()[0]! }),
    { type: "sensors", sensors: [], nowMs: 5 },
    { type: "answered", key: 9, answer: hub.answerTo("warm?") },
    { type: "select", sensor: hub.sensors()[0]!.sensor },
    { type: "connection", connection: { phase: "lost", retryAtMs: 3 } },
  ];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...actions), { maxLength: 30 }), (sequence) => {
      let state = INITIAL_STATE;
      for (const action of sequence) {
        const frozen = structuredClone(state);
        const next = reduce(state, action);
        expect(state).toEqual(frozen);
        state = next;
      }
    }),
    { numRuns: 50 },
  );
});
