/** A run's outcome for people, and as JSON. */
import type { Figures } from "./measures/figures.js";
import type { Outcome } from "./run.js";
import { summaryOf, verdictsOf } from "./verdict.js";

const TRAFFIC_ROWS = 12;
const COUNT_ROWS = 16;

export function printOutcome(outcome: Outcome): void {
  const { hubs, topology, machine, simulatedMs, wallMs, events } = outcome;
  console.log(
    `${outcome.scenario}: ${hubs} hubs on ${topology}, machine ${machine}, seed ${outcome.seed}, ${simulatedMs / 1000} s simulated in ${(wallMs / 1000).toFixed(1)} s, ${(events / 1e6).toFixed(2)} million events (${(events / wallMs / 1000).toFixed(2)} million a second), trace ${outcome.traceHash}`,
  );
  if (outcome.heapBytesPerHub !== null) console.log(`  heap: ${outcome.heapBytesPerHub} bytes a hub`);
  for (const [name, value] of Object.entries(outcome.figures)) console.log(`  ${name.padEnd(24)} ${shown(value)}`);
  const seconds = simulatedMs / 1000;
  console.log("  sent, by kind              frames/s a hub   bytes/s a hub");
  for (const { kind, frames, bytes } of outcome.traffic.slice(0, TRAFFIC_ROWS)) {
    const per = (value: number): string => (value / seconds / hubs).toFixed(2).padStart(14);
    console.log(`    ${kind.padEnd(22)}${per(frames)}  ${per(bytes)}`);
  }
  const counts = [...outcome.counts].sort((a, b) => b[1] - a[1]).slice(0, COUNT_ROWS);
  if (counts.length > 0) console.log(`  counted: ${counts.map(([name, count]) => `${name} ${count}`).join(", ")}`);
  for (const { atMs, invariant, detail } of outcome.violations)
    console.log(`  BROKEN ${invariant} at ${atMs} ms: ${detail}`);
  if (outcome.violationCount > outcome.violations.length) console.log(`  … ${outcome.violationCount} in all`);
  const verdicts = verdictsOf(outcome);
  for (const { asked, measured, isMet } of verdicts)
    console.log(`  ${isMet ? "met    " : "NOT MET"}  ${asked}: ${measured}`);
  console.log(summaryOf(outcome.scenario, verdicts));
}

export function outcomeJson(outcome: Outcome): string {
  const { traffic, counts, ...rest } = outcome;
  return JSON.stringify({
    ...rest,
    verdicts: verdictsOf(outcome),
    traffic: traffic.slice(0, TRAFFIC_ROWS),
    counts: Object.fromEntries(counts),
  });
}

export function shown(value: Figures[string]): string {
  if (value === null) return "never";
  return Number.isInteger(value) ? String(value) : value.toPrecision(5);
}
