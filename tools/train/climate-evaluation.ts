/**
 * The honest figures of the climate anomaly model: two folds, each a model that never saw the motes it is scored on.
 * Training writes the files and reads its figures here; the bench and the tests read the same files again.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { InferenceBackend } from "../../runtime/core/model.js";
import { type Manifest, parseManifest } from "../../runtime/inference/manifest.js";
import {
  areaUnderCurve,
  confusion,
  type EventFigures,
  eventFigures,
  f1Score,
  join as joinScored,
  type Scored,
} from "./metrics.js";
import { MOTE_PERIOD_MS, type MoteSeries } from "./motes.js";
import { scoredOf, type Windowed, windowsOf } from "./scoring.js";
import { zScores, zThreshold } from "./z-score.js";

export interface Fold {
  readonly name: "a" | "b";
  readonly trainedOn: readonly number[];
  readonly heldOut: readonly number[];
  readonly threshold: number;
  readonly int8: Uint8Array;
  readonly fp32: Uint8Array;
}

const foldsFile = v.array(
  v.strictObject({
    name: v.picklist(["a", "b"]),
    trainedOn: v.array(v.number()),
    heldOut: v.array(v.number()),
    threshold: v.number(),
    int8: v.string(),
    fp32: v.string(),
  }),
);

export function readManifest(folder: string): Manifest {
  return parseManifest(JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")));
}

/** @param folder models/climate-anomaly; paths in evaluation/folds.json are relative to it. */
export function readFolds(folder: string): Fold[] {
  const listed = v.parse(foldsFile, JSON.parse(readFileSync(join(folder, "evaluation/folds.json"), "utf8")));
  return listed.map((fold) => ({
    ...fold,
    int8: readFileSync(join(folder, fold.int8)),
    fp32: readFileSync(join(folder, fold.fp32)),
  }));
}

export interface Outcome extends EventFigures {
  readonly auc: number;
  readonly f1: number;
  readonly precision: number;
  readonly recall: number;
  readonly falseAlarmsPerDay: number;
}

export interface FoldOutcome {
  readonly name: "a" | "b";
  readonly int8: Outcome;
  readonly fp32: Outcome;
  readonly zScore: Outcome;
  /** Each row's verdict, so that folds with thresholds of their own can be pooled. */
  readonly margins: Scored;
  readonly zMargins: Scored;
}

export async function evaluateFold(
  fold: Fold,
  motes: ReadonlyMap<number, MoteSeries>,
  manifest: Manifest,
  backend: InferenceBackend,
): Promise<FoldOutcome> {
  const series = fold.heldOut.map((id) => moteOf(motes, id));
  const windowed = series.map((one) => windowsOf(one, manifest));
  const int8 = await scoreModel(backend, fold.int8, series, windowed);
  const fp32 = await scoreModel(backend, fold.fp32, series, windowed);
  const zScore = joinScored(series.map(zScores));
  const zBound = zThreshold(joinScored(fold.trainedOn.map((id) => zScores(moteOf(motes, id)))));
  return {
    name: fold.name,
    int8: outcomeOf(int8, fold.threshold),
    fp32: outcomeOf(fp32, fold.threshold),
    zScore: outcomeOf(zScore, zBound),
    margins: shifted(int8, fold.threshold),
    zMargins: shifted(zScore, zBound),
  };
}

export async function scoreModel(
  backend: InferenceBackend,
  bytes: Uint8Array,
  series: readonly MoteSeries[],
  windowed: readonly Windowed[],
): Promise<Scored> {
  const model = await backend.load("evaluation", bytes);
  const parts: Scored[] = [];
  for (const [at, one] of series.entries()) {
    const windows = windowed[at];
    if (windows === undefined || windows.rows.length === 0) continue;
    parts.push(scoredOf(one, windows, await model.run(windows.inputs, windows.rows.length)));
  }
  await model.close();
  return joinScored(parts);
}

export function outcomeOf(scored: Scored, threshold: number): Outcome {
  const { truePositives, falsePositives, falseNegatives } = confusion(scored, threshold);
  const events = eventFigures(scored, threshold);
  const days = (scored.labels.length * MOTE_PERIOD_MS) / 86_400_000;
  return {
    ...events,
    auc: areaUnderCurve(scored),
    f1: f1Score(scored, threshold),
    precision: truePositives / Math.max(1, truePositives + falsePositives),
    recall: truePositives / Math.max(1, truePositives + falseNegatives),
    falseAlarmsPerDay: events.falseAlarms / days,
  };
}

/** The figures by name, for the bench's JSON line and the manifest. `shipped` is the fold whose model ships. */
export function namedFigures(outcomes: readonly FoldOutcome[], shipped: "a" | "b"): Record<string, number> {
  const main = outcomes.find(({ name }) => name === shipped);
  const other = outcomes.find(({ name }) => name !== shipped);
  if (main === undefined || other === undefined) throw new RangeError("two folds are needed");
  const pooled = outcomeOf(joinScored(outcomes.map(({ margins }) => margins)), 0);
  const pooledZ = outcomeOf(joinScored(outcomes.map(({ zMargins }) => zMargins)), 0);
  const figures = {
    auc: main.int8.auc,
    f1: main.int8.f1,
    aucFp32: main.fp32.auc,
    f1Fp32: main.fp32.f1,
    aucZScore: main.zScore.auc,
    f1ZScore: main.zScore.f1,
    precision: main.int8.precision,
    recall: main.int8.recall,
    events: main.int8.events,
    eventsFound: main.int8.eventsFound,
    delayReadings: main.int8.delayReadings,
    falseAlarmsPerDay: main.int8.falseAlarmsPerDay,
    aucOtherFold: other.int8.auc,
    f1OtherFold: other.int8.f1,
    aucFp32OtherFold: other.fp32.auc,
    f1Fp32OtherFold: other.fp32.f1,
    aucZScoreOtherFold: other.zScore.auc,
    f1ZScoreOtherFold: other.zScore.f1,
    eventsFoundOtherFold: other.int8.eventsFound,
    delayReadingsOtherFold: other.int8.delayReadings,
    falseAlarmsPerDayOtherFold: other.int8.falseAlarmsPerDay,
    aucPooled: pooled.auc,
    f1Pooled: pooled.f1,
    aucZScorePooled: pooledZ.auc,
    f1ZScorePooled: pooledZ.f1,
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toFixed(4))]));
}

function shifted({ scores, labels }: Scored, threshold: number): Scored {
  return { scores: scores.map((score) => score - Math.fround(threshold)), labels };
}

function moteOf(motes: ReadonlyMap<number, MoteSeries>, id: number): MoteSeries {
  const mote = motes.get(id);
  if (mote === undefined) throw new RangeError(`there is no mote ${id}`);
  return mote;
}
