import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToHex } from "../../../runtime/core/bytes.js";
import { decodeStamp, encodeStamp, HybridClock, type Stamp } from "../../../runtime/mesh/state/clock.js";

const anyStamp: fc.Arbitrary<Stamp> = fc.record(
  { wallMs: fc.nat({ max: 2 ** 48 - 1 }), counter: fc.nat({ max: 65_535 }) },
  { noNullPrototype: true },
);
const compare = (a: Stamp, b: Stamp): number => a.wallMs - b.wallMs || a.counter - b.counter;

describe("a hybrid clock", () => {
  test("never gives a stamp that is not greater than all it gave and saw, however the wall clock jumps", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 100_000 }), fc.option(anyStamp)), { maxLength: 50 }), (steps) => {
        const clock = new HybridClock(60_000);
        let greatest: Stamp = { wallMs: -1, counter: 0 };
        for (const [wallMs, seen] of steps) {
          if (seen !== null && clock.observe(seen, wallMs) && compare(seen, greatest) > 0) greatest = seen;
          const stamp = clock.next(wallMs);
          expect(compare(stamp, greatest)).toBeGreaterThan(0);
          greatest = stamp;
        }
      }),
    );
  });

  test("refuses a stamp that is more than the drift ahead, and is not moved by it", () => {
    const clock = new HybridClock(60_000);
    expect(clock.observe({ wallMs: 1_061_000, counter: 0 }, 1_000_000)).toBe(false);
    expect(clock.next(1_000_000)).toEqual({ wallMs: 1_000_000, counter: 0 });
    expect(clock.observe({ wallMs: 1_060_000, counter: 3 }, 1_000_000)).toBe(true);
    expect(clock.next(1_000_000)).toEqual({ wallMs: 1_060_000, counter: 4 });
  });
});

describe("an encoded stamp", () => {
  test("comes back as it was", () => {
    fc.assert(fc.property(anyStamp, (stamp) => void expect(decodeStamp(encodeStamp(stamp))).toEqual(stamp)));
  });

  test("sorts as the stamp does", () => {
    fc.assert(
      fc.property(anyStamp, anyStamp, (a, b) => {
        const [x, y] = [bytesToHex(encodeStamp(a)), bytesToHex(encodeStamp(b))];
        expect(x < y ? -1 : x > y ? 1 : 0).toBe(Math.sign(compare(a, b)));
      }),
    );
  });

  test("of what is no stamp is a mistake", () => {
    expect(() => encodeStamp({ wallMs: 2 ** 48, counter: 0 })).toThrow(RangeError);
    expect(() => decodeStamp(new Uint8Array(7))).toThrow(RangeError);
  });
});
