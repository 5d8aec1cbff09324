import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Ceiling, ReplayGuard } from "../../firmware-bridge/replay-guard.js";

describe("a guard", () => {
  test("takes any first counter, and then only greater ones", () => {
    const guard = new ReplayGuard();
    expect(guard.isFresh(0)).toBe(true);
    guard.accept(500, 0);
    expect([499, 500, 501].map((counter) => guard.isFresh(counter))).toEqual([false, false, true]);
    expect(() => guard.accept(500, 1)).toThrow(RangeError);
  });

  test("takes nothing up to the stored ceiling after a restart", () => {
    const guard = new ReplayGuard(1_000);
    expect([1, 1_000, 1_001].map((counter) => guard.isFresh(counter))).toEqual([false, false, true]);
  });

  test("gives nothing out before a ceiling is stored that covers it", () => {
    const guard = new ReplayGuard();
    const ceiling = guard.accept(10, 0)!;
    expect(ceiling.counter).toBeGreaterThan(10);
    expect(guard.isDurable(10)).toBe(false);
    expect(guard.confirm(ceiling, 5)).toBeUndefined();
    expect(guard.isDurable(10)).toBe(true);
  });

  test("asks at once for more when the sensor has run past what is being stored", () => {
    const guard = new ReplayGuard();
    const first = guard.accept(10, 0)!;
    expect(guard.accept(5_000, 1)).toBeUndefined();
    const second = guard.confirm(first, 2)!;
    expect(guard.isDurable(5_000)).toBe(false);
    guard.confirm(second, 3);
    expect(guard.isDurable(5_000)).toBe(true);
  });

  test("asks again for a write that was never confirmed, and then disregards the first", () => {
    const guard = new ReplayGuard();
    const lost = guard.accept(10, 0)!;
    expect(guard.tick(9_999)).toBeUndefined();
    const again = guard.tick(10_000)!;
    expect(again).not.toBe(lost);
    guard.confirm(lost, 10_001);
    expect(guard.isDurable(10)).toBe(false);
    guard.confirm(again, 10_002);
    expect(guard.isDurable(10)).toBe(true);
  });

  test("writes about once a minute for a sensor that sends four times a second", () => {
    const guard = new ReplayGuard();
    let writes = 0;
    for (let counter = 1; counter <= 4 * 3_600; counter++) {
      const ceiling = guard.accept(counter, counter * 250);
      if (!ceiling) continue;
      writes += 1;
      guard.confirm(ceiling, counter * 250 + 5);
    }
    expect(writes).toBeGreaterThan(30);
    expect(writes).toBeLessThan(75);
  });

  test("takes the ceiling back to what was accepted once the sensor is silent, so that its next event is heard", () => {
    const guard = new ReplayGuard();
    guard.confirm(guard.accept(10, 0)!, 1);
    expect(guard.tick(59_999)).toBeUndefined();
    const settled = guard.tick(60_000)!;
    expect(settled.counter).toBe(10);
    expect(guard.tick(60_001)).toBeUndefined();
    guard.confirm(settled, 60_002);
    expect(guard.tick(1e9)).toBeUndefined();
    expect(new ReplayGuard(settled.counter).isFresh(11)).toBe(true);
  });

  test("holds what comes while the ceiling is being taken back", () => {
    const guard = new ReplayGuard();
    guard.confirm(guard.accept(10, 0)!, 1);
    const settled = guard.tick(60_000)!;
    expect(guard.accept(11, 60_001)).toBeUndefined();
    expect(guard.isDurable(11)).toBe(false);
    const next = guard.confirm(settled, 60_002)!;
    guard.confirm(next, 60_003);
    expect(guard.isDurable(11)).toBe(true);
  });

  test("settles at once when the hub stops", () => {
    const guard = new ReplayGuard();
    guard.confirm(guard.accept(10, 0)!, 1);
    expect(guard.tick(2, true)?.counter).toBe(10);
  });

  test("takes any counter after its owner has reset it, and no confirmation from before counts", () => {
    const guard = new ReplayGuard(90_000);
    const old = guard.accept(90_001, 0)!;
    const reset = guard.reset(1);
    expect(reset.counter).toBe(-1);
    expect(guard.isFresh(0)).toBe(true);
    guard.accept(0, 2);
    guard.confirm(old, 3);
    expect(guard.isDurable(0)).toBe(false);
    const next = guard.confirm(reset, 4)!;
    guard.confirm(next, 5);
    expect(guard.isDurable(0)).toBe(true);
    expect(guard.isDurable(90_000)).toBe(false);
  });

  test("refuses everything after the last counter of four bytes", () => {
    const guard = new ReplayGuard();
    const ceiling = guard.accept(0xffff_ffff, 0)!;
    expect(ceiling.counter).toBe(0xffff_ffff);
    expect(guard.isFresh(0xffff_ffff)).toBe(false);
    guard.confirm(ceiling, 1);
    expect(guard.tick(1e9)).toBeUndefined();
  });
});

type Step = "advert" | "jump" | "store" | "storeUnconfirmed" | "crash" | "wait" | "stop";

test("through crashes at any moment, slow, lost and late writes, nothing is given out twice or out of order", () => {
  const steps = fc.array(
    fc.constantFrom<Step>(
      "advert",
      "advert",
      "advert",
      "jump",
      "store",
      "store",
      "storeUnconfirmed",
      "wait",
      "crash",
      "stop",
    ),
    {
      maxLength: 120,
    },
  );
  fc.assert(
    fc.property(steps, (steps) => {
      let guard = new ReplayGuard();
      let disk: number | undefined;
      let queue: Ceiling[] = [];
      let held: number[] = [];
      let nowMs = 0;
      let counter = 0;
      let outMax = -1;
      const write = (ceiling: Ceiling | undefined): void => void (ceiling && queue.push(ceiling));
      const release = (): void => {
        for (const waiting of held.filter((each) => guard.isDurable(each))) {
          expect(waiting).toBeGreaterThan(outMax);
          outMax = waiting;
        }
        held = held.filter((each) => !guard.isDurable(each));
      };
      for (const step of steps) {
        nowMs += 100;
        if (step === "advert" || step === "jump") {
          counter += step === "jump" ? 10_000 : 1;
          // An attacker replays everything that was ever given out: the guard must not take any of it.
          expect(guard.isFresh(outMax)).toBe(false);
          if (guard.isFresh(counter)) {
            write(guard.accept(counter, nowMs));
            held.push(counter);
            release();
          }
        } else if (step === "store") {
          const next = queue.shift();
          if (!next) continue;
          disk = next.counter;
          write(guard.confirm(next, nowMs));
          release();
        } else if (step === "storeUnconfirmed") disk = queue.shift()?.counter ?? disk;
        else if (step === "wait") {
          nowMs += 70_000;
          write(guard.tick(nowMs));
        } else if (step === "stop") write(guard.tick(nowMs, true));
        else {
          queue = [];
          held = [];
          guard = new ReplayGuard(disk);
          if (outMax >= 0) expect(guard.isFresh(outMax)).toBe(false);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
