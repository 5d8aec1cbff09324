/**
 * Requests in, batches out, one prediction or one counted drop for each request. Sans-IO.
 * One batch is in flight at a time: the child has one thread, and what waits meanwhile makes the next batch.
 *
 * A batch whose child died goes back to the front of the queue and is sent again, row by row, so that the one row that
 * kills children is found: it is dropped after `attemptsMax` deaths, and the others get their answers.
 */
import type { Machine, Tick } from "../core/machine.js";
import type { Prediction, PredictionRequest } from "../core/model.js";
import { elementCount, type Manifest } from "./manifest.js";
import { predictionOf } from "./postprocess.js";

export interface BatcherSettings {
  /** Raise: fewer messages to the child under load; lower: less to repeat after a crash. */
  readonly rowsMax: number;
  /** How long the first row waits for company. Unit: ms. */
  readonly ageMaxMs: number;
  /** Rows waiting. When full, the oldest is dropped: a fresh reading says more than a stale one. */
  readonly queueMax: number;
  /** A batch takes about a millisecond: past this the child hangs. Unit: ms. */
  readonly batchTimeoutMs: number;
  /** A row that waited this long is dropped: nobody needs to hear of it any more. Unit: ms. */
  readonly requestTimeoutMs: number;
  /** Deaths or failures that one row may be part of. */
  readonly attemptsMax: number;
}

export const BATCHER_DEFAULTS: BatcherSettings = {
  rowsMax: 64,
  ageMaxMs: 20,
  queueMax: 2048,
  batchTimeoutMs: 10_000,
  requestTimeoutMs: 120_000,
  attemptsMax: 3,
};

export type DropReason =
  | "overflow"
  | "expired"
  | "poison"
  | "failed"
  | "bad-output"
  | "bad-input"
  | "unknown-model"
  | "unavailable";

export type BatcherInput =
  | Tick
  | { readonly type: "request"; readonly request: PredictionRequest }
  /** The child has loaded these models. */
  | { readonly type: "runner-up"; readonly models: readonly string[] }
  /** `blame`: the child died by itself, so that the rows in flight may be the cause. */
  | { readonly type: "runner-down"; readonly blame: boolean }
  | { readonly type: "result"; readonly batch: number; readonly output: Float32Array }
  | { readonly type: "failure"; readonly batch: number }
  /** There will be no child for a long while: nothing may wait for one. */
  | { readonly type: "give-up" };

export type BatcherEffect =
  | {
      readonly type: "send";
      readonly batch: number;
      readonly model: string;
      readonly rows: number;
      readonly data: Float32Array;
    }
  | { readonly type: "prediction"; readonly prediction: Prediction }
  | { readonly type: "dropped"; readonly request: PredictionRequest; readonly reason: DropReason }
  /** A result for a batch that is not in flight. */
  | { readonly type: "stray"; readonly batch: number }
  /** The batch in flight is overdue. Sent once per batch. */
  | { readonly type: "kill" };

interface Row {
  readonly request: PredictionRequest;
  readonly manifest: Manifest;
  readonly enteredMs: number;
  attempts: number;
}

interface Flight {
  readonly batch: number;
  readonly rows: readonly Row[];
  readonly dueMs: number;
  killed: boolean;
}

export class Batcher implements Machine<BatcherInput, BatcherEffect> {
  readonly #manifests: ReadonlyMap<string, Manifest>;
  readonly #settings: BatcherSettings;
  #queue: Row[] = [];
  #flight: Flight | undefined;
  #runner: ReadonlySet<string> | undefined;
  #batches = 0;
  #gaveUp = false;

  constructor(manifests: readonly Manifest[], settings: BatcherSettings = BATCHER_DEFAULTS) {
    this.#manifests = new Map(manifests.map((manifest) => [manifest.id, manifest]));
    this.#settings = settings;
  }

  /** Rows that have no answer yet. */
  get waiting(): number {
    return this.#queue.length + (this.#flight?.rows.length ?? 0);
  }

