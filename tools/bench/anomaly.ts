/**
 * `npm run bench -- anomaly [--data FILE.csv]`: how well the climate anomaly model does on motes that it never saw, in
 * int8 and in fp32, beside a z-score; for the fold that ships, the other one, and both. With --data, how the model that
 * ships does on another file of the same columns.
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNativeBackend } from "../../runtime/io/inference/onnx-node.js";
import { SHIPPED } from "../train/climate-anomaly.js";
import {
  evaluateFold,
  type Fold,
  type FoldOutcome,
  namedFigures,
  type Outcome,
  readFolds,
  readManifest,
} from "../train/climate-evaluation.js";
import { loadMotes } from "../train/motes.js";

const folder = join(dirname(fileURLToPath(import.meta.url)), "../../models/climate-anomaly");

export async function run(argv: readonly string[]): Promise<Record<string, number | string>> {
  const manifest = readManifest(folder);
  const folds = readFolds(folder);
  const at = argv.indexOf("--data");
  const backend = await createNativeBackend();
  try {
    if (at >= 0) {
      const { motes, sha256 } = loadMotes(argv[at + 1]);
      const shipped = folds.find(({ name }) => name === SHIPPED);
      if (shipped === undefined) throw new RangeError(`there is no fold ${SHIPPED}`);
      const outcome = await evaluateFold({ ...shipped, heldOut: [...motes.keys()] }, motes, manifest, backend);
      show([{ ...shipped, heldOut: [...motes.keys()] }], [outcome]);
      const { auc, f1, eventsFound, events, falseAlarmsPerDay } = outcome.int8;
      return {
        data: sha256,
        auc,
        f1,
        eventsFound,
        events,
        falseAlarmsPerDay,
        aucZScore: outcome.zScore.auc,
        f1ZScore: outcome.zScore.f1,
      };
    }
    const { motes } = loadMotes();
    const outcomes: FoldOutcome[] = [];
    for (const fold of folds) outcomes.push(await evaluateFold(fold, motes, manifest, backend));
    show(folds, outcomes);
    return { model: manifest.sha256.slice(0, 16), bytes: manifest.bytes, ...namedFigures(outcomes, SHIPPED) };
  } finally {
    await backend.close();
  }
}

function show(folds: readonly Fold[], outcomes: readonly FoldOutcome[]): void {
  const columns = ["", "AUC", "F1", "precision", "recall", "events found", "delay (readings)", "false alarms/day"];
  const rows = outcomes.flatMap((outcome, at) => {
    const fold = folds[at];
    const ships = fold?.name === SHIPPED ? ", ships" : "";
    const title = `fold ${outcome.name}${ships}: learnt from motes ${fold?.trainedOn.join(", ")}, scored on ${fold?.heldOut.join(", ")}`;
    return [[title], row("  int8", outcome.int8), row("  fp32", outcome.fp32), row("  z-score", outcome.zScore)];
  });
  const widths = columns.map((column, at) =>
    Math.max(column.length, ...rows.filter((cells) => cells.length > 1).map((cells) => cells[at]?.length ?? 0)),
  );
  for (const cells of [columns, ...rows])
    console.log(
      cells
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function row(name: string, outcome: Outcome): string[] {
  const { auc, f1, precision, recall, eventsFound, events, delayReadings, falseAlarmsPerDay } = outcome;
  return [
    name,
    ...[auc, f1, precision, recall].map((value) => value.toFixed(4)),
    `${eventsFound} of ${events}`,
    delayReadings.toFixed(1),
    falseAlarmsPerDay.toFixed(1),
  ];
}
