/** Runs an fp32 model on sample inputs and notes the range of chosen tensors. */
import { MindosError } from "../../runtime/core/errors.js";
import { integer, type OnnxModel, type OnnxValue, writeOnnx } from "./onnx-file.js";
import { DATA_TYPE } from "./onnx-schema.js";
import type { Ranges } from "./quantise.js";

/** @param inputs rows × the model's single input, row-major. */
export async function calibrate(model: OnnxModel, names: readonly string[], inputs: Float32Array): Promise<Ranges> {
  // Before the library is loaded: it reports to its maker over the network otherwise.
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  const ort = await import("onnxruntime-node");
  const input = model.graph.input[0];
  if (input === undefined) throw new MindosError("MODEL_INVALID", "The model has no input.");
  const inside = names.filter((name) => name !== input.name);
  const exposed: OnnxValue[] = inside.map((name) => ({
    name,
    type: {
      tensorType: { elemType: DATA_TYPE.float, shape: { dim: [{ dimParam: "N" }, { dimParam: `${name}_width` }] } },
    },
  }));
  const probe = { ...model, graph: { ...model.graph, output: [...model.graph.output, ...exposed] } };
  const session = await ort.InferenceSession.create(writeOnnx(probe));
  const dims = input.type.tensorType.shape.dim.map((dim) =>
    "dimValue" in dim && dim.dimValue ? integer(dim.dimValue) : 0,
  );
  const width = dims.slice(1).reduce((product, dim) => product * dim, 1);
  const feed = new ort.Tensor("float32", inputs, [inputs.length / width, ...dims.slice(1)]);
  const outputs = await session.run({ [input.name]: feed });
  const ranges = new Map(inside.map((name) => [name, rangeOf(outputs[name]?.data as Float32Array)] as const));
  if (names.includes(input.name)) ranges.set(input.name, rangeOf(inputs));
  await session.release();
  return ranges;
}

function rangeOf(values: Float32Array): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
