import fc from "fast-check";
import { expect, test } from "vitest";
import { A, EventWheel, KIND } from "../../tools/sim/engine/wheel.js";

const DAY_TICKS = 24 * 3600 * 8000;

test("events happen in order of time, and of one time in the order in which they were scheduled", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(DAY_TICKS), { maxLength: 200 }), (ticks) => {
      const wheel = new EventWheel();
      for (const [at, tick] of ticks.entries()) wheel.schedule(tick, 1, at, 0, 0, undefined);
      const seen: number[] = [];
      for (let event = wheel.next(DAY_TICKS); event >= 0; event = wheel.next(DAY_TICKS)) {
        seen.push(wheel.cells[event + A] as number);
        expect(wheel.nowTick).toBe(ticks[seen.at(-1) as number]);
        wheel.release(event);
      }
      const sorted = [...ticks.keys()].sort((a, b) => (ticks[a] as number) - (ticks[b] as number) || a - b);
      expect(seen).toEqual(sorted);
    }),
  );
});

test("events that are scheduled while others happen keep the order, too", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100_000), fc.nat(40_000_000)), { minLength: 1, maxLength: 60 }), (pairs) => {
      const wheel = new EventWheel();
      for (const [first, delay] of pairs) wheel.schedule(first, 1, delay, 0, 0, undefined);
      let last = 0;
      let count = 0;
      for (let event = wheel.next(2 ** 31); event >= 0; event = wheel.next(2 ** 31)) {
        expect(wheel.nowTick).toBeGreaterThanOrEqual(last);
        last = wheel.nowTick;
        count += 1;
        const again = wheel.cells[event + KIND] === 1;
        const delay = wheel.cells[event + A] as number;
        wheel.release(event);
        if (again) wheel.schedule(wheel.nowTick + delay, 2, 0, 0, 0, undefined);
      }
      expect(count).toBe(pairs.length * 2);
      expect(wheel.pending).toBe(0);
    }),
  );
});

test("time stops at the limit, and what lies in the past happens at once", () => {
  const wheel = new EventWheel();
  wheel.schedule(50_000, 1, 0, 0, 0, undefined);
  expect(wheel.next(20_000)).toBe(-1);
  expect(wheel.nowTick).toBe(20_000);
  wheel.schedule(3, 2, 0, 0, 0, "payload");
  const event = wheel.next(20_000);
  expect(wheel.take(event)).toBe("payload");
  expect(wheel.nowTick).toBe(20_000);
});
