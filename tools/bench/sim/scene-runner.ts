/** Runs the simulated scenes that figures are read from, each once, with its progress and within a time. */
import { machineOf } from "../../sim/machines/all.js";
import { type Outcome, runScenario } from "../../sim/run.js";
import { scenarioOf } from "../../sim/scenarios/all.js";
import { MissingData } from "../../sim/topology/parse.js";
import { Progress } from "../report/progress.js";

export interface Scene {
  readonly scenario: string;
  readonly topology: string;
  readonly hubs?: number;
  readonly minutes?: number;
  /** Too long for the quick run. */
  readonly full?: boolean;
}

/** What became of a scene: its outcome, or why there is none. */
export type SceneResult = { readonly outcome: Outcome } | { readonly why: string };

export interface SceneRunnerOptions {
  readonly machine: string;
  readonly seed: number;
  /** A scene that takes longer is given up. Unit: ms of the clock on the wall. */
  readonly limitMs: number;
}

class GivenUp extends Error {}

export class SceneRunner {
  readonly #options: SceneRunnerOptions;
  readonly #results = new Map<string, SceneResult>();

  constructor(options: SceneRunnerOptions) {
    this.#options = options;
  }

  /** Scenes that several figures share run once. */
  result(scene: Scene): SceneResult {
    const key = JSON.stringify(scene);
    const known = this.#results.get(key);
    if (known !== undefined) return known;
    const result = this.#run(scene);
    this.#results.set(key, result);
    return result;
  }

  #run(scene: Scene): SceneResult {
    const { machine, seed, limitMs } = this.#options;
    const scenario = scenarioOf(scene.scenario);
    const name = `${scene.scenario} on ${scene.topology}`;
    const progress = new Progress();
    try {
      const outcome = runScenario({
        ...{ scenario, machine: machineOf(machine), seed, topology: scene.topology, memory: true },
        hubs: scene.hubs ?? scenario.hubs,
        minutes: scene.minutes ?? scenario.minutes,
        progress: (simulatedMs, endMs) => {
          const at = `${(simulatedMs / 1000).toFixed(0)} of ${(endMs / 1000).toFixed(0)} s`;
          progress.say(`${name}: ${at} simulated`);
          if (progress.elapsedMs > limitMs)
            throw new GivenUp(
              `${name}: given up after ${Number((limitMs / 60_000).toPrecision(2))} min, ${at} simulated`,
            );
        },
      });
      progress.end();
      const broken = outcome.violationCount === 0 ? "" : `, ${outcome.violationCount} invariants broken`;
      const { topology, hubs, wallMs, traceHash } = outcome;
      console.log(
        `  ${scene.scenario} on ${topology}, ${hubs} hubs: ${(wallMs / 1000).toFixed(1)} s, trace ${traceHash}${broken}`,
      );
      return { outcome };
    } catch (error) {
      progress.end();
      if (!(error instanceof MissingData || error instanceof GivenUp)) throw error;
      console.log(`  left out: ${error.message}`);
      return { why: error.message };
    }
  }
}
