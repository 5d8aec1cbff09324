/**
 * A small dense network and its trainer: ReLU layers, one sigmoid output, Adam on binary cross-entropy.
 * Written here because it is shorter than the glue a framework needs, adds no dependency, and repeats exactly.
 */
import type { Random } from "./random.js";

export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  /** outputs × inputs, row-major: one row per output, as ONNX Gemm with transB=1 takes it. */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface Samples {
  readonly width: number;
  /** rows × width. */
  readonly inputs: Float32Array;
  /** 0 or 1 per row. */
  readonly labels: Float32Array;
  /** How much a row counts; 1 is usual. */
  readonly weights: Float32Array;
}

export interface TrainOptions {
  readonly epochs: number;
  readonly batchRows: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  progress(epoch: number, loss: number): void;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** He initialisation. @param widths input, hidden…, 1. */
export function createNetwork(widths: readonly number[], random: Random): Layer[] {
  return widths.slice(1).map((outputs, at) => {
    const inputs = widths[at] ?? 1;
    const deviation = Math.sqrt(2 / inputs);
    const weights = Float32Array.from({ length: inputs * outputs }, () => random.normal() * deviation);
    return { inputs, outputs, weights, bias: new Float32Array(outputs) };
  });
}

/** @returns the activations of every layer, the input first; the last one is the logit. */
function forward(layers: readonly Layer[], input: Float32Array, activations: readonly Float32Array[]): number {
  let previous = input;
  for (const [at, layer] of layers.entries()) {
    const out = activations[at] as Float32Array;
    const last = at === layers.length - 1;
    for (let o = 0; o < layer.outputs; o++) {
      let sum = layer.bias[o] as number;
      const row = o * layer.inputs;
      for (let i = 0; i < layer.inputs; i++) sum += (layer.weights[row + i] as number) * (previous[i] as number);
      out[o] = last || sum > 0 ? sum : 0;
    }
    previous = out;
  }
  return previous[0] as number;
}

export function predict(layers: readonly Layer[], inputs: Float32Array): Float32Array {
  const width = layers[0]?.inputs ?? 1;
  const activations = layers.map((layer) => new Float32Array(layer.outputs));
  const out = new Float32Array(inputs.length / width);
  for (let row = 0; row < out.length; row++) {
    const logit = forward(layers, inputs.subarray(row * width, (row + 1) * width), activations);
    out[row] = 1 / (1 + Math.exp(-logit));
  }
  return out;
}

/** Changes `layers` in place. The rate falls along a cosine, so the last epochs only settle. */
export function train(layers: readonly Layer[], samples: Samples, options: TrainOptions, random: Random): void {
  const rows = samples.labels.length;
  const order = Uint32Array.from({ length: rows }, (_, at) => at);
  const state = layers.map(adamState);
  const activations = layers.map((layer) => new Float32Array(layer.outputs));
  const deltas = layers.map((layer) => new Float32Array(layer.outputs));
  const stepsAll = options.epochs * Math.ceil(rows / options.batchRows);
  let step = 0;
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random);
    let loss = 0;
    for (let start = 0; start < rows; start += options.batchRows) {
      const end = Math.min(rows, start + options.batchRows);
      for (let at = start; at < end; at++) {
        const row = order[at] as number;
        const input = samples.inputs.subarray(row * samples.width, (row + 1) * samples.width);
        const label = samples.labels[row] as number;
        const logit = forward(layers, input, activations);
        const weight = samples.weights[row] as number;
        loss += weight * (Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit))));
        const error = weight * (1 / (1 + Math.exp(-logit)) - label);
        backward(layers, state, input, activations, deltas, error);
      }
      step++;
      const rate = options.learningRate * 0.5 * (1 + Math.cos((Math.PI * step) / stepsAll));
      for (const [at, layer] of layers.entries()) {
        const { weights, bias } = state[at] as AdamState;
        adam(layer.weights, weights, end - start, step, rate, options.weightDecay);
        adam(layer.bias, bias, end - start, step, rate, 0);
      }
    }
    options.progress(epoch + 1, loss / rows);
  }
}

function backward(
  layers: readonly Layer[],
  state: readonly AdamState[],
  input: Float32Array,
  activations: readonly Float32Array[],
  deltas: readonly Float32Array[],
  error: number,
): void {
  (deltas[layers.length - 1] as Float32Array)[0] = error;
  for (let at = layers.length - 1; at >= 0; at--) {
    const { inputs, outputs, weights } = layers[at] as Layer;
    const gradients = state[at] as AdamState;
    const delta = deltas[at] as Float32Array;
    const previous = at > 0 ? (activations[at - 1] as Float32Array) : input;
    const below = at > 0 ? (deltas[at - 1] as Float32Array) : undefined;
    below?.fill(0);
    for (let o = 0; o < outputs; o++) {
      const d = delta[o] as number;
      if (d === 0) continue;
      const row = o * inputs;
      (gradients.bias.gradient[o] as number) += d;
      for (let i = 0; i < inputs; i++) {
        (gradients.weights.gradient[row + i] as number) += d * (previous[i] as number);
        if (below) (below[i] as number) += d * (weights[row + i] as number);
      }
    }
    if (below) for (let i = 0; i < inputs; i++) if ((previous[i] as number) <= 0) below[i] = 0;
  }
}

interface Moments {
  readonly gradient: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}
interface AdamState {
  readonly weights: Moments;
  readonly bias: Moments;
}

function adamState(layer: Layer): AdamState {
  const moments = (length: number): Moments => ({
    gradient: new Float64Array(length),
    first: new Float64Array(length),
    second: new Float64Array(length),
  });
  return { weights: moments(layer.weights.length), bias: moments(layer.bias.length) };
}

/** AdamW (Loshchilov and Hutter, 2019). Empties the gradient. */
function adam(values: Float32Array, moments: Moments, rows: number, step: number, rate: number, decay: number): void {
  const { gradient, first, second } = moments;
  const firstFix = 1 - BETA1 ** step;
  const secondFix = 1 - BETA2 ** step;
  for (let i = 0; i < values.length; i++) {
    const g = (gradient[i] as number) / rows;
    gradient[i] = 0;
    const m = BETA1 * (first[i] as number) + (1 - BETA1) * g;
    const s = BETA2 * (second[i] as number) + (1 - BETA2) * g * g;
    first[i] = m;
    second[i] = s;
    const value = values[i] as number;
    values[i] = value - rate * (m / firstFix / (Math.sqrt(s / secondFix) + EPSILON) + decay * value);
  }
}

function shuffle(order: Uint32Array, random: Random): void {
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.whole(0, at + 1);
    const held = order[at] as number;
    order[at] = order[other] as number;
    order[other] = held;
  }
}
