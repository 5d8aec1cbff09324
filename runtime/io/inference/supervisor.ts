/**
 * Drives the inference child: the batcher decides what is sent, the lifecycle when a child is started, killed or given
 * up; this file owns the process, the timer and the memory readings.
 */
import { join } from "node:path";
import { ERRORS, type ErrorCode, messageOf } from "../../core/errors.js";
import type { Prediction, PredictionRequest } from "../../core/model.js";
import type { Counters } from "../../core/ports.js";
import type { InferenceStatus } from "../../core/status.js";
import type { Clock } from "../../core/time.js";
import { Batcher, type BatcherEffect, type BatcherInput, type BatcherSettings } from "../../inference/batcher.js";
import {
  Lifecycle,
  type LifecycleEffect,
  type LifecycleInput,
  type LifecycleSettings,
} from "../../inference/lifecycle.js";
import type { Manifest } from "../../inference/manifest.js";
import type { BackendChoice, FromChild } from "./messages.js";
import { type InferenceProcess, spawnInference } from "./process.js";

/** Reading /proc costs microseconds; a leak of one batch in a thousand shows within minutes. Unit: ms. */
const RSS_EVERY_MS = 5000;

export interface InferenceOptions {
  /** dist/inference.mjs, or the child's source in tests. */
  readonly childPath: string;
  /** Holds one folder per model, named by its id. */
  readonly modelsDir: string;
  readonly manifests: readonly Manifest[];
  readonly backend: BackendChoice;
  /** Above it the child is replaced by a fresh one. */
  readonly rssMaxMiB: number;
  readonly clock: Clock;
  readonly counters: Counters;
  onPrediction(prediction: Prediction): void;
  onState(state: InferenceStatus["state"], note?: string): void;
  /** How often the child's memory is read. Unit: ms. */
  readonly rssEveryMs?: number;
  readonly batcher?: BatcherSettings;
  readonly lifecycle?: LifecycleSettings;
}

export interface Inference {
  /** Never throws and never waits: what cannot be scored is a counted drop. Starts the child when it is first needed. */
  offer(request: PredictionRequest): void;
  status(): InferenceStatus;
  /** The child's process id while there is one. */
  readonly pid: number | undefined;
  /** Resolves when the child is gone. Requests that wait are dropped. */
  stop(): Promise<void>;
}

export function createInference(options: InferenceOptions): Inference {
  return new Supervisor(options);
}

class Supervisor implements Inference {
  readonly #options: InferenceOptions;
  readonly #batcher: Batcher;
  readonly #lifecycle: Lifecycle;
  #child: InferenceProcess | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #rssDueMs: number | undefined;
  #rssMiB: number | undefined;
  #state: InferenceStatus["state"] = "off";
  #backend: string | undefined;
  /** Those that the newest child loaded; until one has, those that it will be asked to. */
  #models: readonly string[];
  #predictions = 0;
  #problem: string | undefined;
  /** Why the child says it cannot work; its exit follows. */
  #unable: string | undefined;
  /** Some models load and others do not: what is said of the others. */
  #partly: string | undefined;
  /** The child is being ended for something that the rows in flight may have caused. */
  #suspect = false;
  #gone: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: InferenceOptions) {
    this.#options = options;
    this.#models = options.manifests.map(({ id }) => id);
    this.#batcher = new Batcher(options.manifests, options.batcher);
    this.#lifecycle = new Lifecycle(options.lifecycle);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  offer(request: PredictionRequest): void {
    if (this.#lifecycle.state === "stopped") return;
    this.#batch({ type: "request", request });
    this.#live({ type: "need" });
    this.#schedule();
  }

  status(): InferenceStatus {
    return {
      state: this.#state,
      backend: this.#backend,
      models: this.#state === "failed" ? [] : this.#models,
      restarts: this.#lifecycle.restarts,
      predictions: this.#predictions,
      queueLength: this.#batcher.waiting,
      rssMiB: this.#child?.rssMiB() ?? this.#rssMiB,
      problem: this.#problem,
    };
  }

