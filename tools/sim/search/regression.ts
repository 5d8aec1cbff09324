/** A seed that failed, as it is kept in test/sim/regressions: everything that repeats the run, and what was broken. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { machineOf } from "../machines/all.js";
import type { Plan } from "../plan.js";
import type { RunOptions } from "../run.js";
import { scenarioOf } from "../scenarios/all.js";

export const REGRESSIONS_FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../../../test/sim/regressions");
const VERSION = 1;
/** As `Recorder` writes it. */
const RECORDING_BEGINS = '{"type":"mindos-sim"';

export interface Regression {
  readonly version: typeof VERSION;
  readonly scenario: string;
  readonly machine: string;
  readonly topology: string;
  readonly hubs: number;
  readonly minutes: number;
  readonly seed: number;
  /** The invariant that did not hold. */
  readonly invariant: string;
  readonly detail: string;
  /** Where it was found. */
  readonly commit: string;
  /** Made smaller than what the scenario plans. */
  readonly plan?: Plan;
}

export function regressionOf(options: RunOptions, invariant: string, detail: string): Regression {
  return {
    version: VERSION,
    scenario: options.scenario.name,
    machine: options.machine.name,
    topology: options.topology,
    hubs: options.hubs,
    minutes: options.minutes,
    seed: options.seed,
    invariant,
    detail,
    commit: commit(),
    ...(options.plan === undefined ? {} : { plan: options.plan }),
  };
}

export function optionsOf(regression: Regression): RunOptions {
  const { scenario, machine, topology, hubs, minutes, seed, plan } = regression;
  return {
    scenario: scenarioOf(scenario),
    machine: machineOf(machine),
    topology,
    hubs,
    minutes,
    seed,
    ...(plan === undefined ? {} : { plan }),
  };
}

/** @returns where it was written. */
export function keep(regression: Regression): string {
  mkdirSync(REGRESSIONS_FOLDER, { recursive: true });
  const path = join(REGRESSIONS_FOLDER, `${regression.scenario}-${regression.invariant}-${regression.seed}.json`);
  writeFileSync(path, `${JSON.stringify(regression, undefined, 1)}\n`);
  return path;
}

/** @throws RangeError when the file is none that this version can replay. */
export function readRegression(path: string): Regression {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new RangeError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (text.startsWith(RECORDING_BEGINS))
    throw new RangeError(
      `${path} is a recording: open it on a hub's page, with #replay behind its address. --replay runs a seed again that --search has kept`,
    );
  let regression: Regression;
  try {
    regression = JSON.parse(text) as Regression;
  } catch (error) {
    throw new RangeError(`${path} is no kept run: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (
    regression.version !== VERSION ||
    typeof regression.scenario !== "string" ||
    typeof regression.seed !== "number"
  ) {
    throw new RangeError(`${path} is no kept run of version ${VERSION}`);
  }
  return regression;
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "unknown";
  }
}
