import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { computeFeatures, FEATURE_ABS_MAX } from "../../runtime/inference/features.js";
import type { FeatureRecipe } from "../../runtime/inference/manifest.js";

const KINDS = ["deviation", "spread", "change", "range", "jump", "surprise", "fill"] as const;

/** Undoes the squashing, so that a test can speak of degrees. */
function feature(kind: FeatureRecipe["kind"], span: number, values: readonly number[], length = 10): number {
  const recipe: FeatureRecipe = { quantity: "temperature", kind, span, scale: 1000 };
  const samples = new Float32Array(length);
  samples.set(values);
  const [out = Number.NaN] = computeFeatures([recipe], () => ({ samples, count: values.length }), length);
  return kind === "surprise" ? Math.sinh(out) : Math.sinh(out) * recipe.scale;
}

describe("over the samples 1 5 2 8 3", () => {
  const values = [1, 5, 2, 8, 3];
  test.each([
    ["deviation", 5, 0],
    ["deviation", 2, 0],
    ["deviation", 3, 0],
    ["deviation", 10, 0],
    ["change", 1, -5],
    ["change", 4, 2],
    ["change", 10, 2],
    ["range", 5, 7],
    ["range", 1, 0],
    ["jump", 5, 6],
    ["jump", 1, -5],
    ["spread", 5, 2],
    ["fill", 10, 0.5],
  ] as const)("%s over %d is %d", (kind, span, expected) => {
    expect(feature(kind, span, values)).toBeCloseTo(expected, 3);
  });
});

test("the deviation from the median tells a peak from a plateau", () => {
  expect(feature("deviation", 9, [1, 1, 1, 1, 1, 1, 1, 1, 9])).toBeCloseTo(8, 3);
  expect(feature("deviation", 9, [1, 1, 1, 9, 9, 9, 9, 9, 9])).toBeCloseTo(0, 3);
});

test("the same step surprises from a quiet sensor more than from a noisy one", () => {
  const recipe: FeatureRecipe = { quantity: "humidity", kind: "surprise", span: 10, scale: 0.02 };
  const of = (values: readonly number[]) =>
    computeFeatures([recipe], () => ({ samples: Float32Array.from(values), count: values.length }), 10)[0] ?? 0;
  expect(of([50, 50.01, 50, 50.01, 50, 50.2])).toBeGreaterThan(2);
  expect(of([50, 50.2, 50, 50.2, 50, 50.2])).toBeLessThan(1);
  expect(of([50, 50, 50, 49])).toBeLessThan(-3);
});

test("every feature is finite and bounded, whatever finite samples the window holds", () => {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 64 }), fc.integer({ min: 1, max: 100 }), (values, span) => {
      const samples = Float32Array.from(values);
      const recipes = KINDS.map((kind): FeatureRecipe => ({ quantity: "humidity", kind, span, scale: 0.02 }));
      const features = computeFeatures(recipes, () => ({ samples, count: values.length }), 64);
      for (const one of features) expect(Math.abs(one)).toBeLessThanOrEqual(FEATURE_ABS_MAX);
      expect([...samples]).toEqual(values.map(Math.fround));
    }),
  );
});

test("selection agrees with sorting on any window, ties and all", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 1, maxLength: 80 }), (values) => {
      const median = [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
      const newest = values.at(-1) ?? 0;
      expect(feature("deviation", 80, values, 80)).toBeCloseTo(newest - median, 2);
    }),
  );
});
