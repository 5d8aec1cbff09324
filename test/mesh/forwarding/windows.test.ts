import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { TokenBucket } from "../../../runtime/core/token-bucket.js";
import { OriginWindows } from "../../../runtime/mesh/forwarding/windows.js";

const hub = "a".repeat(32) as HubId;

describe("an origin's window", () => {
  test("takes each number once, whatever the order, and refuses what is 64 behind", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 200 }), { maxLength: 300 }), (numbers) => {
        const windows = new OriginWindows(4);
        const taken = new Set<number>();
        let newest = Number.NEGATIVE_INFINITY;
        for (const number of numbers) {
          const late = number <= newest - 64;
          const expected = late ? "late" : taken.has(number) ? "duplicate" : "fresh";
          expect(windows.take(hub, 1, number, 0)).toBe(expected);
          if (late) continue;
          taken.add(number);
          newest = Math.max(newest, number);
        }
      }),
    );
  });

  test("begins anew with a newer epoch, and refuses an older one until nobody has spoken in the newer for long", () => {
    const windows = new OriginWindows(4);
    expect(windows.take(hub, 2, 10, 0)).toBe("fresh");
    expect(windows.take(hub, 3, 10, 0)).toBe("fresh");
    expect(windows.take(hub, 2, 11, 1000)).toBe("old-epoch");
    expect(windows.take(hub, 2, 11, 600_001)).toBe("fresh");
  });

  test("of hearsay is barred by no forged number or start: far from the newest it begins anew", () => {
    const windows = new OriginWindows(4, 4096);
    expect(windows.take(hub, 3, 100, 0)).toBe("fresh");
    expect(windows.take(hub, 3, 2 ** 48 - 1, 1)).toBe("fresh");
    expect(windows.take(hub, 3, 101, 2)).toBe("fresh");
    expect(windows.take(hub, 3, 101, 3)).toBe("duplicate");
    expect(windows.take(hub, 900, 1, 4)).toBe("fresh");
    expect(windows.take(hub, 3, 102, 5)).toBe("fresh");
  });

  test("is forgotten for the origin that was silent longest", () => {
    const windows = new OriginWindows(2);
    for (const name of ["1", "2", "1", "3"]) windows.take(name.repeat(32) as HubId, 1, Number(name), 0);
    expect(windows.take("1".repeat(32) as HubId, 1, 1, 0)).toBe("duplicate");
    expect(windows.take("2".repeat(32) as HubId, 1, 2, 0)).toBe("fresh");
  });
});

test("a bucket gives what has come in, never more than its burst", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ waitMs: fc.nat(500), tokens: fc.integer({ min: 1, max: 12 }) })), (steps) => {
      const bucket = new TokenBucket(10, 5);
      let nowMs = 0;
      let taken = 0;
      for (const { waitMs, tokens } of steps) {
        nowMs += waitMs;
        if (!bucket.take(nowMs, tokens)) {
          if (tokens > 5) continue;
          nowMs = bucket.readyMs(nowMs, tokens);
          expect(bucket.take(nowMs, tokens)).toBe(true);
        }
        taken += tokens;
      }
      expect(taken).toBeLessThanOrEqual(5 + (nowMs / 1000) * 10 + 1e-6);
    }),
  );
});
