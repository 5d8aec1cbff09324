/**
 * When the inference child is started, restarted, and given up. Sans-IO; the driver owns processes and clocks.
 *
 *   off ──need──► starting ──ready──► ready
 *                  │   ▲                │ exited, unhealthy (→ dying)
 *           exited │   │ delay is over  │
 *                  ▼   │                │
 *                 waiting ◄─────────────┘          starting fails `startFailuresMax` times → failed
 *
 * A child that dies after it was ready is always restarted, with a growing delay: the rows that kill it are dropped by
 * the batcher. A child that cannot even load is given up, and tried again after `failedRetryMs`, in case someone has
 * repaired the installation.
 */
import type { Machine, Tick } from "../core/machine.js";
import type { InferenceStatus } from "../core/status.js";

export interface LifecycleSettings {
  /** First delay before a restart; it doubles up to the largest. Unit: ms. */
  readonly restartMs: number;
  readonly restartMaxMs: number;
  /** Ready this long, a child is sound, and the next death starts again from the first delay. Unit: ms. */
  readonly soundMs: number;
  /** Loading a model takes under a second; a Pi from a slow card takes ten. Unit: ms. */
  readonly startTimeoutMs: number;
  readonly startFailuresMax: number;
  readonly failedRetryMs: number;
}

export const LIFECYCLE_DEFAULTS: LifecycleSettings = {
  restartMs: 100,
  restartMaxMs: 10_000,
  soundMs: 30_000,
  startTimeoutMs: 30_000,
  startFailuresMax: 3,
  failedRetryMs: 600_000,
};

export type LifecycleState = "off" | "starting" | "ready" | "dying" | "waiting" | "failed" | "stopped";

export type LifecycleInput =
  | Tick
  | { readonly type: "need" }
  | { readonly type: "ready" }
  | { readonly type: "exited"; readonly note: string }
  /** It hangs or has grown too large. */
  | { readonly type: "unhealthy"; readonly note: string }
  | { readonly type: "stop" };

export type LifecycleEffect =
  | { readonly type: "spawn" }
  | { readonly type: "kill" }
  | { readonly type: "give-up" }
  | { readonly type: "state"; readonly state: InferenceStatus["state"]; readonly note?: string };

type Handler = (nowMs: number, note: string) => readonly LifecycleEffect[];
/** What a missing cell means: the event is of no consequence there (a late message of a child that is gone). */
type Table = Record<LifecycleState, Partial<Record<LifecycleInput["type"], Handler>>>;

export class Lifecycle implements Machine<LifecycleInput, LifecycleEffect> {
  readonly #settings: LifecycleSettings;
  readonly #table: Table;
  #state: LifecycleState = "off";
  #deadlineMs: number | undefined;
  #wasReady = false;
  #readySinceMs = 0;
  #startFailures = 0;
  #deaths = 0;
  #restarts = -1;
  #note = "";

  constructor(settings: LifecycleSettings = LIFECYCLE_DEFAULTS) {
    this.#settings = settings;
    const stop: Handler = () => this.#stop();
    const died: Handler = (nowMs, note) => this.#died(nowMs, note);
    const overdue: Handler = () => this.#kill(`did not load within ${settings.startTimeoutMs} ms`);
    this.#table = {
      off: { need: (nowMs) => this.#spawn(nowMs), stop },
      starting: {
        ready: (nowMs) => this.#ready(nowMs),
        exited: (nowMs, note) => this.#startFailed(nowMs, note),
        unhealthy: (_nowMs, note) => this.#kill(note),
        tick: overdue,
        stop,
      },
      ready: { exited: died, unhealthy: (_nowMs, note) => this.#kill(note), stop },
      dying: {
        exited: (nowMs) => (this.#wasReady ? died(nowMs, this.#note) : this.#startFailed(nowMs, this.#note)),
        stop,
      },
      waiting: { tick: (nowMs) => this.#spawn(nowMs), stop },
      failed: { tick: (nowMs) => this.#spawn(nowMs), stop },
      stopped: {},
    } satisfies Table;
  }

  get state(): LifecycleState {
    return this.#state;
  }

  get deadlineMs(): number | undefined {
    return this.#deadlineMs;
  }

  /** Children started after the first. */
  get restarts(): number {
    return Math.max(0, this.#restarts);
  }

  handle(input: LifecycleInput, nowMs: number): readonly LifecycleEffect[] {
    if (input.type === "tick" && (this.#deadlineMs === undefined || nowMs < this.#deadlineMs)) return [];
    const handler = this.#table[this.#state][input.type];
    return handler?.(nowMs, "note" in input ? input.note : "") ?? [];
  }

  #spawn(nowMs: number): readonly LifecycleEffect[] {
    this.#state = "starting";
    this.#wasReady = false;
    this.#restarts++;
    this.#deadlineMs = nowMs + this.#settings.startTimeoutMs;
    return [{ type: "spawn" }, { type: "state", state: this.#restarts > 0 ? "restarting" : "starting" }];
  }

  #ready(nowMs: number): readonly LifecycleEffect[] {
    this.#state = "ready";
    this.#wasReady = true;
    this.#readySinceMs = nowMs;
    this.#startFailures = 0;
    this.#deadlineMs = undefined;
    return [{ type: "state", state: "ready" }];
  }

  #kill(note: string): readonly LifecycleEffect[] {
    this.#state = "dying";
    this.#note = note;
    this.#deadlineMs = undefined;
    return [{ type: "kill" }];
  }

  #died(nowMs: number, note: string): readonly LifecycleEffect[] {
    if (nowMs - this.#readySinceMs >= this.#settings.soundMs) this.#deaths = 0;
    const delayMs = Math.min(this.#settings.restartMaxMs, this.#settings.restartMs * 2 ** Math.min(20, this.#deaths));
    this.#deaths++;
    return this.#wait(nowMs + delayMs, note);
  }

  #startFailed(nowMs: number, note: string): readonly LifecycleEffect[] {
    this.#startFailures++;
    if (this.#startFailures >= this.#settings.startFailuresMax) {
      this.#state = "failed";
      this.#startFailures = 0;
      this.#deadlineMs = nowMs + this.#settings.failedRetryMs;
      return [{ type: "give-up" }, { type: "state", state: "failed", note }];
    }
    return this.#wait(nowMs + this.#settings.restartMs * 2 ** this.#startFailures, note);
  }

  #wait(untilMs: number, note: string): readonly LifecycleEffect[] {
    this.#state = "waiting";
    this.#deadlineMs = untilMs;
    return [{ type: "state", state: "restarting", note }];
  }

  #stop(): readonly LifecycleEffect[] {
    this.#state = "stopped";
    this.#deadlineMs = undefined;
    return [{ type: "kill" }, { type: "give-up" }, { type: "state", state: "off" }];
  }
}
