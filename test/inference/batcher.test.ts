import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PredictionRequest } from "../../runtime/core/model.js";
import {
  BATCHER_DEFAULTS,
  Batcher,
  type BatcherEffect,
  type BatcherSettings,
} from "../../runtime/inference/batcher.js";
import { request, tinyManifest } from "./manifest-fixture.js";

const SETTINGS: BatcherSettings = {
  ...BATCHER_DEFAULTS,
  rowsMax: 4,
  queueMax: 8,
  ageMaxMs: 20,
  batchTimeoutMs: 1000,
  requestTimeoutMs: 5000,
};

function ready(settings = SETTINGS): Batcher {
  const batcher = new Batcher([tinyManifest(), tinyManifest({ id: "other" })], settings);
  batcher.handle({ type: "runner-up", models: ["tiny", "other"] }, 0);
  return batcher;
}
/** The wall time names a request. */
function offer(
  batcher: Batcher,
  name: number,
  nowMs: number,
  more: Partial<PredictionRequest> = {},
): readonly BatcherEffect[] {
  return batcher.handle({ type: "request", request: request([name, 0], { wallMs: name, ...more }) }, nowMs);
}
function sent(effects: readonly BatcherEffect[]): Extract<BatcherEffect, { type: "send" }> {
  const found = effects.find((effect) => effect.type === "send");
  if (found === undefined) throw new Error("nothing was sent");
  return found;
}
const names = (effect: { data: Float32Array }) => [...effect.data].filter((_, at) => at % 2 === 0);
const answers = (effects: readonly BatcherEffect[]) =>
  effects.flatMap((effect) =>
    effect.type === "prediction" ? [[effect.prediction.wallMs, effect.prediction.output[0]]] : [],
  );
const drops = (effects: readonly BatcherEffect[]) =>
  effects.flatMap((effect) => (effect.type === "dropped" ? [[effect.request.wallMs, effect.reason]] : []));

describe("a batch is sent", () => {
  test("when the first row has waited long enough", () => {
    const batcher = ready();
    expect(offer(batcher, 1, 100)).toEqual([]);
    expect(batcher.deadlineMs).toBe(120);
    expect(batcher.handle({ type: "tick" }, 119)).toEqual([]);
    expect(names(sent(batcher.handle({ type: "tick" }, 120)))).toEqual([1]);
  });

  test("at once when it is full", () => {
    const batcher = ready();
    for (const name of [1, 2, 3]) expect(offer(batcher, name, 100)).toEqual([]);
    expect(sent(offer(batcher, 4, 100))).toMatchObject({ model: "tiny", rows: 4, batch: 1 });
  });

  test("with rows of one model only", () => {
    const batcher = ready();
    offer(batcher, 1, 0);
    offer(batcher, 2, 0, { model: "other" });
    offer(batcher, 3, 0);
    const first = sent(batcher.handle({ type: "tick" }, 20));
    expect([first.model, names(first)]).toEqual(["tiny", [1, 3]]);
    const then = sent(batcher.handle({ type: "result", batch: first.batch, output: Float32Array.of(0, 0) }, 21));
    expect([then.model, names(then)]).toEqual(["other", [2]]);
  });

  test("only after the one before has been answered", () => {
    const batcher = ready();
    for (const name of [1, 2, 3, 4]) offer(batcher, name, 0);
    for (const name of [5, 6, 7, 8]) expect(offer(batcher, name, 0)).toEqual([]);
    const next = batcher.handle({ type: "result", batch: 1, output: Float32Array.of(0.1, 0.2, 0.3, 0.4) }, 5);
    expect(answers(next).map(([name]) => name)).toEqual([1, 2, 3, 4]);
    expect(names(sent(next))).toEqual([5, 6, 7, 8]);
  });

  test("once there is a child, with what came before it", () => {
    const batcher = new Batcher([tinyManifest()], SETTINGS);
    for (const name of [1, 2, 3, 4]) expect(offer(batcher, name, 0)).toEqual([]);
    expect(names(sent(batcher.handle({ type: "runner-up", models: ["tiny"] }, 100)))).toEqual([1, 2, 3, 4]);
  });
});

test("an answer carries what the request said, the row's own output and the manifest's threshold", () => {
  const batcher = ready();
  offer(batcher, 7, 0, { place: "cellar", origin: "replay" });
  batcher.handle({ type: "tick" }, 20);
  const [effect] = batcher.handle({ type: "result", batch: 1, output: Float32Array.of(0.75) }, 21);
  expect(effect).toEqual({
    type: "prediction",
    prediction: {
      model: "tiny",
      sensor: "ble:c0ffee000001",
      place: "cellar",
      wallMs: 7,
      origin: "replay",
      output: Float32Array.of(0.75),
      threshold: 0.5,
    },
  });
  expect(batcher.waiting).toBe(0);
});

