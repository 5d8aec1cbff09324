/**
 * The baseline: how many standard deviations the newest value is from the mean of the half hour before it, the larger
 * of temperature's and humidity's. Causal like the model, with the same memory. Pure.
 */

import { WINDOW } from "./climate-recipe.js";
import { bestThreshold, type Scored } from "./metrics.js";
import type { MoteSeries } from "./motes.js";

/** Below it a sensor's own resolution would decide. */
const DEVIATION_MIN = 0.05;

export function zScores(series: MoteSeries): Scored {
  const scores = new Float32Array(series.labels.length);
  for (const values of [series.temperature, series.humidity]) {
    let sum = 0;
    let squares = 0;
    for (const [row, value] of values.entries()) {
      const count = Math.min(row, WINDOW.length);
      if (count >= WINDOW.lengthMin) {
        const mean = sum / count;
        const deviation = Math.max(DEVIATION_MIN, Math.sqrt(Math.max(0, squares / count - mean * mean)));
        scores[row] = Math.max(scores[row] ?? 0, Math.abs(value - mean) / deviation);
      }
      const leaving = row >= WINDOW.length ? (values[row - WINDOW.length] ?? 0) : 0;
      sum += value - leaving;
      squares += value * value - leaving * leaving;
    }
  }
  return { scores, labels: series.labels };
}

export function zThreshold(training: Scored): number {
  const candidates = Array.from({ length: 200 }, (_, at) => 0.5 + at * 0.1);
  return bestThreshold(training, candidates);
}
