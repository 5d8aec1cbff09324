/**
 * What onnxruntime-node and onnxruntime-web have in common: a session with one float input and one float output, run
 * row by row in batches. Runs of one session follow each other, since the wasm build refuses a second one meanwhile.
 */
import type * as Ort from "onnxruntime-node";
import { MindosError, messageOf } from "../../core/errors.js";
import type { LoadedModel } from "../../core/model.js";

export type OrtModule = Pick<typeof Ort, "InferenceSession" | "Tensor">;

/** One batch is copied several times on its way: this bounds it to 16 MB of input. */
const BATCH_ELEMENTS_MAX = 4 * 1024 * 1024;

/** @throws MindosError MODEL_INVALID when the runtime refuses the bytes, or the model is not of the expected shape. */
export async function loadSession(
  ort: OrtModule,
  modelId: string,
  bytes: Uint8Array,
  options: Ort.InferenceSession.SessionOptions,
): Promise<LoadedModel> {
  let session: Ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(bytes, options);
  } catch (cause) {
    throw new MindosError("MODEL_INVALID", `The runtime refuses the model ${modelId}: ${messageOf(cause)}`, { cause });
  }
  try {
    return wrap(ort, modelId, session);
  } catch (error) {
    await session.release();
    throw error;
  }
}

function wrap(ort: OrtModule, modelId: string, session: Ort.InferenceSession): LoadedModel {
  const input = onlyTensor(modelId, "input", session.inputMetadata);
  const output = onlyTensor(modelId, "output", session.outputMetadata);
  const width = elements(input.dims);
  const outputWidth = elements(output.dims);
  let queue: Promise<unknown> = Promise.resolve();
  let closing: Promise<void> | undefined;

  async function runNow(batch: Float32Array, rows: number): Promise<Float32Array> {
    try {
      const feed = new ort.Tensor("float32", batch, [rows, ...input.dims]);
      const results = await session.run({ [input.name]: feed });
      const data = results[output.name]?.data;
      if (!(data instanceof Float32Array) || data.length !== rows * outputWidth)
        throw new MindosError("INFERENCE_FAILED", `The model ${modelId} gave an output of a wrong size.`);
      return data;
    } catch (cause) {
      if (cause instanceof MindosError) throw cause;
      throw new MindosError("INFERENCE_FAILED", `The model ${modelId} failed: ${messageOf(cause)}`, { cause });
    }
  }

  return {
    inputName: input.name,
    outputName: output.name,
    run(batch, rows) {
      if (closing) return Promise.reject(new MindosError("INFERENCE_FAILED", `The model ${modelId} is closed.`));
      const wrong = wrongBatch(batch, rows, width);
      if (wrong) return Promise.reject(new MindosError("BAD_INPUT", `The model ${modelId} ${wrong}.`));
      const result = queue.then(() => runNow(batch, rows));
      queue = result.catch(() => undefined);
      return result;
    },
    close() {
      closing ??= queue.then(() => session.release());
      return closing;
    },
  };
}

function wrongBatch(batch: Float32Array, rows: number, width: number): string | undefined {
  if (!Number.isInteger(rows) || rows < 1) return `cannot run ${rows} rows`;
  if (batch.length !== rows * width) return `takes ${width} values per row, so ${rows * width}, not ${batch.length}`;
  if (batch.length > BATCH_ELEMENTS_MAX) return `takes at most ${Math.floor(BATCH_ELEMENTS_MAX / width)} rows at once`;
  for (const value of batch) if (!Number.isFinite(value)) return "takes finite numbers only";
  return undefined;
}

interface TensorShape {
  readonly name: string;
  /** Without the batch. */
  readonly dims: readonly number[];
}

function onlyTensor(
  modelId: string,
  side: "input" | "output",
  metadata: readonly Ort.InferenceSession.ValueMetadata[],
): TensorShape {
  const [only, second] = metadata;
  if (only === undefined || second !== undefined || !only.isTensor || only.type !== "float32")
    throw new MindosError("MODEL_INVALID", `The model ${modelId} needs exactly one float32 ${side}.`);
  const [, ...dims] = only.shape;
  if (only.shape.length === 0 || !dims.every((dim) => typeof dim === "number" && dim >= 1))
    throw new MindosError("MODEL_INVALID", `The model ${modelId} has an ${side} whose size is not fixed.`);
  return { name: only.name, dims: dims as number[] };
}

function elements(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}
