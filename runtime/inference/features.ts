/**
 * From a window of the recent past to a model's input, by the manifest's recipe. Pure.
 * Everything is causal: only samples up to the newest are looked at.
 */
import type { FeatureRecipe } from "./manifest.js";

/** asinh of 27 times the scale. Beyond it "far" is all there is to know; the narrower range doubles int8's resolution. */
export const FEATURE_ABS_MAX = 4;

/** One quantity's samples, oldest first; the newest is at `count - 1`. */
export interface Series {
  readonly samples: Float32Array;
  readonly count: number;
}

/** @param series one per window quantity, in the recipe's naming; every count at least 1. */
export function computeFeatures(
  recipes: readonly FeatureRecipe[],
  seriesOf: (recipe: FeatureRecipe) => Series,
  length: number,
): Float32Array {
  const out = new Float32Array(recipes.length);
  for (const [at, recipe] of recipes.entries()) {
    const series = seriesOf(recipe);
    const raw = rawFeature(recipe, series, length);
    const scaled = Math.asinh(recipe.kind === "surprise" ? raw : raw / recipe.scale);
    out[at] = Math.max(-FEATURE_ABS_MAX, Math.min(FEATURE_ABS_MAX, scaled));
  }
  return out;
}

function rawFeature(recipe: FeatureRecipe, { samples, count }: Series, length: number): number {
  const newest = samples[count - 1] ?? 0;
  const start = Math.max(0, count - recipe.span);
  switch (recipe.kind) {
    case "deviation":
      return newest - median(samples.slice(start, count));
    case "spread":
      return medianAbsoluteDeviation(samples.slice(start, count));
    case "change":
      return newest - (samples[Math.max(0, count - 1 - recipe.span)] ?? newest);
    case "range":
      return range(samples, start, count);
    case "jump":
      return largestStep(samples, start, count);
    case "surprise":
      return surprise(samples, start, count, recipe.scale);
    case "fill":
      return count / length;
  }
}

/** Reorders in place. The lower middle for an even count: one of the samples, so no rounding comes in. */
function median(values: Float32Array): number {
  return select(values, (values.length - 1) >> 1);
}

/** Hoare's selection with a median-of-three pivot: a tenth of the time of sorting, and a hub does this per sample. */
function select(values: Float32Array, rank: number): number {
  // The hottest loop of the room. Every index lies in [low, high], inside the array: no `?? 0` is needed.
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const a = values[low] as number;
    const b = values[(low + high) >> 1] as number;
    const c = values[high] as number;
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left++;
      while ((values[right] as number) > pivot) right--;
      if (left > right) break;
      const held = values[left] as number;
      values[left++] = values[right] as number;
      values[right--] = held;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else break;
  }
  return values[rank] ?? 0;
}

function medianAbsoluteDeviation(values: Float32Array): number {
  const middle = median(values);
  for (let i = 0; i < values.length; i++) values[i] = Math.abs((values[i] ?? 0) - middle);
  return median(values);
}

function range(samples: Float32Array, start: number, end: number): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) {
    const value = samples[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high - low;
}

/** The signed change between neighbours that is largest in size. */
function largestStep(samples: Float32Array, start: number, end: number): number {
  let largest = 0;
  for (let i = Math.max(1, start); i < end; i++) {
    const step = (samples[i] ?? 0) - (samples[i - 1] ?? 0);
    if (Math.abs(step) > Math.abs(largest)) largest = step;
  }
  return largest;
}

/** The newest step in units of the usual one: what is loud for a quiet sensor is nothing for a noisy one. */
function surprise(samples: Float32Array, start: number, end: number, floor: number): number {
  if (end - start < 2) return 0;
  const steps = new Float32Array(end - start - 1);
  for (let i = 0; i < steps.length; i++) steps[i] = Math.abs((samples[start + i + 1] ?? 0) - (samples[start + i] ?? 0));
  const newest = (samples[end - 1] ?? 0) - (samples[end - 2] ?? 0);
  return newest / (floor + median(steps));
}
