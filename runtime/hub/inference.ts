/** The models of this hub, from manifests to predictions: windows over readings, and the supervised child that scores them. */
import type { Config } from "../config/config.js";
import { type MindosError, messageOf } from "../core/errors.js";
import type { Prediction } from "../core/model.js";
import type { Counters } from "../core/ports.js";
import type { Reading } from "../core/reading.js";
import type { InferenceStatus } from "../core/status.js";
import type { Clock } from "../core/time.js";
import { createWindows, type Windows } from "../inference/windows.js";
import type { Inference as Supervised } from "../io/inference/supervisor.js";
import type { Assets } from "./assets.js";
import { findModels } from "./models.js";

export interface InferenceOptions {
  readonly config: Config;
  readonly assets: Assets;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly onPrediction: (prediction: Prediction) => void;
  readonly onState: (state: InferenceStatus["state"], note?: string) => void;
  readonly onProblem: (problem: MindosError) => void;
}

const OFF: InferenceStatus = { state: "off", models: [], restarts: 0, predictions: 0, queueLength: 0 };

export class Inference {
  readonly #options: InferenceOptions;
  #child: Supervised | undefined;
  #windows: readonly Windows[] = [];
  #problem: string | undefined;

  constructor(options: InferenceOptions) {
    this.#options = options;
  }

  /** Reads the manifests and readies the supervisor; the child itself starts with the first window. */
  async start(): Promise<void> {
    const { config, assets, clock, counters, onPrediction, onState, onProblem } = this.#options;
    if (config.inference.backend === "off") return;
    const { manifests, problems } = await findModels(assets.modelsDir, config.inference.modelBytesMax);
    for (const problem of problems) onProblem(problem);
    this.#problem = problems[0] && `${messageOf(problems[0])}. ${problems[0].remedy}`;
    if (manifests.length === 0) return;
    const { createInference } = await import("../io/inference/supervisor.js");
    this.#child = createInference({
      childPath: assets.inferenceChild,
      modelsDir: assets.modelsDir,
      manifests,
      backend: config.inference.backend,
      rssMaxMiB: config.inference.rssMaxMiB,
      clock,
      counters,
      onPrediction,
      onState,
    });
    this.#windows = manifests.map((manifest) =>
      createWindows(manifest, { sensorsMax: config.store.sensorsMax, counters }),
    );
  }

  push(reading: Reading): void {
    for (const window of this.#windows) {
      const request = window.push(reading);
      if (request) this.#child?.offer(request);
    }
  }

  /** Models that can be asked now, or as soon as the child has started. */
  usable(): readonly string[] {
    const status = this.status();
    return status.state === "off" || status.state === "failed" ? [] : status.models;
  }

  status(): InferenceStatus {
    if (this.#child !== undefined) return this.#child.status();
    return this.#problem === undefined ? OFF : { ...OFF, problem: this.#problem };
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
  }
}
