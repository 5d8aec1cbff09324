/**
 * A swarm while it runs: processes, state, questions and the record that other commands find it by. The terminal and
 * the log are two ways to look at one session.
 */

import { rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { MindosError } from "../../core/errors.js";
import type { Answer } from "../../core/intent.js";
import { counted } from "../../core/mesh-words.js";
import type { ApiProblem, SensorView } from "../../core/status.js";
import type { LabelledEvent } from "../../core/tools.js";
import type { CommandContext } from "../command.js";
import { problemOf } from "../failure.js";
import { formatDuration } from "../format.js";
import { addressOf, getJson, type HubAddress, pageAddress, postJson } from "../hub-client.js";
import type { HubTools } from "../hub-tools-port.js";
import { makeSwarmFolder, removeAbandonedSwarm, removeSwarmRecord, swarmPath, writeSwarmRecord } from "../places.js";
import { type Summary, summaryOf } from "./figures.js";
import { freePorts, hubDataDir, hubName, hubPlans, type SwarmPlan } from "./plan.js";
import { type Action, initialState, reduce, type SwarmState } from "./state.js";
import { type Report, Supervisor } from "./supervisor.js";

export interface SessionOptions {
  readonly hubs: number;
  readonly speed: number;
  readonly from: number;
  readonly loop: boolean;
  readonly profile?: string;
  /** Absent: a temporary folder that goes with the swarm. */
  readonly dataDir?: string;
  readonly askTimeoutMs: number;
}
type Surroundings = Pick<CommandContext, "env" | "program" | "tools">;
type Listener = (report: Report | undefined) => void;

export class SwarmSession {
  #state: SwarmState;
  readonly #supervisor: Supervisor;
  readonly #addresses = new Map<number, HubAddress>();
  readonly #listeners = new Set<Listener>();
  #stopped: Promise<Summary> | undefined;

  private constructor(
    readonly options: SessionOptions,
    readonly plan: SwarmPlan,
    readonly tools: HubTools,
    readonly surroundings: Surroundings,
    labels: readonly LabelledEvent[],
    meeting: string,
  ) {
    const { program, env } = surroundings;
    const startedMs = performance.now();
    const names = Array.from({ length: plan.hubs }, (_, at) => hubName(at));
    const [replay, from] = [`replay ×${plan.speed}`, `from reading ${plan.from}`];
    this.#state = initialState({ names, labels, meeting, replay, from }, startedMs);
    this.#supervisor = new Supervisor({
      program: { ...program, execArgv: process.execArgv },
      plans: hubPlans(plan, () => performance.now() - startedMs),
      env,
      report: (report) => this.#onReport(report),
      nowMs: () => performance.now(),
    });
  }

  /** @throws MindosError DATA_DIR_UNUSABLE and what the tools throw */
  static async open(options: SessionOptions, surroundings: Surroundings): Promise<SwarmSession> {
    const tools = await surroundings.tools();
    const [probe, labels] = await Promise.all([tools.probeMulticast(), labelsOf(tools)]);
    const ports = probe.works ? undefined : await freePorts(options.hubs);
    const meeting = probe.works
      ? "hubs find each other by multicast"
      : `no multicast (${probe.detail}): peers are named`;
    const dataDir = options.dataDir ?? (await makeSwarmFolder());
    const { hubs, speed, from, loop, profile } = options;
    const plan: SwarmPlan = { hubs, speed, from, loop, dataDir, ports, profile };
    const session = new SwarmSession(options, plan, tools, surroundings, labels, meeting);
    const folders = Array.from({ length: hubs }, (_, at) => ({ name: hubName(at), dataDir: hubDataDir(plan, at) }));
    const temporary = options.dataDir === undefined ? dataDir : undefined;
    try {
      await tools.makeHome(folders.map((folder) => folder.dataDir));
      await removeAbandonedSwarm(swarmPath(surroundings.env));
      await writeSwarmRecord(swarmPath(surroundings.env), { version: 1, pid: process.pid, hubs: folders, temporary });
    } catch (error) {
      if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    return session;
  }

  get state(): SwarmState {
    return this.#state;
  }

  /** Told after every change, with the report that made it, if one did. */
  onChange(listener: Listener): void {
    this.#listeners.add(listener);
  }

  start(): void {
    this.#supervisor.start();
  }

  dispatch(action: Action, report?: Report): void {
    this.#state = reduce(this.#state, action, performance.now());
    for (const listener of this.#listeners) listener(report);
  }

  kill(at: number): boolean {
    return this.#supervisor.kill(at);
  }

  /** The selected one if it is down, else the first that is. */
  revive(): boolean {
    const away = (at: number): boolean => this.#state.slots[at]?.pid === undefined;
    const candidates = [this.#state.selected, ...this.#state.slots.keys()].filter(away);
    return candidates.some((at) => this.#supervisor.revive(at));
  }

  /** Through the selected hub, or the first that runs. The answer is in the state. @returns why there is none. */
  async ask(question: string): Promise<ApiProblem | undefined> {
    this.dispatch({ type: "asked", question });
    try {
      const at = [this.#state.selected, ...this.#state.slots.keys()].find((seat) => this.#addresses.has(seat));
      const address = at === undefined ? undefined : this.#addresses.get(at);
      if (address === undefined) throw new MindosError("HUB_NOT_RUNNING", "no hub of the swarm runs");
      const timeoutMs = this.options.askTimeoutMs;
      const answer = await postJson<Answer>(address, "/api/ask", { question, timeoutMs }, timeoutMs);
      const asked = answer.hubsAnswered.length + answer.hubsSilent.length;
      const detail = `${answer.hubsAnswered.length} of ${counted(asked, "hub")}, ${formatDuration(answer.tookMs)}${answer.replay ? ", replayed data" : ""}`;
      this.dispatch({ type: "answered", question, text: answer.text, detail });
      return undefined;
    } catch (error) {
      const problem = problemOf(error);
      this.dispatch({ type: "ask-failed", question, problem });
      return problem;
    }
  }

  /** What each hub hears now; for the screen. A hub that does not answer is left as it was. */
  async refreshSensors(): Promise<void> {
    await Promise.all(
      [...this.#addresses].map(async ([at, address]) => {
        try {
          const sensors = await getJson<readonly SensorView[]>(address, "/api/sensors");
          this.dispatch({ type: "sensors", at, sensors });
        } catch {
          // It is starting, or going: the supervisor will say which.
        }
      }),
    );
  }

  /** The summary is of the moment before the hubs are told to stop. */
  stop(): Promise<Summary> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<Summary> {
    const summary = summaryOf(this.#state, performance.now());
    await this.#supervisor.stop();
    await removeSwarmRecord(swarmPath(this.surroundings.env), process.pid);
    if (this.options.dataDir === undefined)
      await rm(this.plan.dataDir, { recursive: true, force: true, maxRetries: 3 });
    return summary;
  }

  /** For a crash: no hub outlives the swarm, and no temporary folder either. */
  abandon(): void {
    this.#supervisor.killAll();
    if (this.options.dataDir === undefined) rmSync(this.plan.dataDir, { recursive: true, force: true });
    rmSync(swarmPath(this.surroundings.env), { force: true });
  }

  #onReport(report: Report): void {
    const { at } = report;
    if (report.type === "exited") {
      this.#addresses.delete(at);
      const retryAtMs = report.retryMs === undefined ? undefined : performance.now() + report.retryMs;
      this.dispatch({ type: "exited", at, process: report.process, retryAtMs, why: report.why }, report);
    } else if (report.type === "said") {
      this.dispatch({ type: "note", text: `${hubName(at)}: ${report.text}` }, report);
    } else {
      this.dispatch(report, report);
      if (report.type === "event" && report.event.event === "hub-started") void this.#findAddress(at);
    }
  }

  async #findAddress(at: number): Promise<void> {
    const pid = this.#state.slots[at]?.pid;
    const handle = await this.tools.readHandle(hubDataDir(this.plan, at));
    if (handle === undefined || handle.pid !== pid) return;
    const address = addressOf(handle);
    this.#addresses.set(at, address);
    this.dispatch({ type: "page", at, page: pageAddress(address) });
  }
}

/** Without the labels the swarm runs as well: it only cannot say what was right. */
async function labelsOf(tools: HubTools): Promise<readonly LabelledEvent[]> {
  try {
    return await tools.labelledEvents([1, 2, 3, 4]);
  } catch {
    return [];
  }
}
