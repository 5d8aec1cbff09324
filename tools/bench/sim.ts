/**
 * `npm run bench -- sim [--full] [--only KEY,…] [--seed K] [--machine M] [--limit MINUTES]`: the mesh in the simulator, against what is
 * asked of it; gossipsub beside its broadcasts. The quick run takes minutes; `--full` adds what takes hours of processor time on one core: great
 * cities, a split of a day, 10,000 and 100,000 hubs. A scene that takes longer than `--limit` (15 min; with `--full` 12 h) is given up.
 * A figure is the worst of its scenes, or of all together where it says how often something happens. What was not measured is null in the JSON, and
 * `notes` says why. Figures are of simulated time: they do not depend on the machine, except
 * `seconds100k`, those of memory, and gossipsub's. 10,000 and 100,000 hubs start cold, all within 2 s, as production machines: no state is loaded or
 * faked, so `seconds100k` counts the cold start too (`tools/sim/README.md` says what each part of it costs).
 */
import { parseArgs } from "node:util";
import { messageOf } from "../../runtime/core/errors.js";
import { ASKED, secondCutRatio } from "../sim/asked.js";
import { MACHINE_DEFAULT } from "../sim/machines/all.js";
import type { Figures } from "../sim/measures/figures.js";
import type { Outcome } from "../sim/run.js";
import { measureGossipsub } from "./peers/gossipsub.js";
import { FigureSheet, type SheetJson } from "./report/figure-sheet.js";
import { Progress } from "./report/progress.js";
import { upper95 } from "./report/rare.js";
import { type Scene, SceneRunner } from "./sim/scene-runner.js";

interface Measure {
  readonly key: string;
  readonly unit: string;
  /** A figure beyond it is short of what is asked. */
  readonly max?: number;
  readonly scenes: readonly Scene[];
  /** null: it never happened; undefined: not measured. */
  of(outcome: Outcome): number | null | undefined;
  /** All scenes together, where the worst of them says nothing. */
  readonly pooled?: (outcomes: readonly Outcome[]) => number;
  /** What it is compared with runs beside it. */
  readonly besideGossipsub?: true;
}

/** Cities of 1,700 hubs take ten minutes of processor time a scene. */
const CITIES: readonly Pick<Scene, "topology" | "full">[] = [
  { topology: "ulm" },
  { topology: "leipzig" },
  { topology: "grid:10x10" },
  { topology: "grid:20x20", full: true },
  { topology: "munich", full: true },
  { topology: "stuttgart", full: true },
];
const named = (key: string) => (outcome: Outcome) => outcome.figures[key];

function reach(percent: 30 | 60 | 80): Measure {
  const shapes = ["", "-subtree"];
  const scenes = CITIES.flatMap((city) =>
    shapes.map((shape) => ({ scenario: `city-off-the-grid-${percent}${shape}`, ...city })),
  );
  return { key: `reach${percent}Ms`, unit: "ms", max: ASKED[`reach${percent}Ms`], scenes, of: named("reachMs") };
}

/** With the counts behind it: a ratio of two and one says little. */
function secondCutOf({ figures, topology }: Outcome): number | undefined {
  const [pairs, first, calm, second] = ["firstPairs", "firstLostOver1s", "calmLostOver1s", "secondLostOver1s"].map(
    (name) => figures[name],
  );
  console.log(
    `  second-cut on ${topology}: of ${pairs} pairs lost over 1 s ${first} the first time, ${second} the second, ${calm} without a cut`,
  );
  return secondCutRatio(figures);
}

/** No run of hours can show one in a million hours: the figure is how many were seen, beside it how many there may be at most. */
const WEATHER: readonly Scene[] = [
  { scenario: "stalls-lasting", topology: "geometric:6", hubs: 50, minutes: 10 },
  { scenario: "stalls-lasting", topology: "geometric:6", hubs: 100, minutes: 600, full: true },
];

function falseDeaths(outcomes: readonly Outcome[]): { readonly count: number; readonly millionHours: number } {
  const all = (key: string) => outcomes.reduce((sum, { figures }) => sum + (figures[key] ?? 0), 0);
  return { count: all("falseDead"), millionHours: all("hubHours") / 1e6 };
}

const big = (hubs: number): Scene => ({ scenario: "idle", topology: "geometric:6", hubs, minutes: 2, full: true });

/** 10,000 entries of which 1 % change on each side. */
const SPLITS: readonly Scene[] = [
  { scenario: "split-10m", topology: "geometric:6", hubs: 120 },
  { scenario: "split-24h", topology: "geometric:6", hubs: 120, full: true },
  { scenario: "split-10m", topology: "geometric:6", hubs: 10_000, full: true },
];

const DELIVERIES: readonly Scene[] = [
  { scenario: "delivery", topology: "geometric:6" },
  { scenario: "split-10m", topology: "geometric:6", hubs: 120 },
  { scenario: "delivery", topology: "geometric:6", hubs: 500, full: true },
];

