/**
 * Static int8 quantisation of Gemm and MatMul in the QDQ form (QuantizeLinear / DequantizeLinear pairs), which every
 * ONNX runtime understands and onnxruntime fuses into integer kernels.
 *   weights: int8, symmetric, one scale per output channel
 *   activations: int8 with zero point, one scale per tensor, from calibrated ranges
 *   biases: int32 at the product of both scales
 * Source: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
import { MindosError } from "../../runtime/core/errors.js";
import {
  attributeInt,
  floatsOf,
  intAttribute,
  integer,
  node,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  tensor,
} from "./onnx-file.js";

/** Tensor name → lowest and highest value seen while calibrating. */
export type Ranges = ReadonlyMap<string, readonly [number, number]>;

export const QUANTISATION = {
  weights: "int8, symmetric, per output channel",
  activations: "int8, per tensor, static (QDQ)",
} as const;

/** @returns the inputs of every layer that `quantise` would change: the tensors to calibrate. */
export function tensorsToCalibrate(model: OnnxModel): string[] {
  const constants = new Set(model.graph.initializer.map(({ name }) => name));
  return [...new Set(model.graph.node.filter((of) => isDense(of, constants)).map((of) => of.input[0] ?? ""))];
}

/** @throws MindosError MODEL_INVALID when a tensor has no calibrated range or a weight is not a float matrix. */
export function quantise(model: OnnxModel, ranges: Ranges): OnnxModel {
  const tensors = new Map(model.graph.initializer.map((of) => [of.name, of]));
  const constants = new Set(tensors.keys());
  const nodes: OnnxNode[] = [];
  const added: OnnxTensor[] = [];
  const activations = new Map<string, Activation>();
  for (const of of model.graph.node) {
    if (!isDense(of, constants)) {
      nodes.push(of);
      continue;
    }
    const [input = "", weightName = "", biasName] = of.input;
    const activation = activations.get(input) ?? quantiseActivation(input, ranges, nodes, added);
    activations.set(input, activation);
    const weight = quantiseWeight(of, tensors.get(weightName), nodes, added);
    const inputs = [activation.name, weight.name];
    if (biasName) inputs.push(quantiseBias(tensors.get(biasName), activation.scale, weight.scales, nodes, added));
    nodes.push({ ...of, input: inputs });
  }
  const used = new Set(nodes.flatMap(({ input }) => input));
  const kept = model.graph.initializer.filter(({ name }) => used.has(name));
  return { ...model, graph: { ...model.graph, node: nodes, initializer: [...kept, ...added] } };
}

interface Activation {
  readonly name: string;
  readonly scale: number;
}

function isDense({ opType, input }: OnnxNode, constants: ReadonlySet<string>): boolean {
  return (opType === "Gemm" || opType === "MatMul") && constants.has(input[1] ?? "") && !constants.has(input[0] ?? "");
}

function quantiseActivation(name: string, ranges: Ranges, nodes: OnnxNode[], added: OnnxTensor[]): Activation {
  const range = ranges.get(name);
  if (range === undefined) throw new MindosError("MODEL_INVALID", `The tensor ${name} was not calibrated.`);
  // Zero must be exact: padding and ReLU make it the commonest value.
  const low = Math.min(0, range[0]);
  const high = Math.max(0, range[1], low + 1e-6);
  const scale = Math.fround((high - low) / 255);
  const zeroPoint = Math.max(-128, Math.min(127, Math.round(-128 - low / scale)));
  added.push(tensor(`${name}_scale`, [], Float32Array.of(scale)), tensor(`${name}_zero`, [], Int8Array.of(zeroPoint)));
  const parameters = [`${name}_scale`, `${name}_zero`];
  nodes.push(node("QuantizeLinear", [name, ...parameters], `${name}_int8`));
  nodes.push(node("DequantizeLinear", [`${name}_int8`, ...parameters], `${name}_back`));
  return { name: `${name}_back`, scale };
}

function quantiseWeight(
  of: OnnxNode,
  weight: OnnxTensor | undefined,
  nodes: OnnxNode[],
  added: OnnxTensor[],
): { readonly name: string; readonly scales: Float32Array } {
  const dims = weight?.dims.map(integer) ?? [];
  const [rows, columns] = dims;
  if (weight === undefined || dims.length !== 2 || rows === undefined || columns === undefined)
    throw new MindosError("MODEL_INVALID", `The weight of ${of.name} is not a matrix.`);
  const axis = of.opType === "Gemm" && attributeInt(of, "transB", 0) === 1 ? 0 : 1;
  const values = floatsOf(weight);
  const scales = new Float32Array(axis === 0 ? rows : columns);
  const channel = (at: number): number => (axis === 0 ? Math.floor(at / columns) : at % columns);
  for (const [at, value] of values.entries()) scales[channel(at)] = Math.max(scales[channel(at)] ?? 0, Math.abs(value));
  for (const [at, largest] of scales.entries()) scales[at] = Math.max(largest, 1e-12) / 127;
  const quantised = Int8Array.from(values, (value, at) => Math.round(value / (scales[channel(at)] ?? 1)));
  const name = weight.name;
  added.push(
    tensor(`${name}_int8`, dims, quantised),
    tensor(`${name}_scale`, [scales.length], scales),
    tensor(`${name}_zero`, [scales.length], new Int8Array(scales.length)),
  );
  const inputs = [`${name}_int8`, `${name}_scale`, `${name}_zero`];
  nodes.push(node("DequantizeLinear", inputs, `${name}_back`, [intAttribute("axis", axis)]));
  return { name: `${name}_back`, scales };
}

function quantiseBias(
  bias: OnnxTensor | undefined,
  activationScale: number,
  weightScales: Float32Array,
  nodes: OnnxNode[],
  added: OnnxTensor[],
): string {
  if (bias === undefined) throw new MindosError("MODEL_INVALID", "A bias is not a constant.");
  const scales = weightScales.map((scale) => scale * activationScale);
  const values = floatsOf(bias);
  if (values.length !== scales.length)
    throw new MindosError("MODEL_INVALID", `The bias ${bias.name} has a wrong length.`);
  const limit = 2 ** 31 - 1;
  const quantised = Int32Array.from(values, (value, at) =>
    Math.max(-limit, Math.min(limit, Math.round(value / (scales[at] ?? 1)))),
  );
  const name = bias.name;
  added.push(
    tensor(`${name}_int32`, [scales.length], quantised),
    tensor(`${name}_scale`, [scales.length], scales),
    tensor(`${name}_zero`, [scales.length], new Int32Array(scales.length)),
  );
  const inputs = [`${name}_int32`, `${name}_scale`, `${name}_zero`];
  nodes.push(node("DequantizeLinear", inputs, `${name}_back`, [intAttribute("axis", 0)]));
  return `${name}_back`;
}
