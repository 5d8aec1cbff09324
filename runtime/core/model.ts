/** Models, and what is asked of them. Pure types; the schema that checks a manifest lives in the inference room. */
import type { Origin } from "./advert.js";
import type { SensorId } from "./ids.js";

/** One window to be scored. Made by the inference room's windows, one per sensor and model. */
export interface PredictionRequest {
  readonly model: string;
  readonly sensor: SensorId;
  readonly place?: string;
  /** Wall time of the newest reading in the window. Unit: ms. */
  readonly wallMs: number;
  readonly origin: Origin;
  /** The model's input, flat, row-major, as long as the manifest's dims without the batch. */
  readonly input: Float32Array;
}

export interface Prediction extends Omit<PredictionRequest, "input"> {
  /** Flat, row-major, as long as the manifest's output dims without the batch, post-processed as the manifest says. */
  readonly output: Float32Array;
  /** From the manifest: an output at or above it counts. */
  readonly threshold: number;
}

/** Runs models. One contract suite holds for every implementation. */
export interface InferenceBackend {
  /** "onnxruntime-node 1.30.0", … */
  readonly name: string;
  /** @param bytes an ONNX file whose hash the caller has checked.
   *  @throws MindosError MODEL_INVALID when the runtime refuses it. */
  load(modelId: string, bytes: Uint8Array): Promise<LoadedModel>;
  close(): Promise<void>;
}

export interface LoadedModel {
  readonly inputName: string;
  readonly outputName: string;
  /** @param batch rows × inputLength values, row-major. @returns rows × outputLength values.
   *  @throws MindosError INFERENCE_FAILED | BAD_INPUT */
  run(batch: Float32Array, rows: number): Promise<Float32Array>;
  close(): Promise<void>;
}
