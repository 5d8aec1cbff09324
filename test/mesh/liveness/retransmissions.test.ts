import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { outlastMs } from "../../../runtime/mesh/liveness/retransmissions.js";

describe("how long a silence must last", () => {
  it.each([
    [0.01, 1, 3000],
    [0.01, 2, 600],
    [0.01, 4, 200],
    [0.1, 2, 3000],
    [0.1, 3, 600],
    [0.2, 3, 3000],
    [0.2, 1, 12_600],
  ])("at a loss of %d, where %d agree, is %d ms", (loss, observers, ms) => {
    expect(outlastMs(loss, observers)).toBe(ms);
  });

  it("grows with the loss, shrinks with observers, and is bounded whatever was measured", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), fc.integer({ min: 1, max: 8 }), (a, b, k) => {
        const [low, high] = [outlastMs(Math.min(a, b), k), outlastMs(Math.max(a, b), k)];
        expect(low).toBeGreaterThanOrEqual(200);
        expect(high).toBeLessThanOrEqual(12_600);
        expect(low).toBeLessThanOrEqual(high);
        expect(outlastMs(a, k + 1)).toBeLessThanOrEqual(outlastMs(a, k));
      }),
    );
  });
});
