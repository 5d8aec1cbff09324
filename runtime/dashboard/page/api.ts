/**
 * The page's line to its hub: a snapshot, then events, with sensors and sparklines refreshed in turn. A broken line is
 * tried again with growing pauses; a page in the background hangs up, since browsers allow six connections per host.
 */
import type { Detection } from "../../core/detection.js";
import type { SensorId } from "../../core/ids.js";
import type { Answer } from "../../core/intent.js";
import type { MeshStatus } from "../../core/mesh-status.js";
import type { Quantity } from "../../core/quantity.js";
import type { ApiProblem, HistoryPoint, HubStatus, MindosEvent, SensorView } from "../../core/status.js";
import type { Action } from "./store.js";
import { historyKey } from "./store.js";

const SENSORS_EVERY_MS = 2_000;
const MESH_EVERY_MS = 2_000;
/** One series at a time, in turn: a home of 20 series is fresh within 8 s, and the hub never sees a burst. */
const SPARKLINE_EVERY_MS = 400;
/** The first round, which fills the page. */
const SPARKLINE_FIRST_MS = 30;
const SPARKLINE_POINTS = 90;
const REQUEST_TIMEOUT_MS = 8_000;
const ASK_TIMEOUT_MS = 10_000;
const RETRY_MS = { first: 1_000, most: 20_000 };
const HIDDEN_HANG_UP_MS = 30_000;

const NOT_REACHABLE: ApiProblem = {
  code: "HUB_NOT_RUNNING",
  message: "The hub does not answer",
  remedy: "See that it runs; the page reconnects by itself.",
};

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: ApiProblem,
  ) {
    super(problem.message);
  }
}

export interface Series {
  readonly sensor: SensorId;
  readonly quantity: Quantity;
}

export class HubClient {
  #source: EventSource | undefined;
  #timers: number[] = [];
  #retryTimer: number | undefined;
  #hiddenTimer: number | undefined;
  #failures = 0;
  #asked = 0;
  #turn = 0;
  #stopped = false;
  /** The sparklines on screen. */
  series: readonly Series[] = [];

  constructor(readonly dispatch: (action: Action) => void) {}

  start(): void {
    document.addEventListener("visibilitychange", this.#onVisibility);
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    document.removeEventListener("visibilitychange", this.#onVisibility);
    this.#hangUp();
  }

  retryNow(): void {
    this.#hangUp();
    this.#open();
  }

  async ask(question: string): Promise<void> {
    const key = ++this.#asked;
    this.dispatch({ type: "asked", key, question });
    try {
      const body = { question, timeoutMs: ASK_TIMEOUT_MS };
      const answer = await post<Answer>("/api/ask", body, ASK_TIMEOUT_MS + REQUEST_TIMEOUT_MS);
      this.dispatch({ type: "answered", key, answer });
    } catch (error) {
      this.dispatch({ type: "refused", key, problem: problemIn(error) });
    }
  }

  history({ sensor, quantity }: Series, limit: number): Promise<readonly HistoryPoint[]> {
    const query = new URLSearchParams({ sensor, quantity, limit: String(limit) });
    return request(`/api/history?${query}`, REQUEST_TIMEOUT_MS);
  }

  #open(): void {
    if (this.#stopped) return;
    this.dispatch({ type: "connection", connection: { phase: "connecting" } });
    const source = new EventSource("/api/events");
    this.#source = source;
    source.onopen = () => void this.#snapshot(source);
    source.onmessage = ({ data }) => this.#onMessage(String(data));
    source.onerror = () => void this.#lost(source);
  }

  async #snapshot(source: EventSource): Promise<void> {
    try {
      const [status, sensors, detections] = await Promise.all([
        request<HubStatus>("/api/status", REQUEST_TIMEOUT_MS),
        request<readonly SensorView[]>("/api/sensors", REQUEST_TIMEOUT_MS),
        request<readonly Detection[]>("/api/detections", REQUEST_TIMEOUT_MS),
      ]);
      if (this.#source !== source) return;
      this.#failures = 0;
      this.dispatch({ type: "snapshot", status, sensors, detections, nowMs: performance.now() });
      this.dispatch({ type: "connection", connection: { phase: "open" } });
      this.#turn = 0;
      this.#repeat(
        () => SENSORS_EVERY_MS,
        () => this.#refreshSensors(source),
      );
      this.#repeat(
        () => MESH_EVERY_MS,
        () => this.#refreshMesh(source),
      );
      this.#repeat(
        () => (this.#turn <= this.series.length ? SPARKLINE_FIRST_MS : SPARKLINE_EVERY_MS),
        () => this.#refreshSparkline(),
      );
    } catch {
      await this.#lost(source);
    }
  }

