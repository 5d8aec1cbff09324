/** Looks into some hubs every few seconds: every table within its bound, no frame past the hop limit, no machine that breaks; at the end, one membership. */
import { HOPS_MAX } from "../../../runtime/core/routed.js";
import { Random } from "../engine/random.js";
import type { Simulation } from "../engine/simulation.js";
import type { Observer } from "../engine/simulation-options.js";
import type { Violations } from "../violations.js";

const EVERY_MS = 5000;
const SAMPLE = 100;

export class BoundsWatch implements Observer {
  readonly #sim: Simulation;
  readonly #violations: Violations;
  readonly #random: Random;

  constructor(sim: Simulation, seed: number, endMs: number, violations: Violations) {
    this.#sim = sim;
    this.#violations = violations;
    this.#random = new Random(seed ^ 0xb0d5);
    sim.observers.push(this);
    for (let ms = EVERY_MS; ms < endMs; ms += EVERY_MS) sim.at(ms, () => this.#look());
  }

  routedFrame(hub: number, hops: number): void {
    if (hops > HOPS_MAX) this.#violations.add("hop-limit", `hub ${hub} passes a frame on after ${hops} hops`);
  }

  broken(hub: number, what: string): void {
    this.#violations.add("machine-broke", `hub ${hub}: ${what}`);
  }

  /** Everybody knows of everybody in its cell (of those that do not say what their cell is: of everybody) whether it lives. */
  agree(): void {
    const sim = this.#sim;
    for (const hub of this.#sample()) {
      const { members, cell } = sim.hubs.machine[hub]?.inspect?.() ?? {};
      if (members === undefined || !sim.isRunning(hub)) continue;
      const inCell = cell === undefined ? undefined : new Set(cell);
      for (const [id, state] of members) {
        const other = sim.hubs.indexOf.get(id);
        if (other === undefined || other === hub || inCell?.has(id) === false) continue;
        const lives = sim.isRunning(other);
        if (lives === (state === "alive")) continue;
        const truth = lives ? "lives" : "does not live";
        this.#violations.add("membership", `hub ${hub} holds hub ${other} for ${state}; it ${truth}`);
      }
    }
  }

  #look(): void {
    for (const hub of this.#sample()) {
      for (const { table, size, max } of this.#sim.hubs.machine[hub]?.inspect?.().tables ?? []) {
        if (size > max) this.#violations.add("table-bound", `hub ${hub}: ${table} holds ${size}, at most ${max}`);
      }
    }
  }

  #sample(): number[] {
    return this.#random.sample(Math.min(SAMPLE, this.#sim.hubs.count), this.#sim.hubs.count);
  }
}
