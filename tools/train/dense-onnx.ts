/** A trained dense network as an fp32 ONNX model: Gemm and ReLU per layer, a sigmoid at the end. */
import type { Layer } from "./network.js";
import { batchValue, intAttribute, node, type OnnxModel, type OnnxNode, type OnnxTensor, tensor } from "./onnx-file.js";

/** 17 has per-axis QuantizeLinear (13) and is read by every ONNX runtime since 2022. */
export const OPSET = 17;
const IR_VERSION = 8;
export const INPUT_NAME = "features";
export const OUTPUT_NAME = "score";

export function denseModel(name: string, layers: readonly Layer[]): OnnxModel {
  const nodes: OnnxNode[] = [];
  const initializer: OnnxTensor[] = [];
  let from = INPUT_NAME;
  for (const [at, layer] of layers.entries()) {
    const last = at === layers.length - 1;
    const sum = last ? "logit" : `dense${at}`;
    initializer.push(tensor(`weight${at}`, [layer.outputs, layer.inputs], layer.weights));
    initializer.push(tensor(`bias${at}`, [layer.outputs], layer.bias));
    nodes.push(node("Gemm", [from, `weight${at}`, `bias${at}`], sum, [intAttribute("transB", 1)]));
    from = last ? OUTPUT_NAME : `hidden${at}`;
    nodes.push(node(last ? "Sigmoid" : "Relu", [sum], from));
  }
  return {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: "", version: OPSET }],
    producerName: "mindos",
    graph: {
      name,
      node: nodes,
      initializer,
      input: [batchValue(INPUT_NAME, [layers[0]?.inputs ?? 1])],
      output: [batchValue(OUTPUT_NAME, [layers.at(-1)?.outputs ?? 1])],
    },
  };
}