const STEADY: readonly Scene[] = [
  { scenario: "broadcast", topology: "geometric:6", hubs: 300 },
  { scenario: "broadcast", topology: "geometric:6", hubs: 1000, full: true },
];

/** 30 of the hubs go and come back, while 300 broadcasts are sent. */
const CHURN: readonly Scene[] = [
  { scenario: "churn-1", topology: "geometric:6", hubs: 300, minutes: 10 },
  { scenario: "churn-1", topology: "geometric:6", hubs: 1000, minutes: 10, full: true },
];

const MEASURES: readonly Measure[] = [
  {
    // Of the protocol alone: here each hub has a processor of its own. `bench -- mesh` has both as real processes on this machine's.
    key: "coldStart49SimMs",
    unit: "ms",
    max: ASKED.coldStartMs,
    scenes: [{ scenario: "cold-start", topology: "grid:7x7" }],
    of: named("coldStartMs"),
  },
  {
    key: "replug49SimMs",
    unit: "ms",
    max: ASKED.coldStartMs,
    scenes: [{ scenario: "replug", topology: "grid:7x7" }],
    of: named("replugMs"),
  },
  reach(30),
  reach(60),
  reach(80),
  {
    key: "falseDead",
    unit: "",
    max: 0,
    scenes: [{ scenario: "stalls-20s", topology: "geometric:6", hubs: 50 }],
    of: named("falseDead"),
  },
  {
    key: "falseDeadPerMillionHubHours",
    unit: "seen",
    max: 1,
    scenes: WEATHER,
    of: named("falseDead"),
    pooled: (outcomes) => falseDeaths(outcomes).count / falseDeaths(outcomes).millionHours,
  },
  {
    key: "falseDeadPerMillionHubHoursUpper95",
    unit: "at most",
    scenes: WEATHER,
    of: named("falseDead"),
    pooled: (outcomes) => upper95(falseDeaths(outcomes).count) / falseDeaths(outcomes).millionHours,
  },
  {
    key: "falseDeadHubHours",
    unit: "h simulated",
    scenes: WEATHER,
    of: named("hubHours"),
    pooled: (outcomes) => falseDeaths(outcomes).millionHours * 1e6,
  },
  {
    key: "broadcastCopies",
    unit: "a delivery",
    max: ASKED.broadcastCopies,
    scenes: STEADY,
    of: named("broadcastCopies"),
    besideGossipsub: true,
  },
  { key: "broadcastCopiesFromFirst", unit: "a delivery", scenes: STEADY, of: named("broadcastCopiesFromFirst") },
  {
    key: "broadcastCopiesChurn",
    unit: "a delivery",
    max: ASKED.broadcastCopiesChurn,
    scenes: CHURN,
    of: named("broadcastCopies"),
    besideGossipsub: true,
  },
  { key: "deliveryLost", unit: "parcels", max: 0, scenes: DELIVERIES, of: named("parcelsLost") },
  { key: "deliveryTwice", unit: "parcels", max: 0, scenes: DELIVERIES, of: named("parcelsTwice") },
  {
    key: "secondCutRatio",
    unit: "",
    max: ASKED.secondCutRatio,
    scenes: ["ulm", "leipzig", "munich", "stuttgart"].map((topology, at) => ({
      scenario: "second-cut",
      topology,
      full: at >= 2,
    })),
    of: secondCutOf,
  },
  { key: "healMs", unit: "ms", max: ASKED.healMs, scenes: SPLITS, of: named("healMs") },
  {
    key: "healBytesRatio",
    unit: "of what differed",
    max: ASKED.healBytesRatio,
    scenes: SPLITS,
    of: named("healBytesRatio"),
  },
  {
    key: "healLinkBytesRatio",
    unit: "busiest link",
    max: ASKED.healBytesRatio,
    scenes: SPLITS,
    of: named("healLinkBytesRatio"),
  },
  {
    key: "controlBytesPerSecond1k",
    unit: "B/s a hub",
    max: ASKED.controlBytesPerSecond,
    scenes: [{ scenario: "idle", topology: "geometric:6", hubs: 1000 }],
    of: named("controlBytesPerSecond"),
  },
  {
    key: "controlBytesPerSecond10k",
    unit: "B/s a hub",
    max: ASKED.controlBytesPerSecond,
    scenes: [big(10_000)],
    of: named("controlBytesPerSecond"),
  },
  {
    key: "bytesPerHub",
    unit: "B of heap",
    scenes: [big(10_000)],
    of: ({ heapBytesPerHub }) => heapBytesPerHub ?? undefined,
  },
  {
    key: "controlBytesPerSecond100k",
    unit: "B/s a hub",
    max: 294,
    scenes: [big(100_000)],
    of: named("controlBytesPerSecond"),
  },
  { key: "seconds100k", unit: "s", max: 300, scenes: [big(100_000)], of: ({ wallMs }) => wallMs / 1000 },
  {
    key: "bytesPerHub100k",
    unit: "B of heap",
    scenes: [big(100_000)],
    of: ({ heapBytesPerHub }) => heapBytesPerHub ?? undefined,
  },
];

