/**
 * `npm run train -- climate-anomaly`: trains both folds, quantises them to int8, checks them on the motes they never saw
 * and writes models/climate-anomaly. Deterministic: the same data and Node version give the same bytes. About two
 * minutes of one x64 core. `--card` only writes the card anew, from the figures in the manifest.
 */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { InferenceBackend } from "../../runtime/core/model.js";
import { type Manifest, parseManifest } from "../../runtime/inference/manifest.js";
import { createNativeBackend } from "../../runtime/io/inference/onnx-node.js";
import { calibrate } from "./calibrate.js";
import { cardOf } from "./climate-card.js";
import {
  evaluateFold,
  type Fold,
  type FoldOutcome,
  namedFigures,
  readFolds,
  readManifest,
} from "./climate-evaluation.js";
import { type FoldOptions, trainFold } from "./climate-fold.js";
import { FEATURES, WINDOW } from "./climate-recipe.js";
import { denseModel, INPUT_NAME, OPSET, OUTPUT_NAME } from "./dense-onnx.js";
import { loadMotes, MOTE_PACKAGE, type MoteSeries } from "./motes.js";
import { writeOnnx } from "./onnx-file.js";
import { QUANTISATION, quantise, tensorsToCalibrate } from "./quantise.js";

/** Fold "a" ships: fixed before training, because its motes stood indoors, where hubs live, and hold the longer event. */
export const SHIPPED = "a";
export const FOLDS = [
  { name: "a", trainedOn: [1, 2], heldOut: [3, 4] },
  { name: "b", trainedOn: [3, 4], heldOut: [1, 2] },
] as const;

const FULL: Omit<FoldOptions, "progress"> = { scenesPerMote: 80, epochs: 10, restarts: [11, 23] };

export async function run(argv: readonly string[], folder: string): Promise<void> {
  if (argv.includes("--card")) {
    const manifest = readManifest(folder);
    writeFileSync(join(folder, "README.md"), cardOf(manifest, readFolds(folder)));
    return;
  }
  const options = { ...FULL, ...quickOptions(argv), progress: (line: string) => console.log(`  ${line}`) };
  const { motes, sha256: dataSha256 } = loadMotes();
  const backend = await createNativeBackend();
  const draft = draftManifest(dataSha256);
  const folds: Fold[] = [];
  const outcomes: FoldOutcome[] = [];
  for (const plan of FOLDS) {
    console.log(`fold ${plan.name}: motes ${plan.trainedOn.join(" and ")}`);
    const fold = await makeFold(plan, motes, draft, options);
    folds.push(fold);
    const outcome = await evaluateFold(fold, motes, draft, backend);
    outcomes.push(outcome);
    console.log(
      `  held-out motes ${plan.heldOut.join(" and ")}: AUC ${outcome.int8.auc.toFixed(4)}, F1 ${outcome.int8.f1.toFixed(4)}`,
    );
  }
  await write(folder, draft, folds, namedFigures(outcomes, SHIPPED), backend);
  await backend.close();
}

/** `--quick`: a poor model in seconds, to try the pipeline itself. */
function quickOptions(argv: readonly string[]): Partial<FoldOptions> {
  return argv.includes("--quick") ? { scenesPerMote: 3, epochs: 2, restarts: [11] } : {};
}

async function makeFold(
  plan: (typeof FOLDS)[number],
  motes: ReadonlyMap<number, MoteSeries>,
  manifest: Manifest,
  options: FoldOptions,
): Promise<Fold> {
  const training = plan.trainedOn.flatMap((id) => motes.get(id) ?? []);
  const { layers, threshold, calibration } = trainFold(training, manifest, options);
  const model = denseModel(manifest.id, layers);
  const ranges = await calibrate(model, tensorsToCalibrate(model), calibration);
  return { ...plan, threshold, fp32: writeOnnx(model), int8: writeOnnx(quantise(model, ranges)) };
}

async function write(
  folder: string,
  draft: Manifest,
  folds: readonly Fold[],
  accuracy: Record<string, number>,
  backend: InferenceBackend,
): Promise<void> {
  const shipped = folds.find(({ name }) => name === SHIPPED);
  if (shipped === undefined) throw new RangeError(`there is no fold ${SHIPPED}`);
  // The file that ships must load where it will run.
  await (await backend.load(draft.id, shipped.int8)).close();
  const manifest = parseManifest({
    ...draft,
    bytes: shipped.int8.length,
    sha256: createHash("sha256").update(shipped.int8).digest("hex"),
    threshold: shipped.threshold,
    accuracy,
  });
  mkdirSync(join(folder, "evaluation"), { recursive: true });
  const listed = folds.map(({ int8, fp32, ...fold }) => {
    const names = {
      int8: fold.name === SHIPPED ? manifest.file : `evaluation/fold-${fold.name}.onnx`,
      fp32: `evaluation/fold-${fold.name}-fp32.onnx`,
    };
    writeFileSync(join(folder, names.int8), int8);
    writeFileSync(join(folder, names.fp32), fp32);
    return { ...fold, ...names };
  });
  writeFileSync(join(folder, "evaluation/folds.json"), `${JSON.stringify(listed, null, 2)}\n`);
  writeFileSync(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, "README.md"), cardOf(manifest, folds));
  console.log(`${folder}: ${manifest.bytes} bytes, sha256 ${manifest.sha256}`);
}

function draftManifest(dataSha256: string): Manifest {
  return parseManifest({
    schema: 1,
    id: "climate-anomaly",
    version: "1.0.0",
    title: "Sudden heat or steam at a temperature and humidity sensor",
    task: "anomaly",
    file: "model.onnx",
    bytes: 1,
    sha256: "0".repeat(64),
    opset: OPSET,
    input: { name: INPUT_NAME, dims: [FEATURES.length], dtype: "float32" },
    output: { name: OUTPUT_NAME, dims: [1], dtype: "float32" },
    window: WINDOW,
    features: FEATURES,
    postprocess: "none",
    threshold: 0.5,
    quantisation: { ...QUANTISATION, calibration: "lowest and highest value over every training window" },
    licence: "Apache-2.0",
    provenance: {
      data: `${MOTE_PACKAGE}, data/data.csv`,
      dataSha256,
      dataLicence: "ODC-BY-1.0 (database), CC-BY-4.0 (contents)",
      citation:
        "Suthaharan, S., M. Alzahrani, S. Rajasegarar, C. Leckie and M. Palaniswami. 2010. Labelled data collection for " +
        "anomaly detection in wireless sensor networks. ISSNIP 2010, Brisbane: IEEE.",
      trainedOn: "motes 1 and 2 (indoor), with synthetic events and weather laid over them",
      heldOut: "motes 3 and 4 (outdoor)",
      command: "npm run train -- climate-anomaly",
    },
    accuracy: {},
  });
}
