/** A small valid manifest, and readings for it. */
import type { SensorId } from "../../runtime/core/ids.js";
import type { PredictionRequest } from "../../runtime/core/model.js";
import type { Reading } from "../../runtime/core/reading.js";
import { type Manifest, parseManifest } from "../../runtime/inference/manifest.js";

export const SENSOR = "ble:c0ffee000001" as SensorId;

/** Two quantities, a sample each second, four samples long, ready after two. */
export function manifestJson(): Record<string, unknown> {
  return {
    schema: 1,
    id: "tiny",
    version: "1.0.0",
    title: "A model for tests",
    task: "anomaly",
    file: "model.onnx",
    bytes: 100,
    sha256: "a".repeat(64),
    opset: 17,
    input: { name: "features", dims: [2], dtype: "float32" },
    output: { name: "score", dims: [1], dtype: "float32" },
    window: {
      quantities: ["temperature", "humidity"],
      periodMs: 1000,
      length: 4,
      lengthMin: 2,
      gapMaxMs: 3000,
      limits: [
        [-60, 150],
        [0, 105],
      ],
    },
    features: [
      { quantity: "temperature", kind: "change", span: 1, scale: 1 },
      { quantity: "humidity", kind: "range", span: 4, scale: 1 },
    ],
    postprocess: "none",
    threshold: 0.5,
    quantisation: { weights: "int8", activations: "int8", calibration: "none" },
    licence: "Apache-2.0",
    provenance: {
      data: "none",
      dataSha256: "b".repeat(64),
      dataLicence: "none",
      citation: "none",
      trainedOn: "none",
      heldOut: "none",
      command: "none",
    },
    accuracy: { auc: 0.5 },
  };
}

export function tinyManifest(changes: Record<string, unknown> = {}): Manifest {
  return parseManifest({ ...manifestJson(), ...changes });
}

export function reading(
  quantity: Reading["quantity"],
  value: number,
  wallMs: number,
  more: Partial<Reading> = {},
): Reading {
  return { sensor: SENSOR, quantity, value, index: 0, wallMs, rssiDbm: -60, origin: "live", ...more };
}

export function request(input: readonly number[], more: Partial<PredictionRequest> = {}): PredictionRequest {
  return { model: "tiny", sensor: SENSOR, wallMs: 0, origin: "live", input: Float32Array.from(input), ...more };
}
