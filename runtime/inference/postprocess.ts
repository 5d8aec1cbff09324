/** From a model's raw output to what a prediction carries, by the manifest. Pure. */
import type { Prediction, PredictionRequest } from "../core/model.js";
import type { Manifest } from "./manifest.js";

/** @param output one row. @returns undefined when the model gave something that is no number. */
export function predictionOf(
  manifest: Manifest,
  { input: _input, ...request }: PredictionRequest,
  output: Float32Array,
): Prediction | undefined {
  const processed = manifest.postprocess === "sigmoid" ? output.map(sigmoid) : output;
  if (!processed.every(Number.isFinite)) return undefined;
  return { ...request, output: processed, threshold: manifest.threshold };
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
