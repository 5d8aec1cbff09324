/** Who was declared dead, when, and whether rightly. */
import type { NodeEffect } from "../../../runtime/mesh/node/inputs.js";
import { OFF, RUNNING } from "../engine/hub-rows.js";
import type { Simulation } from "../engine/simulation.js";
import type { Observer } from "../engine/simulation-options.js";
import { isHealthy } from "../faults.js";
import type { Violations } from "../violations.js";
import { type Figures, quantile } from "./figures.js";

/** What the plan did to a hub explains what others say of it for so long. */
const GRACE_MS = 10_000;
/** Whoever is gone for less need not be noticed. */
const NOTICEABLE_MS = 5000;

interface Absence {
  readonly sinceMs: number;
  readonly watchers: Set<number>;
}

export class DeathsMeasure implements Observer {
  readonly #sim: Simulation;
  readonly #violations: Violations;
  readonly #absences = new Map<number, Absence>();
  readonly #detections: number[] = [];
  #undetected = 0;
  /** Of all hubs, while nothing said of them is false. Unit: ms. */
  #excusedMs = 0;
  #false = 0;

  constructor(sim: Simulation, violations: Violations) {
    this.#sim = sim;
    this.#violations = violations;
    sim.observers.push(this);
  }

  hubState(hub: number, state: number): void {
    const absence = this.#absences.get(hub);
    if (state === RUNNING) {
      if (absence !== undefined) this.#returned(hub, absence);
      return;
    }
    for (const other of this.#absences.values()) other.watchers.delete(hub);
    if (absence !== undefined) return;
    const { connections } = this.#sim;
    const watchers = connections.openEnds(hub).map((end) => connections.peerOf(end));
    this.#absences.set(hub, {
      sinceMs: this.#sim.nowMs,
      watchers: new Set(watchers.filter((watcher) => this.#sim.isRunning(watcher))),
    });
  }

  effect(hub: number, effect: NodeEffect): void {
    if (effect.type !== "notice") return;
    const { notice } = effect;
    if (notice.type === "hub-state" && notice.state === "dead") this.#dead(hub, notice.hub);
    else if (notice.type === "cut") for (const subject of notice.hubs) this.#dead(hub, subject);
  }

  figures(): Figures {
    const sorted = this.#detections.sort((a, b) => a - b);
    const missed =
      this.#undetected + [...this.#absences.values()].reduce((sum, { watchers }) => sum + watchers.size, 0);
    const said = { falseDead: this.#false, hubHours: this.#hubHours() };
    // Where nobody was gone there was nothing to detect.
    if (sorted.length + missed === 0) return said;
    return {
      ...said,
      detections: sorted.length,
      undetected: missed,
      detectMeanMs: sorted.length === 0 ? null : sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
      detectP50Ms: quantile(sorted, 0.5),
      detectP99Ms: quantile(sorted, 0.99),
      detectMaxMs: sorted.at(-1) ?? null,
    };
  }

  /** How long hubs lived and answered, so that it would have been false to call them dead. */
  #hubHours(): number {
    const { hubs, nowMs } = this.#sim;
    let excusedMs = this.#excusedMs;
    for (const { sinceMs } of this.#absences.values()) excusedMs += nowMs - sinceMs;
    return (hubs.count * nowMs - excusedMs) / 3_600_000;
  }

  #dead(observer: number, subjectId: string): void {
    const sim = this.#sim;
    const subject = sim.hubs.indexOf.get(subjectId as never);
    if (subject === undefined) return;
    const absence = this.#absences.get(subject);
    if (absence !== undefined) {
      if (absence.watchers.delete(observer)) this.#detections.push(sim.nowMs - absence.sinceMs);
      return;
    }
    if (!isHealthy(sim, subject, GRACE_MS)) return;
    if (sim.medium.broken && !isHealthy(sim, observer, GRACE_MS)) return;
    this.#false += 1;
    this.#violations.add("false-death", `hub ${observer} calls hub ${subject} dead, which lives and answers`);
  }

  #returned(hub: number, { sinceMs, watchers }: Absence): void {
    this.#absences.delete(hub);
    this.#excusedMs += this.#sim.nowMs - sinceMs + GRACE_MS;
    if (this.#sim.nowMs - sinceMs < NOTICEABLE_MS) return;
    for (const watcher of watchers) if (this.#sim.hubs.state(watcher) !== OFF) this.#undetected += 1;
  }
}