  stop(): Promise<void> {
    this.#stopping ??= new Promise((resolve) => {
      this.#gone = resolve;
      if (this.#child === undefined) resolve();
      this.#live({ type: "stop" });
      this.#schedule();
    });
    return this.#stopping;
  }

  #batch(input: BatcherInput): void {
    for (const effect of this.#batcher.handle(input, this.#options.clock.nowMs())) this.#carryOut(effect);
  }

  #live(input: LifecycleInput): void {
    for (const effect of this.#lifecycle.handle(input, this.#options.clock.nowMs())) this.#bringAbout(effect);
  }

  #carryOut(effect: BatcherEffect): void {
    const { counters } = this.#options;
    switch (effect.type) {
      case "send":
        this.#child?.send({ ...effect, type: "batch" });
        return;
      case "prediction":
        this.#predictions++;
        this.#options.onPrediction(effect.prediction);
        return;
      case "dropped":
        counters.count(`inference.dropped.${effect.reason}`);
        return;
      case "stray":
        counters.count("inference.stray");
        return;
      case "kill":
        counters.count("inference.hung");
        this.#end("the inference process hung and was ended");
        return;
    }
  }

  #end(note: string): void {
    this.#suspect = true;
    this.#live({ type: "unhealthy", note });
  }

  #bringAbout(effect: LifecycleEffect): void {
    switch (effect.type) {
      case "spawn":
        this.#spawn();
        return;
      case "kill":
        this.#child?.kill();
        return;
      case "give-up":
        this.#batch({ type: "give-up" });
        return;
      case "state":
        this.#say(effect.state, effect.note);
        return;
    }
  }

  #say(state: InferenceStatus["state"], note: string | undefined): void {
    const said = state === "ready" ? this.#partly : note;
    if (state !== "restarting") this.#problem = state === "off" ? undefined : said;
    if (state === this.#state && said === undefined) return;
    this.#state = state;
    this.#options.onState(state, said);
  }

  #spawn(): void {
    this.#unable = undefined;
    this.#child = undefined;
    const current = (child: InferenceProcess | undefined) => child !== undefined && this.#child === child;
    const child = startedOr(
      () =>
        spawnInference(this.#options.childPath, {
          message: (message) => current(child) && this.#hear(message),
          nonsense: () => current(child) && this.#end("the inference process spoke nonsense"),
          exited: (note, killed) => current(child) && this.#exited(note, killed),
        }),
      (note) => queueMicrotask(() => this.#exited(note, false)),
    );
    this.#child = child;
    const { backend, modelsDir, manifests } = this.#options;
    const models = manifests.map(({ id, file, bytes, sha256 }) => ({
      id,
      path: join(modelsDir, id, file),
      bytes,
      sha256,
    }));
    child?.send({ type: "start", backend, models });
  }

  #hear(message: FromChild): void {
    switch (message.type) {
      case "ready":
        this.#ready(message);
        break;
      case "unable":
        this.#unable = sentence(message);
        this.#live({ type: "unhealthy", note: this.#unable });
        break;
      case "result":
        this.#batch(message);
        break;
      case "failure":
        this.#options.counters.count("inference.failures");
        this.#batch(message);
        break;
    }
    this.#schedule();
  }

  #ready({ backend, models, problems }: FromChild & { type: "ready" }): void {
    this.#backend = backend;
    this.#models = models;
    this.#partly = problems.length > 0 ? problems.map(sentence).join(" ") : undefined;
    const rssMiB = this.#child?.rssMiB() ?? 0;
    if (rssMiB > this.#options.rssMaxMiB) {
      // Another one would be as large: this counts as a failed start, and is given up in the end.
      this.#live({ type: "unhealthy", note: this.#tooLarge(rssMiB, "as soon as its models are loaded") });
      return;
    }
    this.#live({ type: "ready" });
    this.#batch({ type: "runner-up", models });
    this.#measure();
  }

  #tooLarge(rssMiB: number, when: string): string {
    const { rssMaxMiB } = this.#options;
    return `the inference process takes ${Math.round(rssMiB)} MiB ${when}; inference.rssMaxMiB allows ${rssMaxMiB}`;
  }

  #exited(note: string, killed: boolean): void {
    // A child that somebody killed, or that was ended for its size, says nothing against the rows that it had in hand.
    const blame = this.#suspect || (this.#lifecycle.state === "ready" && !killed);
    this.#suspect = false;
    this.#child = undefined;
    this.#rssMiB = undefined;
    this.#rssDueMs = undefined;
    this.#options.counters.count("inference.exits");
    this.#batch({ type: "runner-down", blame });
    this.#live({ type: "exited", note: this.#unable ?? note });
    this.#gone?.();
    this.#schedule();
  }

  #measure(): void {
    this.#rssMiB = this.#child?.rssMiB();
    this.#rssDueMs =
      this.#rssMiB === undefined ? undefined : this.#options.clock.nowMs() + (this.#options.rssEveryMs ?? RSS_EVERY_MS);
    const { rssMaxMiB, counters } = this.#options;
    if (this.#rssMiB === undefined || this.#rssMiB <= rssMaxMiB || this.#lifecycle.state !== "ready") return;
    counters.count("inference.recycled");
    this.#live({ type: "unhealthy", note: `${this.#tooLarge(this.#rssMiB, "by now")}: it is replaced` });
  }

  #tick(): void {
    this.#timer = undefined;
    const nowMs = this.#options.clock.nowMs();
    if (this.#rssDueMs !== undefined && nowMs >= this.#rssDueMs) this.#measure();
    this.#batch({ type: "tick" });
    this.#live({ type: "tick" });
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lifecycle.state === "stopped") return;
    const deadlines = [this.#batcher.deadlineMs, this.#lifecycle.deadlineMs, this.#rssDueMs].filter(
      (at) => at !== undefined,
    );
    if (deadlines.length === 0) return;
    const delayMs = Math.max(0, Math.min(...deadlines) - this.#options.clock.nowMs());
    this.#timer = setTimeout(() => this.#tick(), Math.ceil(delayMs));
  }
}

function sentence({ code, message }: { readonly code: ErrorCode; readonly message: string }): string {
  return `${message} ${Object.hasOwn(ERRORS, code) ? ERRORS[code].remedy : ""}`.trim();
}

/** No process to be had (too many open files, no memory): a failed start like any other. */
function startedOr(start: () => InferenceProcess, failed: (note: string) => void): InferenceProcess | undefined {
  try {
    return start();
  } catch (error) {
    failed(`the inference process could not be started: ${messageOf(error)}`);
    return undefined;
  }
}
