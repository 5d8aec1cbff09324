/** A run's outcome for people, and as JSON. */
import { wordsOf } from "./figure-words.js";
import type { Figures } from "./measures/figures.js";
import type { Outcome } from "./run.js";
import { summaryOf, verdictsOf } from "./verdict.js";

const TRAFFIC_ROWS = 12;
const COUNT_ROWS = 16;

export function printOutcome(outcome: Outcome): void {
  const { hubs, topology, machine, simulatedMs, wallMs, events } = outcome;
  console.log(`${outcome.scenario}: ${hubs} hubs on ${topology}, machine ${machine}, seed ${outcome.seed}`);
  console.log(
    `  ran      ${simulatedMs / 1000} s simulated in ${(wallMs / 1000).toFixed(1)} s: ${(events / 1e6).toFixed(2)} million events, ${(events / wallMs / 1000).toFixed(2)} million a second`,
  );
  console.log(`  trace    ${outcome.traceHash}: the same options give the same`);
  if (outcome.heapBytesPerHub !== null) console.log(`  memory   ${outcome.heapBytesPerHub} bytes of heap a hub`);
  console.log("\nmeasured");
  for (const line of figureLines(outcome.figures)) console.log(line);
  console.log("\nsent, a hub and second (routed: with the pings that measure)    frames       bytes");
  for (const { kind, frames, bytes } of outcome.traffic.slice(0, TRAFFIC_ROWS)) {
    const per = (value: number): string => ((value * 1000) / simulatedMs / hubs).toFixed(2).padStart(12);
    console.log(`  ${kind.padEnd(56)}${per(frames)}${per(bytes)}`);
  }
  const counts = [...outcome.counts].sort((a, b) => b[1] - a[1]).slice(0, COUNT_ROWS);
  if (counts.length > 0) console.log("\ncounted by the hubs");
  for (const [name, count] of counts) console.log(`  ${name.padEnd(56)}${String(count).padStart(12)}`);
  console.log("\nasked");
  for (const { atMs, invariant, detail } of outcome.violations)
    console.log(`  BROKEN ${invariant} at ${atMs} ms: ${detail}`);
  if (outcome.violationCount > outcome.violations.length) console.log(`  … ${outcome.violationCount} in all`);
  const verdicts = verdictsOf(outcome);
  for (const { asked, measured, isMet } of verdicts)
    console.log(`  ${isMet ? "met    " : "NOT MET"}  ${asked}: ${measured}`);
  console.log(summaryOf(outcome.scenario, verdicts));
}

/** Name, value, what it is. */
export function figureLines(figures: Figures): string[] {
  return Object.entries(figures).map(([name, value]) =>
    `  ${name.padEnd(26)}${shown(value).padStart(10)}  ${wordsOf(name, figures)}`.trimEnd(),
  );
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
