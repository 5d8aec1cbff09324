/** One process of a search: seeds one after the other, over all scenarios that are searched, an outcome a line on standard output. */
import { machineOf } from "../machines/all.js";
import type { CliOptions } from "../options.js";
import type { Scenario } from "../plan.js";
import { type RunOptions, runScenario } from "../run.js";
import { SCENARIOS, scenarioOf } from "../scenarios/all.js";

export interface BatchLine {
  readonly seed: number;
  readonly scenario: string;
  readonly hubHours: number;
  readonly broken: readonly { readonly invariant: string; readonly detail: string }[];
}

/** Each seed runs one scenario; seeds in a row go through all of them. */
export function searchOptions(options: CliOptions, seed: number): RunOptions {
  const scenario = scenarioFor(options, seed);
  return {
    scenario,
    machine: machineOf(options.machine),
    seed,
    hubs: options.hubs ?? scenario.search?.hubs ?? scenario.hubs,
    topology: options.topology ?? scenario.search?.topology ?? scenario.topology,
    minutes: options.minutes ?? Math.min(scenario.minutes, MINUTES_MAX),
    wire: options.wire,
  };
}

export function runBatch(options: CliOptions, count: number): number {
  for (let seed = options.from; seed < options.from + count; seed++) {
    const run = searchOptions(options, seed);
    const outcome = runScenario(run);
    const line: BatchLine = {
      seed,
      scenario: run.scenario.name,
      hubHours: (outcome.hubs * outcome.simulatedMs) / 3_600_000,
      broken: outcome.violations.map(({ invariant, detail }) => ({ invariant, detail })),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
  return 0;
}

/** A search prefers many short runs. */
const MINUTES_MAX = 2;

function scenarioFor(options: CliOptions, seed: number): Scenario {
  if (options.scenario !== undefined) return scenarioOf(options.scenario);
  const searched = [...SCENARIOS.values()].filter(({ search, name }) => search !== undefined && name !== "split-24h");
  return searched[seed % searched.length] as Scenario;
}