  /** The next turn waits for this one, so that a slow hub is not hurried. */
  #repeat(pauseMs: () => number, work: () => Promise<void>): void {
    const slot = this.#timers.length;
    const turn = async () => {
      await work();
      if (this.#timers[slot] !== undefined) this.#timers[slot] = setTimeout(turn, pauseMs());
    };
    this.#timers.push(setTimeout(turn, 0));
  }

  /** Also the watchdog: a hub that is frozen keeps its event stream open, but answers nothing. */
  async #refreshSensors(source: EventSource): Promise<void> {
    try {
      const sensors = await request<readonly SensorView[]>("/api/sensors", REQUEST_TIMEOUT_MS);
      if (this.#source === source) this.dispatch({ type: "sensors", sensors, nowMs: performance.now() });
    } catch {
      await this.#lost(source);
    }
  }

  /** Not a watchdog: an older hub has no such route, and everything else works. */
  async #refreshMesh(source: EventSource): Promise<void> {
    const mesh = await request<MeshStatus>("/api/mesh", REQUEST_TIMEOUT_MS).catch(() => undefined);
    if (mesh && this.#source === source) this.dispatch({ type: "mesh", mesh });
  }

  async #refreshSparkline(): Promise<void> {
    if (this.series.length === 0) return;
    const series = this.series[this.#turn++ % this.series.length];
    if (!series) return;
    const points = await this.history(series, SPARKLINE_POINTS).catch(() => undefined);
    if (points) this.dispatch({ type: "history", key: historyKey(series.sensor, series.quantity), points });
  }

  #onMessage(data: string): void {
    const event = parseEvent(data);
    if (event) this.dispatch({ type: "event", event, wallMs: Date.now() });
  }

  async #lost(source: EventSource): Promise<void> {
    if (this.#source !== source) return;
    this.#hangUp();
    const refused = await request("/api/status", REQUEST_TIMEOUT_MS).then(
      () => false,
      (error: unknown) => error instanceof ApiError && error.status === 401,
    );
    if (this.#source !== undefined || this.#stopped) return;
    if (refused) {
      this.dispatch({ type: "connection", connection: { phase: "refused" } });
      return;
    }
    const waitMs = Math.min(RETRY_MS.most, RETRY_MS.first * 2 ** this.#failures++) * (0.8 + 0.4 * Math.random());
    this.dispatch({ type: "connection", connection: { phase: "lost", retryAtMs: performance.now() + waitMs } });
    this.#retryTimer = setTimeout(() => this.#open(), waitMs);
  }

  #hangUp(): void {
    this.#source?.close();
    this.#source = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    clearTimeout(this.#retryTimer);
  }

  readonly #onVisibility = () => {
    clearTimeout(this.#hiddenTimer);
    if (document.hidden) this.#hiddenTimer = setTimeout(() => this.#hangUp(), HIDDEN_HANG_UP_MS);
    else if (this.#source === undefined) this.retryNow();
  };
}

/** @throws ApiError, or what fetch throws when nobody answers */
export async function request<T>(path: string, timeoutMs = REQUEST_TIMEOUT_MS, init?: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  const value: unknown = await response.json();
  if (!response.ok) throw new ApiError(response.status, problemOf(value, response.status));
  return value as T;
}

/** @throws as `request` */
export function post<T>(path: string, body: unknown, timeoutMs = REQUEST_TIMEOUT_MS): Promise<T> {
  const headers = { "Content-Type": "application/json" };
  return request(path, timeoutMs, { method: "POST", body: JSON.stringify(body), headers });
}

/** What went wrong, as the hub says it, or that it does not answer. */
export function problemIn(error: unknown): ApiProblem {
  return error instanceof ApiError ? error.problem : NOT_REACHABLE;
}

function problemOf(value: unknown, status: number): ApiProblem {
  const problem = value as Partial<ApiProblem> | null;
  if (typeof problem?.message === "string" && typeof problem.remedy === "string") return problem as ApiProblem;
  return { code: "INTERNAL", message: `The hub answered with status ${status}`, remedy: "Try again in a moment." };
}

function parseEvent(data: string): MindosEvent | undefined {
  try {
    const value = JSON.parse(data) as { event?: unknown } | null;
    return typeof value?.event === "string" ? (value as MindosEvent) : undefined;
  } catch {
    return undefined;
  }
}
