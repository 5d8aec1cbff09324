import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StateEntry } from "../../../runtime/core/messages-state.js";
import { compareEntries, type Entry, seal } from "../../../runtime/mesh/state/entry.js";
import { ItemSet, shortest } from "../../../runtime/mesh/state/item-set.js";
import { sha256 } from "../state-net.js";

const entry = (n: number, minor = 1): Entry =>
  seal(sha256, {
    registry: n % 3,
    key: n.toString(16).padStart(4, "0"),
    major: 1,
    minor,
    value: new Uint8Array(3),
  } satisfies StateEntry);
const bigSum = (entries: readonly Entry[]): bigint => {
  let sum = 0n;
  for (const { words } of entries) sum += [...words].reduce((all, word) => (all << 32n) | BigInt(word), 0n);
  return sum % (1n << 256n);
};
const toBig = (words: Uint32Array): bigint => [...words].reduce((all, word) => (all << 32n) | BigInt(word), 0n);

describe("a set of entries", () => {
  test("holds, orders and sums as a plain list would", () => {
    const anyStep = fc.record({ n: fc.nat({ max: 400 }), minor: fc.nat({ max: 3 }), drop: fc.boolean() });
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 600 }), fc.nat(), fc.nat(), (steps, a, b) => {
        const set = new ItemSet();
        const plain = new Map<number, Entry>();
        for (const { n, minor, drop } of steps) {
          const one = entry(n, minor);
          if (drop) {
            expect(set.delete(one)).toBe(plain.delete(n));
          } else {
            expect(set.set(one)).toBe(plain.get(n));
            plain.set(n, one);
          }
        }
        const sorted = [...plain.values()].sort(compareEntries);
        expect([...set]).toEqual(sorted);
        expect(set.size).toBe(sorted.length);
        const [lower, upper] = [a, b].map((n) => (n % 4096) * 2 ** 36).sort((x, y) => x - y) as [number, number];
        const inside = sorted.filter(({ position }) => position >= lower && position < upper);
        expect([...set.between(lower, upper)]).toEqual(inside);
        const { sum, count } = set.summary(lower, upper);
        expect([count, toBig(sum)]).toEqual([inside.length, bigSum(inside)]);
      }),
      { numRuns: 30 },
    );
  });

  test("is cut into parts of about equal numbers", () => {
    const set = new ItemSet();
    for (let n = 0; n < 1000; n++) set.set(entry(n));
    const cuts = set.cuts(0, 2 ** 48, 1000, 16);
    expect(cuts).toHaveLength(16);
    let lower = 0;
    for (const cut of cuts) {
      expect(set.summary(lower, cut).count).toBeGreaterThanOrEqual(60);
      expect(set.summary(lower, cut).count).toBeLessThanOrEqual(65);
      lower = cut;
    }
    expect(lower).toBe(2 ** 48);
  });
});

test("a bound is as short as it may be and still parts two positions", () => {
  const anyPosition = fc.nat({ max: 2 ** 48 - 1 });
  fc.assert(
    fc.property(anyPosition, anyPosition, (a, b) => {
      fc.pre(a !== b);
      const [before, position] = [Math.min(a, b), Math.max(a, b)];
      const bound = shortest(before, position);
      expect(bound > before && bound <= position).toBe(true);
    }),
  );
  expect(shortest(0x0102_0304_0506, 0x0102_ff00_0000)).toBe(0x0102_ff00_0000);
  expect(shortest(0x0102_0304_0506, 0x0203_0405_0607)).toBe(0x0200_0000_0000);
});
