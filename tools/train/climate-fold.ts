/** Trains one fold of the climate anomaly model: scenes, restarts, threshold. Sees the motes it is given and no other. */

import type { Manifest } from "../../runtime/inference/manifest.js";
import { FEATURES, HIDDEN } from "./climate-recipe.js";
import { areaUnderCurve, bestThreshold, f1Score, join, type Scored } from "./metrics.js";
import { type MoteSeries, sliceSeries } from "./motes.js";
import { createNetwork, type Layer, predict, type Samples, train } from "./network.js";
import { createRandom } from "./random.js";
import { drawScene, labelEnd } from "./scenes.js";
import { scoredRowsOf, type Windowed, windowsOf } from "./scoring.js";

export interface FoldOptions {
  readonly scenesPerMote: number;
  readonly epochs: number;
  /** One network is trained from each; the best on the validation scenes is kept. */
  readonly restarts: readonly number[];
  progress(line: string): void;
}

export interface TrainedFold {
  readonly layers: readonly Layer[];
  readonly threshold: number;
  readonly validation: { readonly auc: number; readonly f1: number };
  /** What the activations are calibrated on: every training window. */
  readonly calibration: Float32Array;
}

/** The first part of each training mote is learnt from; the rest validates. Both real events lie in the first part. */
const LEARN_SHARE = 0.65;
const CANDIDATES = Array.from({ length: 99 }, (_, at) => (at + 1) / 100);

/** The first readings of an event count for more: an alarm is worth most while it is early. */
const ONSET_ROWS = 3;
const ONSET_WEIGHT = 4;

interface Scene {
  readonly series: MoteSeries;
  readonly windowed: Windowed;
}

export function trainFold(motes: readonly MoteSeries[], manifest: Manifest, options: FoldOptions): TrainedFold {
  const end = labelEnd(motes);
  const early = motes.map((mote) => sliceSeries(mote, 0, Math.floor(mote.labels.length * LEARN_SHARE)));
  const late = motes.map((mote) => sliceSeries(mote, Math.floor(mote.labels.length * LEARN_SHARE), mote.labels.length));
  const learning = scenesOf(early, options.scenesPerMote, 1);
  const validating = scenesOf(late, Math.ceil(options.scenesPerMote / 2), 2);
  const samples = samplesOf(learning);
  const share = samples.labels.reduce((sum, label) => sum + label, 0) / samples.labels.length;
  options.progress(`${samples.labels.length} windows to learn from, ${(share * 100).toFixed(1)} % within events`);

  function scenesOf(parts: readonly MoteSeries[], count: number, seed: number): Scene[] {
    const random = createRandom(seed);
    const drawn = Array.from({ length: count }, () => parts.map((part) => drawScene(part, end, random))).flat();
    return [...parts, ...drawn].map((series) => ({ series, windowed: windowsOf(series, manifest) }));
  }

  const tried = options.restarts.map((seed) => {
    const layers = createNetwork([FEATURES.length, ...HIDDEN, 1], createRandom(seed));
    const progress = (epoch: number, loss: number) => {
      if (epoch % 4 === 0) options.progress(`restart ${seed}, epoch ${epoch}: loss ${loss.toFixed(5)}`);
    };
    const settings = { epochs: options.epochs, batchRows: 128, learningRate: 3e-3, weightDecay: 5e-2, progress };
    train(layers, samples, settings, createRandom(seed + 1));
    const scored = score(layers, validating);
    const threshold = bestThreshold(scored, CANDIDATES);
    const validation = { auc: areaUnderCurve(scored), f1: f1Score(scored, threshold) };
    options.progress(`restart ${seed}: validation AUC ${validation.auc.toFixed(4)}, F1 ${validation.f1.toFixed(4)}`);
    return { layers, threshold, validation, calibration: samples.inputs };
  });
  const [first, ...others] = tried;
  if (first === undefined) throw new RangeError("at least one restart is needed");
  return others.reduce((best, one) => (one.validation.f1 > best.validation.f1 ? one : best), first);
}

function score(layers: readonly Layer[], scenes: readonly Scene[]): Scored {
  return join(scenes.map(({ series, windowed }) => scoredRowsOf(series, windowed, predict(layers, windowed.inputs))));
}

function samplesOf(scenes: readonly Scene[]): Samples {
  const width = FEATURES.length;
  const rows = scenes.reduce((sum, { windowed }) => sum + windowed.rows.length, 0);
  const samples = {
    width,
    inputs: new Float32Array(rows * width),
    labels: new Float32Array(rows),
    weights: new Float32Array(rows).fill(1),
  };
  let at = 0;
  for (const { series, windowed } of scenes) {
    samples.inputs.set(windowed.inputs, at * width);
    for (const row of windowed.rows) {
      samples.labels[at] = series.labels[row] ?? 0;
      if (isOnset(series.labels, row)) samples.weights[at] = ONSET_WEIGHT;
      at++;
    }
  }
  return samples;
}

function isOnset(labels: Uint8Array, row: number): boolean {
  return labels[row] === 1 && labels.subarray(Math.max(0, row - ONSET_ROWS), row).includes(0);
}
