import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HubId, IntentId } from "../../runtime/core/ids.js";
import type { Intent, PartialAnswer } from "../../runtime/core/intent.js";
import { Answering } from "../../runtime/intents/answering.js";
import { Asking, type AskingEffect, GATHERING_MAX, RETRY_MS } from "../../runtime/intents/asking.js";
import { targetsFor } from "../../runtime/intents/routing.js";

const hubs = ["a", "b", "c"].map((digit) => digit.repeat(32) as HubId);
const [a, b, c] = hubs as [HubId, HubId, HubId];

function intent(number = 1, remainingMs = 2000): Intent {
  const id = number.toString(16).padStart(16, "0") as IntentId;
  return {
    id,
    verb: "sense",
    topic: "climate.value",
    args: {},
    priority: 4,
    remainingMs,
    privacy: "home",
    requester: a,
  };
}
function part(hub: HubId): PartialAnswer {
  return { hub, facts: [], evidence: [] };
}
function kinds(effects: readonly AskingEffect[]): string[] {
  return effects.map((effect) => effect.type);
}

describe("asking", () => {
  test("the answer is done when every hub has answered, sorted by hub whatever the order of arrival", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(hubs, { minLength: 3 }), (order) => {
        const asking = new Asking();
        asking.handle({ type: "ask", intent: intent(), targets: hubs }, 0);
        const effects = order.flatMap((hub, i) =>
          asking.handle({ type: "result", from: hub, id: intent().id, partial: part(hub) }, i),
        );
        expect(effects).toMatchObject([{ type: "done", partials: hubs.map(part), silent: [], tookMs: 2 }]);
        expect(asking.deadlineMs).toBeUndefined();
      }),
    );
  });

  test("a silent hub is asked again with the time that is left, and named when the time is up", () => {
    const asking = new Asking();
    asking.handle({ type: "ask", intent: intent(), targets: [a, b] }, 0);
    asking.handle({ type: "result", from: a, id: intent().id, partial: part(a) }, 5);
    expect(asking.deadlineMs).toBe(RETRY_MS);
    expect(asking.handle({ type: "tick" }, RETRY_MS)).toMatchObject([
      { type: "send-intent", to: b, intent: { remainingMs: 2000 - RETRY_MS } },
    ]);
    expect(asking.handle({ type: "tick" }, 2000)).toMatchObject([{ type: "done", silent: [b], partials: [part(a)] }]);
  });

  test("a hub that died is not waited for", () => {
    const asking = new Asking();
    asking.handle({ type: "ask", intent: intent(), targets: [a, b] }, 0);
    asking.handle({ type: "result", from: a, id: intent().id, partial: part(a) }, 5);
    expect(asking.handle({ type: "hub-dead", hub: b }, 20)).toMatchObject([{ type: "done", silent: [b], tookMs: 20 }]);
  });

  test("late, unasked and borrowed results are counted and change nothing", () => {
    const asking = new Asking();
    asking.handle({ type: "ask", intent: intent(), targets: [a, b] }, 0);
    expect(asking.handle({ type: "result", from: c, id: intent().id, partial: part(c) }, 1)).toEqual([
      { type: "count", name: "intents.unaskedResult" },
    ]);
    expect(asking.handle({ type: "result", from: b, id: intent(9).id, partial: part(b) }, 1)).toEqual([
      { type: "count", name: "intents.lateResult" },
    ]);
    expect(asking.handle({ type: "result", from: b, id: intent().id, partial: part(a) }, 1)).toEqual([
      { type: "count", name: "intents.resultOfAnother" },
    ]);
    expect(asking.handle({ type: "result", from: a, id: intent().id, partial: part(a) }, 2)).toMatchObject([
      { type: "done", silent: [b] },
    ]);
  });

  test("one question too many is refused as busy and leaves the others alone", () => {
    const asking = new Asking();
    for (let i = 0; i < GATHERING_MAX; i++)
      expect(kinds(asking.handle({ type: "ask", intent: intent(i), targets: [b] }, 0))).toEqual(["send-intent"]);
    expect(kinds(asking.handle({ type: "ask", intent: intent(999), targets: [b] }, 0))).toEqual(["busy"]);
    expect(asking.handle({ type: "tick" }, 2000)).toHaveLength(GATHERING_MAX);
  });

  test("a cancelled question tells the hubs that still work on it", () => {
    const asking = new Asking();
    asking.handle({ type: "ask", intent: intent(), targets: [a, b] }, 0);
    expect(asking.handle({ type: "cancel", id: intent().id }, 1)).toMatchObject([
      { type: "send-cancel", to: a },
      { type: "send-cancel", to: b },
    ]);
  });
});

describe("answering", () => {
  test("the same intent is carried out once, and answered from memory after that", () => {
    const answering = new Answering();
    let calls = 0;
    const answer = (): PartialAnswer => {
      calls += 1;
      return part(b);
    };
    expect(answering.handle(intent(), false, 0, answer)).toMatchObject({ type: "answered", repeated: false });
    expect(answering.handle(intent(), false, 1000, answer)).toMatchObject({ type: "answered", repeated: true });
    expect(calls).toBe(1);
  });

  test("an intent of another hub with the same id is another intent", () => {
    const answering = new Answering();
    answering.handle(intent(), false, 0, () => part(b));
    expect(answering.handle({ ...intent(), requester: c }, false, 0, () => part(b))).toMatchObject({ repeated: false });
  });

  test.each([
    ["no time left", { ...intent(), remainingMs: 0 }, "intents.expired"],
    ["meant for the requester's hub alone", { ...intent(), privacy: "hub" as const }, "intents.private"],
  ])("an intent with %s is refused", (_, refused, counter) => {
    expect(new Answering().handle(refused, false, 0, () => part(b))).toEqual({ type: "refused", counter });
  });

  test("a topic that no agent knows is refused", () => {
    expect(new Answering().handle(intent(), false, 0, () => undefined)).toEqual({
      type: "refused",
      counter: "intents.unknownTopic",
    });
  });

  test("one hub's flood is refused while another hub is answered", () => {
    const answering = new Answering();
    const outcomes = Array.from({ length: 1000 }, (_, i) => answering.handle(intent(i), false, 0, () => part(b)).type);
    expect(outcomes.filter((outcome) => outcome === "refused").length).toBe(800);
    expect(answering.handle({ ...intent(), requester: c }, false, 0, () => part(b)).type).toBe("answered");
    expect(answering.handle(intent(5000), false, 1000, () => part(b)).type).toBe("answered");
  });
});

test("an intent goes to the hubs that announced its topic and can be reached, self included", () => {
  const advert = (hub: HubId, topics: string[]) =>
    ({ hub, version: 1, name: "", topics, places: [], sensorCount: 0, neighbours: [] }) as const;
  const adverts = [advert(c, ["t"]), advert(b, ["other"])];
  expect(targetsFor("t", { hub: a, topics: ["t"] }, adverts, new Set([b, c]))).toEqual([a, c]);
  expect(targetsFor("t", { hub: a, topics: [] }, adverts, new Set([b]))).toEqual([]);
});
