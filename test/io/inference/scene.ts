/** A bundled inference child, a folder of models, and a supervisor that notes what it hears. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { createCounters } from "../../../runtime/core/counters.js";
import type { SensorId } from "../../../runtime/core/ids.js";
import type { Prediction, PredictionRequest } from "../../../runtime/core/model.js";
import type { Counters } from "../../../runtime/core/ports.js";
import type { InferenceStatus } from "../../../runtime/core/status.js";
import { type Manifest, parseManifest } from "../../../runtime/inference/manifest.js";
import { systemClock } from "../../../runtime/io/clock.js";
import { createInference, type Inference, type InferenceOptions } from "../../../runtime/io/inference/supervisor.js";
import { denseModel } from "../../../tools/train/dense-onnx.js";
import { writeOnnx } from "../../../tools/train/onnx-file.js";
import { manifestJson } from "../../inference/manifest-fixture.js";

const root = join(import.meta.dirname, "../../..");

/** Inside the project, so that the child finds its native packages. */
export function makeScratch(): string {
  return mkdtempSync(join(root, "node_modules/.inference-test-"));
}

export function removeScratch(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export async function bundleChild(folder: string): Promise<string> {
  const outfile = join(folder, "inference.mjs");
  await build({
    absWorkingDir: root,
    entryPoints: ["runtime/io/inference/child.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["onnxruntime-node", "onnxruntime-web"],
    logLevel: "error",
  });
  return outfile;
}

/** sigmoid(first input): an answer that tells which row it belongs to. */
export function writeModel(modelsDir: string, id = "tiny"): Manifest {
  const layer = { inputs: 2, outputs: 1, weights: Float32Array.of(1, 0), bias: Float32Array.of(0) };
  const bytes = writeOnnx(denseModel(id, [layer]));
  mkdirSync(join(modelsDir, id), { recursive: true });
  writeFileSync(join(modelsDir, id, "model.onnx"), bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return parseManifest({ ...manifestJson(), id, bytes: bytes.length, sha256 });
}

export function requestOf(name: number, model = "tiny"): PredictionRequest {
  const input = Float32Array.of(Math.log((name + 1) / 10_000), 0);
  return { model, sensor: "ble:c0ffee000001" as SensorId, wallMs: name, origin: "live", input };
}

/** What the model answers to `requestOf(name)`. */
export function answerOf(name: number): number {
  const odds = (name + 1) / 10_000;
  return odds / (1 + odds);
}

export interface Watched {
  readonly inference: Inference;
  readonly predictions: Prediction[];
  readonly states: { readonly state: InferenceStatus["state"]; readonly note?: string }[];
  readonly counters: Counters;
}

export function watch(
  options: Partial<InferenceOptions> & Pick<InferenceOptions, "childPath" | "modelsDir" | "manifests">,
): Watched {
  const predictions: Prediction[] = [];
  const states: Watched["states"] = [];
  const counters = createCounters();
  const inference = createInference({
    backend: "native",
    rssMaxMiB: 400,
    clock: systemClock,
    counters,
    onPrediction: (prediction) => predictions.push(prediction),
    onState: (state, note) => states.push({ state, note }),
    ...options,
  });
  return { inference, predictions, states, counters };
}

/** Waits for something that another process brings about. */
export async function until(holds: () => boolean, what: string, timeoutMs = 15_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${timeoutMs} ms in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A zombie has ended: its parent has only not asked yet. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