  get deadlineMs(): number | undefined {
    if (this.#flight)
      return this.#flight.killed ? this.#expiryMs : Math.min(this.#flight.dueMs, this.#expiryMs ?? Infinity);
    const first = this.#queue[0];
    if (first === undefined || this.#runner === undefined) return this.#expiryMs;
    return Math.min(this.#dueMs(first), this.#expiryMs ?? Infinity);
  }

  handle(input: BatcherInput, nowMs: number): readonly BatcherEffect[] {
    const effects: BatcherEffect[] = [];
    switch (input.type) {
      case "tick":
        break;
      case "request":
        this.#enter(input.request, nowMs, effects);
        break;
      case "runner-up":
        this.#runner = new Set(input.models);
        this.#gaveUp = false;
        this.#dropWhere((row) => !input.models.includes(row.request.model), "unavailable", effects);
        break;
      case "runner-down":
        this.#runner = undefined;
        this.#requeue(input.blame, "poison", effects);
        break;
      case "result":
        this.#answer(input, effects);
        break;
      case "failure":
        if (this.#isFlying(input.batch, effects)) this.#requeue(true, "failed", effects);
        break;
      case "give-up":
        this.#runner = undefined;
        this.#gaveUp = true;
        this.#requeue(false, "failed", effects);
        this.#dropWhere(() => true, "unavailable", effects);
        break;
    }
    this.#advance(nowMs, effects);
    return effects;
  }

  #enter(request: PredictionRequest, nowMs: number, effects: BatcherEffect[]): void {
    const manifest = this.#manifests.get(request.model);
    const reason = this.#refusal(request, manifest);
    if (reason !== undefined || manifest === undefined) {
      effects.push({ type: "dropped", request, reason: reason ?? "unknown-model" });
      return;
    }
    this.#queue.push({ request, manifest, enteredMs: nowMs, attempts: 0 });
    this.#trim(effects);
  }

  #refusal(request: PredictionRequest, manifest: Manifest | undefined): DropReason | undefined {
    if (manifest === undefined) return "unknown-model";
    if (this.#gaveUp || (this.#runner && !this.#runner.has(request.model))) return "unavailable";
    if (request.input.length !== elementCount(manifest.input.dims)) return "bad-input";
    return request.input.every(Number.isFinite) ? undefined : "bad-input";
  }

  #advance(nowMs: number, effects: BatcherEffect[]): void {
    const { requestTimeoutMs } = this.#settings;
    this.#dropWhere((row) => nowMs >= row.enteredMs + requestTimeoutMs, "expired", effects);
    if (this.#flight) {
      if (nowMs < this.#flight.dueMs || this.#flight.killed) return;
      this.#flight.killed = true;
      effects.push({ type: "kill" });
      return;
    }
    const first = this.#queue[0];
    if (first === undefined || this.#runner === undefined || nowMs < this.#dueMs(first)) return;
    this.#send(first, nowMs, effects);
  }

  #send(first: Row, nowMs: number, effects: BatcherEffect[]): void {
    const rows = this.#batchOf(first);
    this.#queue = this.#queue.filter((row) => !rows.includes(row));
    const width = elementCount(first.manifest.input.dims);
    const data = new Float32Array(rows.length * width);
    for (const [at, row] of rows.entries()) data.set(row.request.input, at * width);
    const batch = ++this.#batches;
    this.#flight = { batch, rows, dueMs: nowMs + this.#settings.batchTimeoutMs, killed: false };
    effects.push({ type: "send", batch, model: first.request.model, rows: rows.length, data });
  }

  /** A row that was in a failed batch travels alone. */
  #batchOf(first: Row): Row[] {
    if (first.attempts > 0) return [first];
    const rows: Row[] = [];
    for (const row of this.#queue) {
      if (rows.length === this.#settings.rowsMax) break;
      if (row.attempts === 0 && row.request.model === first.request.model) rows.push(row);
    }
    return rows;
  }

  #dueMs(first: Row): number {
    const full = first.attempts > 0 || this.#batchOf(first).length === this.#settings.rowsMax;
    return full ? first.enteredMs : first.enteredMs + this.#settings.ageMaxMs;
  }

  #answer({ batch, output }: { batch: number; output: Float32Array }, effects: BatcherEffect[]): void {
    const flight = this.#isFlying(batch, effects);
    if (flight === undefined) return;
    const width = elementCount(flight.rows[0]?.manifest.output.dims ?? []);
    if (output.length !== flight.rows.length * width) {
      this.#requeue(true, "failed", effects);
      return;
    }
    this.#flight = undefined;
    for (const [at, { request, manifest }] of flight.rows.entries()) {
      const prediction = predictionOf(manifest, request, output.slice(at * width, (at + 1) * width));
      if (prediction) effects.push({ type: "prediction", prediction });
      else effects.push({ type: "dropped", request, reason: "bad-output" });
    }
  }

  #isFlying(batch: number, effects: BatcherEffect[]): Flight | undefined {
    if (this.#flight?.batch === batch) return this.#flight;
    effects.push({ type: "stray", batch });
    return undefined;
  }

  #requeue(blame: boolean, reason: DropReason, effects: BatcherEffect[]): void {
    const rows = this.#flight?.rows ?? [];
    this.#flight = undefined;
    const again: Row[] = [];
    for (const row of rows) {
      if (blame) row.attempts++;
      if (row.attempts >= this.#settings.attemptsMax) effects.push({ type: "dropped", request: row.request, reason });
      else again.push(row);
    }
    this.#queue = [...again, ...this.#queue];
    this.#trim(effects);
  }

  #trim(effects: BatcherEffect[]): void {
    const over = Math.max(0, this.#queue.length - this.#settings.queueMax);
    for (const { request } of this.#queue.splice(0, over))
      effects.push({ type: "dropped", request, reason: "overflow" });
  }

  #dropWhere(holds: (row: Row) => boolean, reason: DropReason, effects: BatcherEffect[]): void {
    if (!this.#queue.some(holds)) return;
    for (const row of this.#queue) if (holds(row)) effects.push({ type: "dropped", request: row.request, reason });
    this.#queue = this.#queue.filter((row) => !holds(row));
  }

  /** Rows stand in the order in which they entered, so the first is the oldest. */
  get #expiryMs(): number | undefined {
    const first = this.#queue[0];
    return first === undefined ? undefined : first.enteredMs + this.#settings.requestTimeoutMs;
  }
}
