/**
 * `npm run sim`: the production machines of many hubs in virtual time. The exit status is 1 when an invariant was broken,
 * 2 when the options are wrong.
 */
import { MACHINES, machineOf } from "./machines/all.js";
import { type CliOptions, HELP, parseOptions } from "./options.js";
import { Recorder } from "./record.js";
import { outcomeJson, printOutcome } from "./report.js";
import { type RunOptions, runScenario } from "./run.js";
import { SCENARIOS, scenarioOf } from "./scenarios/all.js";
import { runBatch } from "./search/batch.js";
import { replay } from "./search/replay.js";
import { search } from "./search/search.js";
import { hasOwnSize, MissingData, TOPOLOGY_WORDS } from "./topology/parse.js";

/** A log is not to be filled with it. Unit: ms. */
const TELL_EVERY_MS = 10_000;
let toldMs = 0;

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options.help) return say(HELP, 0);
  if (options.list) return list();
  if (options.replay !== undefined) return replay(options.replay);
  if (options.search !== undefined) return search(options, options.search);
  if (options.batch !== undefined) return runBatch(options, options.batch);
  if (options.scenario === undefined) return say(HELP, 0);
  return runOne(options, options.scenario);
}

function runOne(options: CliOptions, name: string): number {
  const scenario = scenarioOf(name);
  const topology = options.topology ?? scenario.topology;
  if (options.hubs !== undefined && hasOwnSize(topology))
    throw new RangeError(
      `the topology ${topology} has a size of its own: leave --hubs out, or name another with --topology`,
    );
  const recorder = options.record === undefined ? undefined : new Recorder(options.record);
  const run: RunOptions = {
    scenario,
    machine: machineOf(options.machine),
    seed: options.seed,
    hubs: options.hubs ?? scenario.hubs,
    topology,
    minutes: options.minutes ?? scenario.minutes,
    wire: options.wire,
    memory: true,
    progress: showProgress,
    ...(recorder === undefined
      ? {}
      : { prepare: (sim, plan) => recorder.attach(sim, plan, scenario.name, options.seed) }),
  };
  const outcome = runScenario(run);
  recorder?.close();
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  printOutcome(outcome);
  if (options.record !== undefined)
    console.log(`recorded ${options.record}: open a hub's page, with #replay behind its address, and choose this file`);
  if (options.json) console.log(outcomeJson(outcome));
  return outcome.violationCount > 0 ? 1 : 0;
}

function showProgress(simulatedMs: number, endMs: number, events: number): void {
  const line = `sim: ${(simulatedMs / 1000).toFixed(0)} of ${(endMs / 1000).toFixed(0)} s, ${(events / 1e6).toFixed(1)} million events`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
  else if (performance.now() - toldMs >= TELL_EVERY_MS) {
    toldMs = performance.now();
    process.stderr.write(`${line}\n`);
  }
}

function list(): number {
  console.log("scenarios:");
  for (const { name, about, topology, hubs } of SCENARIOS.values()) {
    console.log(`  ${name.padEnd(30)} ${about} (${topology}, ${hubs} hubs)`);
  }
  console.log("machines:");
  for (const { name, about } of MACHINES.values()) console.log(`  ${name.padEnd(30)} ${about}`);
  console.log(`topologies: ${TOPOLOGY_WORDS}`);
  return 0;
}

function say(text: string, status: number): number {
  (status === 0 ? process.stdout : process.stderr).write(text);
  return status;
}

/** An option that is not known, or that lacks its value. */
function isOfArguments(error: unknown): error is TypeError {
  return error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
}

/** A folder that is not there, a full disk. */
function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isOfOptions = error instanceof RangeError || error instanceof MissingData || isOfArguments(error);
  if (!isOfOptions && !isOfSystem(error)) throw error;
  console.error(`sim: ${error.message}\nnpm run sim -- --help tells what there is`);
  process.exitCode = 2;
}
