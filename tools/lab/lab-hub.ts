/** The lab's end of one hub process: orders, what it has said, and signals. */
import type { ChildProcess } from "node:child_process";
import type { HubId } from "../../runtime/core/ids.js";
import type { HubOrder, HubSaying, LabEcho, LabEvent, LabUsage } from "./hub-orders.js";
import { Orders } from "./orders.js";

/** Of one hub; a lab runs for minutes. */
const EVENTS_MAX = 100_000;

export class LabHub {
  readonly events: LabEvent[] = [];
  readonly arrivals: { readonly number: number; readonly atMs: number }[] = [];
  /** Called after each event. */
  onEvent: (event: LabEvent) => void = () => undefined;
  isStopped = false;
  #child: ChildProcess | undefined;
  #orders: Orders<HubOrder> | undefined;

  constructor(
    readonly index: number,
    readonly id: HubId,
  ) {}

  get name(): string {
    return `hub ${this.index}`;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && !this.isStopped;
  }

  /** Resolves once it can be told whom there is to find. */
  async started(child: ChildProcess): Promise<void> {
    this.#child = child;
    this.isStopped = false;
    const orders = new Orders<HubOrder>(this.name, child, (saying) => this.#heard(saying as HubSaying));
    this.#orders = orders;
    child.once("exit", () => {
      if (this.#child === child) this.#child = undefined;
    });
    await orders.ready();
  }

  ask<Result = unknown>(order: HubOrder): Promise<Result> {
    return this.#orders?.ask<Result>(order) ?? Promise.reject(new Error(`${this.name} does not run`));
  }

  async ping(to: HubId, timeoutMs: number): Promise<LabEcho | undefined> {
    const [echo] = await this.ask<(LabEcho | null)[]>({ type: "pings", to: [to], timeoutMs });
    return echo ?? undefined;
  }

  usage(): Promise<LabUsage> {
    return this.ask<LabUsage>({ type: "usage" });
  }

  /** The kernel resets its links. */
  kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      child.once("exit", () => resolve());
      child.kill("SIGKILL");
    });
  }

  /** SIGSTOP: its links stay open, and nobody reads them. */
  stop(): void {
    this.isStopped = true;
    this.#child?.kill("SIGSTOP");
  }

  cont(): void {
    this.#child?.kill("SIGCONT");
    this.isStopped = false;
  }

  #heard(saying: HubSaying): void {
    if ("arrived" in saying) {
      this.arrivals.push({ number: saying.arrived, atMs: saying.atMs });
      return;
    }
    if (this.events.length < EVENTS_MAX) this.events.push(saying);
    this.onEvent(saying);
  }
}
