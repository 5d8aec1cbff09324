/**
 * `--search COUNT`: seeds in processes of their own, as many as there are cores. The first seed of each scenario that breaks an invariant is
 * made smaller and kept; the others are counted.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { CliOptions } from "../options.js";
import { type BatchLine, searchOptions } from "./batch.js";
import { keep, regressionOf } from "./regression.js";
import { breaks, shrink } from "./shrink.js";

/** A process is renewed after this many seeds, so that a leak or a crash costs little. */
const BATCH = 50;
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

interface Tally {
  done: number;
  hubHours: number;
  readonly failures: BatchLine[];
  crashed: number;
}

export async function search(options: CliOptions, count: number): Promise<number> {
  const startedMs = performance.now();
  const tally: Tally = { done: 0, hubHours: 0, failures: [], crashed: 0 };
  const queue: { from: number; count: number }[] = [];
  for (let from = options.from; from < options.from + count; from += BATCH)
    queue.push({ from, count: Math.min(BATCH, options.from + count - from) });
  const show = setInterval(() => showProgress(tally, count, startedMs), 1000);
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift())
      await runProcess(options, job.from, job.count, tally);
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), queue.length) }, worker));
  clearInterval(show);
  showProgress(tally, count, startedMs);
  process.stderr.write("\n");
  keepFailures(options, tally);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(
    `${tally.done} seeds in ${seconds} s, ${tally.hubHours.toFixed(1)} hub-hours: ${tally.failures.length} broke an invariant${tally.crashed === 0 ? "" : `, ${tally.crashed} processes crashed`}`,
  );
  if (options.json)
    console.log(
      JSON.stringify({
        seeds: tally.done,
        hubHours: tally.hubHours,
        failures: tally.failures.length,
        crashed: tally.crashed,
      }),
    );
  return tally.failures.length + tally.crashed > 0 ? 1 : 0;
}

function runProcess(options: CliOptions, from: number, count: number, tally: Tally): Promise<void> {
  const args = [
    ...process.execArgv,
    MAIN,
    "--batch",
    String(count),
    "--from",
    String(from),
    "--machine",
    options.machine,
  ];
  for (const [name, value] of Object.entries({
    scenario: options.scenario,
    hubs: options.hubs,
    topology: options.topology,
    minutes: options.minutes,
  }))
    if (value !== undefined) args.push(`--${name}`, String(value));
  if (options.wire) args.push("--wire");
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve) => {
    if (child.stdout !== null)
      createInterface({ input: child.stdout }).on("line", (text) => {
        const line = JSON.parse(text) as BatchLine;
        tally.done += 1;
        tally.hubHours += line.hubHours;
        if (line.broken.length > 0) tally.failures.push(line);
      });
    child.on("close", (code) => {
      if (code !== 0) tally.crashed += 1;
      resolve();
    });
  });
}

/** Of each scenario and invariant the first seed. */
function keepFailures(options: CliOptions, { failures }: Tally): void {
  const seen = new Set<string>();
  for (const { seed, scenario, broken } of [...failures].sort((a, b) => a.seed - b.seed)) {
    const [first] = broken;
    if (first === undefined) continue;
    console.log(`seed ${seed}, ${scenario}: ${first.invariant}: ${first.detail}`);
    const key = `${scenario} ${first.invariant}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const shrunk = shrink(searchOptions(options, seed), breaks(first.invariant));
    const path = keep(regressionOf(shrunk.options, first.invariant, first.detail));
    const faults = shrunk.options.plan?.faults.length;
    console.log(
      `  made smaller in ${shrunk.runs} runs: ${shrunk.options.hubs} hubs${faults === undefined ? "" : `, ${faults} faults`}; npm run sim -- --replay ${relative(process.cwd(), path)}`,
    );
  }
}

function showProgress({ done, failures }: Tally, count: number, startedMs: number): void {
  if (!process.stderr.isTTY) return;
  const perSecond = done / Math.max(1, (performance.now() - startedMs) / 1000);
  process.stderr.write(
    `\r\x1b[Ksearch: ${done} of ${count} seeds, ${failures.length} failed, ${perSecond.toFixed(1)} a second`,
  );
}
