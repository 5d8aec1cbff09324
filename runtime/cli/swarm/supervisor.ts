/**
 * Keeps the hubs of a swarm running: each is a process of its own, and one that dies is brought back after a pause
 * that doubles with each failure in a row. One killed by hand stays down until it is revived by hand.
 */
import { type ChildProcess, spawn } from "node:child_process";
import type { ApiProblem, MindosEvent } from "../../core/status.js";
import { parseHubOutput } from "./hub-output.js";
import { createLineSplitter } from "./line-splitter.js";

export interface HubPlan {
  readonly name: string;
  /** The words behind the program, made anew at each start: a replay goes on where time has come to. */
  readonly words: () => readonly string[];
}

export type Report =
  | { readonly type: "spawned"; readonly at: number; readonly pid: number }
  | { readonly type: "event"; readonly at: number; readonly event: MindosEvent }
  | { readonly type: "problem"; readonly at: number; readonly problem: ApiProblem }
  /** A line on standard error, or one on standard output that is no event. */
  | { readonly type: "said"; readonly at: number; readonly text: string }
  | {
      readonly type: "exited";
      readonly at: number;
      readonly process: "down" | "killed" | "failed" | "stopped";
      readonly retryMs?: number;
      readonly why: string;
    };

export interface SupervisorOptions {
  readonly program: { readonly execPath: string; readonly execArgv: readonly string[]; readonly script: string };
  readonly plans: readonly HubPlan[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly report: (report: Report) => void;
  readonly nowMs: () => number;
  /** Raise: gentler on a machine in trouble; lower: quicker return. Doubles up to the maximum. Unit: ms. */
  readonly retryMsMin?: number;
  readonly retryMsMax?: number;
  /** A hub that ran this long has recovered: the next pause is the shortest again. Unit: ms. */
  readonly stableMs?: number;
  /** How long a hub may take to stop before it is killed. Unit: ms. */
  readonly stopMsMax?: number;
}

interface Seat {
  child?: ChildProcess;
  startedMs: number;
  failuresInRow: number;
  killedByHand: boolean;
  retry?: NodeJS.Timeout;
}

const OUTPUT_LINE_LENGTH_MAX = 1024 * 1024;
/** Wrong usage or set-up (exit codes 2 and 3) does not go away by itself. */
const HOPELESS_EXIT_CODES: readonly number[] = [2, 3];

export class Supervisor {
  readonly #options: Required<SupervisorOptions>;
  readonly #seats: Seat[];
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#options = { retryMsMin: 500, retryMsMax: 10_000, stableMs: 10_000, stopMsMax: 8_000, ...options };
    this.#seats = options.plans.map(() => ({ startedMs: 0, failuresInRow: 0, killedByHand: false }));
  }

  start(): void {
    for (const at of this.#seats.keys()) this.#spawn(at);
  }

  /** As a power cut would: SIGKILL, no good-bye. @returns false when it was not running. */
  kill(at: number): boolean {
    const seat = this.#seats[at];
    if (seat?.child === undefined) return false;
    seat.killedByHand = true;
    return seat.child.kill("SIGKILL");
  }

  /** @returns false when it runs already. */
  revive(at: number): boolean {
    const seat = this.#seats[at];
    if (seat === undefined || seat.child !== undefined || this.#stopping) return false;
    clearTimeout(seat.retry);
    seat.failuresInRow = 0;
    this.#spawn(at);
    return true;
  }

  /** Asks all to stop, waits, and kills those that do not. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const seat of this.#seats) clearTimeout(seat.retry);
    const leaving = this.#seats.flatMap(({ child }) => (child === undefined ? [] : [gone(child)]));
    for (const { child } of this.#seats) child?.kill("SIGTERM");
    const deadline = setTimeout(() => this.killAll(), this.#options.stopMsMax);
    await Promise.all(leaving);
    clearTimeout(deadline);
  }

  /** At once and without waiting: for the moment before this process itself ends. */
  killAll(): void {
    this.#stopping = true;
    for (const { child } of this.#seats) child?.kill("SIGKILL");
  }

  #spawn(at: number): void {
    const { program, plans, env, report, nowMs } = this.#options;
    const seat = this.#seats[at];
    const plan = plans[at];
    if (seat === undefined || plan === undefined) return;
    Object.assign(seat, { killedByHand: false, retry: undefined, startedMs: nowMs() });
    const child = spawn(program.execPath, [...program.execArgv, program.script, ...plan.words()], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...env, NO_COLOR: "1" },
      // A process group of its own: Ctrl-C is for the swarm, which then stops its hubs in order.
      detached: true,
    });
    seat.child = child;
    if (child.pid !== undefined) report({ type: "spawned", at, pid: child.pid });
    let lastFailure: ApiProblem | undefined;
    eachLine(child.stdout, (text) => {
      const output = parseHubOutput(text);
      if (output.type === "event") report({ type: "event", at, event: output.event });
      else if (output.type === "failure") {
        lastFailure = output.problem;
        report({ type: "problem", at, problem: output.problem });
      } else if (text.trim() !== "") report({ type: "said", at, text });
    });
    eachLine(child.stderr, (text) => {
      if (text.trim() !== "") report({ type: "said", at, text });
    });
    let ended = false;
    const end = (code: number | null, why: string): void => {
      if (ended) return;
      ended = true;
      this.#ended(at, seat, code, lastFailure?.message ?? why);
    };
    child.on("error", (error) => end(null, `did not start: ${error.message}`));
    // "close" and not "exit": what it said last has been read by then.
    child.on("close", (code, signal) =>
      end(code, signal === null ? `ended with status ${code}` : `ended by ${signal}`),
    );
  }

  #ended(at: number, seat: Seat, code: number | null, why: string): void {
    const { report, nowMs, stableMs, retryMsMin, retryMsMax } = this.#options;
    seat.child = undefined;
    if (this.#stopping) return report({ type: "exited", at, process: "stopped", why });
    if (seat.killedByHand) return report({ type: "exited", at, process: "killed", why: "killed by hand" });
    if (code !== null && HOPELESS_EXIT_CODES.includes(code))
      return report({ type: "exited", at, process: "failed", why });
    if (nowMs() - seat.startedMs >= stableMs) seat.failuresInRow = 0;
    const retryMs = Math.min(retryMsMax, retryMsMin * 2 ** Math.min(seat.failuresInRow, 20));
    seat.failuresInRow += 1;
    seat.retry = setTimeout(() => this.#spawn(at), retryMs);
    report({ type: "exited", at, process: "down", retryMs, why });
  }
}

function eachLine(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  const splitter = createLineSplitter(OUTPUT_LINE_LENGTH_MAX);
  stream?.setEncoding("utf8");
  stream?.on("data", (chunk: string) => {
    for (const line of splitter.push(chunk)) take(line);
  });
  stream?.on("end", () => take(splitter.rest()));
}

function gone(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
}
