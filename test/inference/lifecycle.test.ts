import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  LIFECYCLE_DEFAULTS,
  Lifecycle,
  type LifecycleEffect,
  type LifecycleInput,
} from "../../runtime/inference/lifecycle.js";

const SETTINGS = {
  ...LIFECYCLE_DEFAULTS,
  restartMs: 100,
  restartMaxMs: 1000,
  soundMs: 5000,
  startTimeoutMs: 3000,
  startFailuresMax: 3,
  failedRetryMs: 60_000,
};

const died: LifecycleInput = { type: "exited", note: "it died" };
const types = (effects: readonly LifecycleEffect[]) =>
  effects.map((effect) => (effect.type === "state" ? effect.state : effect.type));

function running(): Lifecycle {
  const lifecycle = new Lifecycle(SETTINGS);
  lifecycle.handle({ type: "need" }, 0);
  lifecycle.handle({ type: "ready" }, 0);
  return lifecycle;
}

test("a child starts when it is first needed, and only one", () => {
  const lifecycle = new Lifecycle(SETTINGS);
  expect(lifecycle.deadlineMs).toBeUndefined();
  expect(types(lifecycle.handle({ type: "need" }, 0))).toEqual(["spawn", "starting"]);
  expect(lifecycle.handle({ type: "need" }, 1)).toEqual([]);
  expect(types(lifecycle.handle({ type: "ready" }, 2))).toEqual(["ready"]);
  expect(lifecycle.handle({ type: "need" }, 3)).toEqual([]);
  expect(lifecycle.restarts).toBe(0);
});

describe("a child that dies when it was ready", () => {
  test("is restarted after a delay that doubles up to its largest", () => {
    const lifecycle = running();
    const delays: number[] = [];
    let nowMs = 0;
    for (let round = 0; round < 7; round++) {
      expect(types(lifecycle.handle(died, nowMs))).toEqual(["restarting"]);
      const due = lifecycle.deadlineMs ?? Number.NaN;
      delays.push(due - nowMs);
      expect(lifecycle.handle({ type: "tick" }, due - 1)).toEqual([]);
      expect(types(lifecycle.handle({ type: "tick" }, due))).toEqual(["spawn", "restarting"]);
      lifecycle.handle({ type: "ready" }, due);
      nowMs = due;
    }
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000, 1000]);
    expect(lifecycle.restarts).toBe(7);
  });

  test("is restarted fast again once one has been sound for a while", () => {
    const lifecycle = running();
    lifecycle.handle(died, 0);
    lifecycle.handle({ type: "tick" }, 100);
    lifecycle.handle({ type: "ready" }, 100);
    lifecycle.handle(died, 5100);
    expect(lifecycle.deadlineMs).toBe(5200);
  });
});

test("an unhealthy child is killed, and replaced when it is gone", () => {
  const lifecycle = running();
  expect(types(lifecycle.handle({ type: "unhealthy", note: "too large" }, 10))).toEqual(["kill"]);
  expect(lifecycle.handle({ type: "unhealthy", note: "still too large" }, 11)).toEqual([]);
  expect(lifecycle.handle({ type: "ready" }, 12)).toEqual([]);
  expect(lifecycle.handle(died, 20)).toEqual([{ type: "state", state: "restarting", note: "too large" }]);
});

describe("a child that cannot start", () => {
  test("is given up after a few attempts, with the reason, and tried again much later", () => {
    const lifecycle = new Lifecycle(SETTINGS);
    lifecycle.handle({ type: "need" }, 0);
    let nowMs = 0;
    for (let round = 0; round < 2; round++) {
      expect(types(lifecycle.handle(died, nowMs))).toEqual(["restarting"]);
      nowMs = lifecycle.deadlineMs ?? Number.NaN;
      lifecycle.handle({ type: "tick" }, nowMs);
    }
    expect(lifecycle.handle({ type: "exited", note: "no model" }, nowMs)).toEqual([
      { type: "give-up" },
      { type: "state", state: "failed", note: "no model" },
    ]);
    expect(lifecycle.handle({ type: "need" }, nowMs + 1)).toEqual([]);
    expect(lifecycle.deadlineMs).toBe(nowMs + 60_000);
    expect(types(lifecycle.handle({ type: "tick" }, nowMs + 60_000))).toEqual(["spawn", "restarting"]);
    expect(types(lifecycle.handle({ type: "ready" }, nowMs + 60_001))).toEqual(["ready"]);
  });

  test("and only hangs is killed when its time is over", () => {
    const lifecycle = new Lifecycle(SETTINGS);
    lifecycle.handle({ type: "need" }, 0);
    expect(lifecycle.deadlineMs).toBe(3000);
    expect(types(lifecycle.handle({ type: "tick" }, 3000))).toEqual(["kill"]);
    expect(lifecycle.handle(died, 3001)).toMatchObject([{ state: "restarting", note: "did not load within 3000 ms" }]);
  });

  test("does not count against one that starts in between", () => {
    const lifecycle = new Lifecycle(SETTINGS);
    lifecycle.handle({ type: "need" }, 0);
    for (let round = 0; round < 10; round++) {
      lifecycle.handle(died, 0);
      lifecycle.handle({ type: "tick" }, lifecycle.deadlineMs ?? 0);
      lifecycle.handle({ type: "ready" }, 0);
      expect(lifecycle.state).toBe("ready");
      lifecycle.handle(died, 0);
      lifecycle.handle({ type: "tick" }, lifecycle.deadlineMs ?? 0);
    }
  });
});

test("after stop nothing starts again", () => {
  const lifecycle = running();
  expect(types(lifecycle.handle({ type: "stop" }, 0))).toEqual(["kill", "give-up", "off"]);
  for (const input of [died, { type: "need" }, { type: "tick" }, { type: "ready" }, { type: "stop" }] as const) {
    expect(lifecycle.handle(input, 1e9)).toEqual([]);
  }
  expect(lifecycle.deadlineMs).toBeUndefined();
});

const anyInput: fc.Arbitrary<LifecycleInput> = fc.oneof(
  fc.constantFrom({ type: "tick" } as const, { type: "need" } as const, { type: "ready" } as const),
  fc.constantFrom({ type: "exited", note: "x" } as const, { type: "unhealthy", note: "y" } as const),
);

test("there is never more than one child, and a living one is never forgotten", () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 100 }), (inputs) => {
      const lifecycle = new Lifecycle(SETTINGS);
      let alive = false;
      let nowMs = 0;
      for (const input of inputs) {
        if ((input.type === "exited" || input.type === "ready" || input.type === "unhealthy") && !alive) continue;
        if (input.type === "exited") alive = false;
        nowMs = Math.max(nowMs, input.type === "tick" ? (lifecycle.deadlineMs ?? nowMs) : nowMs + 1);
        for (const effect of lifecycle.handle(input, nowMs)) {
          if (effect.type !== "spawn") continue;
          expect(alive).toBe(false);
          alive = true;
        }
        expect(["starting", "ready", "dying"].includes(lifecycle.state)).toBe(alive);
      }
    }),
  );
});