test("a manifest that says sigmoid gets one", () => {
  const batcher = new Batcher([tinyManifest({ postprocess: "sigmoid" })], SETTINGS);
  batcher.handle({ type: "runner-up", models: ["tiny"] }, 0);
  offer(batcher, 1, 0);
  batcher.handle({ type: "tick" }, 20);
  expect(answers(batcher.handle({ type: "result", batch: 1, output: Float32Array.of(0) }, 21))).toEqual([[1, 0.5]]);
});

describe("when the child dies", () => {
  test("the rows in flight go first, alone and in order, once there is another", () => {
    const batcher = ready();
    for (const name of [1, 2, 3, 4]) offer(batcher, name, 0);
    offer(batcher, 5, 1);
    expect(batcher.handle({ type: "runner-down", blame: true }, 2)).toEqual([]);
    expect(batcher.waiting).toBe(5);
    const order: number[] = [];
    let effects = batcher.handle({ type: "runner-up", models: ["tiny"] }, 100);
    while (order.length < 5) {
      const send = sent(effects);
      order.push(...names(send));
      effects = batcher.handle({ type: "result", batch: send.batch, output: new Float32Array(send.rows) }, 101);
      expect(answers(effects)).toHaveLength(send.rows);
    }
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  test("a result that comes from beyond the grave is a stray, and nobody is answered twice", () => {
    const batcher = ready();
    offer(batcher, 1, 0);
    batcher.handle({ type: "tick" }, 20);
    batcher.handle({ type: "runner-down", blame: true }, 21);
    const late = batcher.handle({ type: "result", batch: 1, output: Float32Array.of(1) }, 22);
    expect(late).toEqual([{ type: "stray", batch: 1 }]);
    const send = sent(batcher.handle({ type: "runner-up", models: ["tiny"] }, 23));
    expect(send.batch).toBe(2);
    expect(answers(batcher.handle({ type: "result", batch: 2, output: Float32Array.of(1) }, 24))).toHaveLength(1);
    expect(answers(batcher.handle({ type: "result", batch: 2, output: Float32Array.of(1) }, 25))).toHaveLength(0);
  });

  test("a row that kills every child is dropped, and the others get their answers", () => {
    const batcher = ready();
    const answered: (number | undefined)[] = [];
    const dropped: unknown[] = [];
    let effects: readonly BatcherEffect[] = [1, 2, 666, 4].flatMap((name) => offer(batcher, name, 0));
    for (let round = 0; round < 20; round++) {
      answered.push(...answers(effects).map(([name]) => name));
      dropped.push(...drops(effects));
      const send = effects.find((effect) => effect.type === "send");
      if (send === undefined) break;
      if (names(send).includes(666)) {
        effects = batcher.handle({ type: "runner-down", blame: true }, round);
        effects = [...effects, ...batcher.handle({ type: "runner-up", models: ["tiny"] }, round)];
      } else
        effects = batcher.handle({ type: "result", batch: send.batch, output: new Float32Array(send.rows) }, round);
    }
    expect(answered).toEqual([1, 2, 4]);
    expect(dropped).toEqual([[666, "poison"]]);
  });

  test("for its size, the rows in flight are not to blame", () => {
    const batcher = ready();
    for (const name of [1, 2, 3, 4]) offer(batcher, name, 0);
    for (let round = 0; round < 10; round++) {
      expect(drops(batcher.handle({ type: "runner-down", blame: false }, round))).toEqual([]);
      expect(sent(batcher.handle({ type: "runner-up", models: ["tiny"] }, round)).rows).toBe(4);
    }
  });
});

test("an overdue batch asks once for the child to be killed", () => {
  const batcher = ready();
  offer(batcher, 1, 0);
  batcher.handle({ type: "tick" }, 20);
  expect(batcher.deadlineMs).toBe(1020);
  expect(batcher.handle({ type: "tick" }, 1019)).toEqual([]);
  expect(batcher.handle({ type: "tick" }, 1020)).toEqual([{ type: "kill" }]);
  expect(batcher.handle({ type: "tick" }, 1021)).toEqual([]);
  expect(batcher.deadlineMs).toBeUndefined();
});

test("a batch that the child cannot run is tried again row by row, then dropped", () => {
  const batcher = ready();
  for (const name of [1, 2, 3, 4]) offer(batcher, name, 0);
  let effects = batcher.handle({ type: "failure", batch: 1 }, 1);
  expect(names(sent(effects))).toEqual([1]);
  effects = batcher.handle({ type: "failure", batch: 2 }, 2);
  effects = batcher.handle({ type: "failure", batch: 3 }, 3);
  expect(drops(effects)).toEqual([[1, "failed"]]);
  expect(names(sent(effects))).toEqual([2]);
});

describe("a row is dropped, and its reason said, when", () => {
  test("the queue is full: the oldest goes", () => {
    const batcher = new Batcher([tinyManifest()], SETTINGS);
    for (let name = 1; name <= 8; name++) expect(offer(batcher, name, 0)).toEqual([]);
    expect(drops(offer(batcher, 9, 0))).toEqual([[1, "overflow"]]);
    expect(batcher.waiting).toBe(8);
  });

  test("it has waited too long", () => {
    const batcher = new Batcher([tinyManifest()], SETTINGS);
    offer(batcher, 1, 0);
    expect(batcher.deadlineMs).toBe(5000);
    expect(drops(batcher.handle({ type: "tick" }, 5000))).toEqual([[1, "expired"]]);
    expect(batcher.deadlineMs).toBeUndefined();
  });

  test("its input has a wrong length or is not finite", () => {
    const batcher = ready();
    for (const input of [[1], [1, 2, 3], [1, Number.NaN], [Number.POSITIVE_INFINITY, 0]]) {
      expect(drops(batcher.handle({ type: "request", request: request(input) }, 0))).toEqual([[0, "bad-input"]]);
    }
  });

  test("its model is unknown, or was not loaded", () => {
    const batcher = new Batcher([tinyManifest(), tinyManifest({ id: "other" })], SETTINGS);
    expect(drops(offer(batcher, 1, 0, { model: "nobody" }))).toEqual([[1, "unknown-model"]]);
    offer(batcher, 2, 0, { model: "other" });
    expect(drops(batcher.handle({ type: "runner-up", models: ["tiny"] }, 0))).toEqual([[2, "unavailable"]]);
    expect(drops(offer(batcher, 3, 0, { model: "other" }))).toEqual([[3, "unavailable"]]);
  });

  test("there will be no child", () => {
    const batcher = new Batcher([tinyManifest()], SETTINGS);
    offer(batcher, 1, 0);
    expect(drops(batcher.handle({ type: "give-up" }, 1))).toEqual([[1, "unavailable"]]);
    expect(drops(offer(batcher, 2, 2))).toEqual([[2, "unavailable"]]);
    batcher.handle({ type: "runner-up", models: ["tiny"] }, 3);
    expect(offer(batcher, 3, 4)).toEqual([]);
  });

  test("the model gave no number", () => {
    const batcher = ready();
    offer(batcher, 1, 0);
    offer(batcher, 2, 0);
    batcher.handle({ type: "tick" }, 20);
    const effects = batcher.handle({ type: "result", batch: 1, output: Float32Array.of(Number.NaN, 0.5) }, 21);
    expect(drops(effects)).toEqual([[1, "bad-output"]]);
    expect(answers(effects)).toEqual([[2, 0.5]]);
  });
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constant("request" as const) },
  { weight: 3, arbitrary: fc.constant("result" as const) },
  fc.constantFrom(
    "short-result" as const,
    "stray-result" as const,
    "failure" as const,
    "die" as const,
    "recycle" as const,
    "wait" as const,
  ),
);

test("whatever happens, every request ends exactly once: answered, dropped, or still waiting", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const batcher = ready({ ...SETTINGS, queueMax: 6 });
      const ends = new Map<number, number>();
      let offered = 0;
      let nowMs = 0;
      let flying: { batch: number; rows: number } | undefined;
      const take = (effects: readonly BatcherEffect[]) => {
        for (const effect of effects) {
          if (effect.type === "send") flying = effect;
          const name =
            effect.type === "prediction"
              ? effect.prediction.wallMs
              : effect.type === "dropped"
                ? effect.request.wallMs
                : undefined;
          if (name !== undefined) ends.set(name, (ends.get(name) ?? 0) + 1);
        }
      };
      const restart = (blame: boolean) => {
        flying = undefined;
        take(batcher.handle({ type: "runner-down", blame }, nowMs));
        take(batcher.handle({ type: "runner-up", models: ["tiny", "other"] }, nowMs));
      };
      for (const one of steps) {
        nowMs += 7;
        if (one === "request") take(offer(batcher, offered, nowMs, { model: offered++ % 3 === 0 ? "other" : "tiny" }));
        else if (one === "wait") {
          nowMs += 900;
          take(batcher.handle({ type: "tick" }, nowMs));
        } else if (one === "die" || one === "recycle") restart(one === "die");
        else if (one === "stray-result")
          take(batcher.handle({ type: "result", batch: 9999, output: new Float32Array(4) }, nowMs));
        else if (flying !== undefined) {
          const { batch, rows } = flying;
          flying = undefined;
          if (one === "failure") take(batcher.handle({ type: "failure", batch }, nowMs));
          else
            take(
              batcher.handle(
                { type: "result", batch, output: new Float32Array(one === "result" ? rows : rows + 1) },
                nowMs,
              ),
            );
        }
        expect(batcher.waiting).toBeLessThanOrEqual(6 + SETTINGS.rowsMax);
      }
      expect([...ends.values()].every((times) => times === 1)).toBe(true);
      expect(ends.size + batcher.waiting).toBe(offered);
    }),
  );
});