const GOSSIPSUB = { nodes: 100, degree: 12, messages: 40, churnSeconds: 120 };
const GOSSIPSUB_KEYS = ["gossipsubCopies", "gossipsubCopiesChurn"] as const;

/** What the last line of a whole run has in it. */
export const keys: readonly string[] = [...MEASURES.map(({ key }) => key), ...GOSSIPSUB_KEYS];

export async function run(argv: readonly string[]): Promise<SheetJson> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      full: { type: "boolean", default: false },
      only: { type: "string" },
      seed: { type: "string", default: "1" },
      machine: { type: "string", default: MACHINE_DEFAULT },
      limit: { type: "string" },
    },
  });
  const { full, machine } = values;
  const seed = Number(values.seed);
  if (!Number.isInteger(seed) || seed < 0) throw new RangeError("--seed is a whole number");
  const limit = Number(values.limit ?? (full ? 720 : 15));
  if (!(limit > 0)) throw new RangeError("--limit is a number of minutes");
  const measures = chosen(values.only?.split(","));
  const isBeside = measures.some(({ besideGossipsub }) => besideGossipsub);
  const sheet = new FigureSheet([...measures.map(({ key }) => key), ...(isBeside ? GOSSIPSUB_KEYS : [])]);
  const bench = new SceneRunner({ machine, seed, limitMs: limit * 60_000 });
  for (const measure of measures) {
    const quick = measure.scenes.filter((scene) => scene.full !== true);
    // Who names a figure that only a long scene measures wants that scene.
    const isLongOnly = quick.length === 0;
    if (isLongOnly && !full && values.only === undefined)
      sheet.missing(measure.key, `takes hours: --full, or --only ${measure.key}`);
    else take(sheet, measure, full || isLongOnly ? measure.scenes : quick, bench);
  }
  if (isBeside) await takeGossipsub(sheet);
  return sheet.toJSON();
}

/** @throws RangeError that says which there are. */
function chosen(only: readonly string[] | undefined): readonly Measure[] {
  const unknown = only?.find((key) => !MEASURES.some((measure) => measure.key === key));
  if (unknown !== undefined)
    throw new RangeError(`no figure "${unknown}"; there are: ${MEASURES.map(({ key }) => key).join(", ")}`);
  return only === undefined ? MEASURES : MEASURES.filter(({ key }) => only.includes(key));
}

function take(sheet: FigureSheet, measure: Measure, scenes: readonly Scene[], bench: SceneRunner): void {
  const results = scenes.map((scene) => bench.result(scene));
  const outcomes = results.flatMap((result) => ("outcome" in result ? [result.outcome] : []));
  const leftOut = results.flatMap((result) => ("why" in result ? [result.why] : []));
  const pooled = outcomes.length > 0 ? measure.pooled?.(outcomes) : undefined;
  const value = pooled ?? worst(outcomes.map((outcome) => measure.of(outcome)));
  if (value === undefined) return sheet.missing(measure.key, leftOut.join("; ") || "there was nothing to measure");
  console.log(line(measure, value));
  if (value === null) return sheet.missing(measure.key, "never happened");
  sheet.set(measure.key, rounded(value));
  if (leftOut.length > 0) sheet.note(measure.key, `left out: ${leftOut.join("; ")}`);
}

async function takeGossipsub(sheet: FigureSheet): Promise<void> {
  const progress = new Progress();
  try {
    const { copies, copiesChurn, messages, messagesChurn, replaced } = await measureGossipsub(GOSSIPSUB, (what) =>
      console.log(`  ${what}`),
    );
    console.log(
      `  gossipsub, ${GOSSIPSUB.nodes} nodes: ${(progress.elapsedMs / 1000).toFixed(0)} s, ${messages} messages, then ${messagesChurn} while ${replaced} nodes were replaced`,
    );
    for (const [at, value] of [copies, copiesChurn].entries()) {
      const key = GOSSIPSUB_KEYS[at] as string;
      console.log(line({ key, unit: "a delivery" }, value));
      sheet.set(key, rounded(value));
    }
  } catch (error) {
    for (const key of GOSSIPSUB_KEYS) sheet.missing(key, messageOf(error));
  }
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** null is worse than any number; undefined was not measured. */
function worst(values: readonly (Figures[string] | undefined)[]): number | null | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return known.includes(null) ? null : Math.max(...known.map((value) => value ?? 0));
}

function line({ key, unit, max }: Pick<Measure, "key" | "unit" | "max">, value: number | null): string {
  const shown = value === null ? "never" : String(Math.round(value * 1000) / 1000);
  const verdict = max === undefined ? "" : `at most ${max}: ${value !== null && value <= max ? "ok" : "SHORT"}`;
  return `${key.padEnd(28)} ${shown.padStart(12)} ${unit.padEnd(12)} ${verdict}`;
}
