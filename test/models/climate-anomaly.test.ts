import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { InferenceBackend } from "../../runtime/core/model.js";
import { createNativeBackend } from "../../runtime/io/inference/onnx-node.js";
import { createWasmBackend } from "../../runtime/io/inference/onnx-wasm.js";
import { FOLDS, SHIPPED } from "../../tools/train/climate-anomaly.js";
import { cardOf } from "../../tools/train/climate-card.js";
import { evaluateFold, namedFigures, readFolds, readManifest } from "../../tools/train/climate-evaluation.js";
import { FEATURES, WINDOW } from "../../tools/train/climate-recipe.js";
import { loadMotes, sliceSeries } from "../../tools/train/motes.js";
import { integer, readOnnx } from "../../tools/train/onnx-file.js";
import { DATA_TYPE } from "../../tools/train/onnx-schema.js";
import { windowsOf } from "../../tools/train/scoring.js";

const folder = join(import.meta.dirname, "../../models/climate-anomaly");
const bytes = readFileSync(join(folder, "model.onnx"));
const manifest = readManifest(folder);
let native: InferenceBackend;

beforeAll(async () => {
  native = await createNativeBackend();
});
afterAll(() => native.close());

test("the manifest names the file beside it, byte for byte", () => {
  expect(manifest.id).toBe("climate-anomaly");
  expect(manifest.bytes).toBe(bytes.length);
  expect(manifest.sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
});

test("the manifest holds the recipe and the data that training would use now", () => {
  expect(manifest.features).toEqual(FEATURES);
  expect(manifest.window).toEqual(WINDOW);
  expect(manifest.provenance.dataSha256).toBe(loadMotes().sha256);
});

test("the card is the one that these figures make", () => {
  expect(readFileSync(join(folder, "README.md"), "utf8")).toBe(cardOf(manifest, readFolds(folder)));
});

test("the model's weights are int8, and no layer is left in fp32", () => {
  const { graph, opsetImport } = readOnnx(bytes);
  expect(integer(opsetImport[0]?.version ?? 0)).toBe(manifest.opset);
  const matrices = graph.initializer.filter(({ dims }) => dims.length === 2);
  expect(matrices.map(({ dataType }) => dataType)).toEqual([DATA_TYPE.int8, DATA_TYPE.int8, DATA_TYPE.int8]);
  const dense = graph.node.filter(({ opType }) => opType === "Gemm");
  for (const { input } of dense) for (const name of input) expect(name).toMatch(/_back$/);
});

test("no fold is scored on a mote that it learnt from, and the one that ships is marked", () => {
  for (const fold of FOLDS) {
    expect(fold.trainedOn.filter((id) => (fold.heldOut as readonly number[]).includes(id))).toEqual([]);
  }
  const folds = readFolds(folder);
  expect(folds.map(({ name, trainedOn, heldOut }) => ({ name, trainedOn, heldOut }))).toEqual(FOLDS);
  const shipped = folds.find(({ name }) => name === SHIPPED);
  expect(shipped?.int8).toEqual(bytes);
  expect(shipped?.threshold).toBe(manifest.threshold);
});

test("scored again, both folds give the figures of the manifest, and these hold their bounds", async () => {
  const { motes } = loadMotes();
  const outcomes = [];
  for (const fold of readFolds(folder)) outcomes.push(await evaluateFold(fold, motes, manifest, native));
  const figures = namedFigures(outcomes, SHIPPED);
  for (const [name, value] of Object.entries(manifest.accuracy)) expect(figures[name], name).toBeCloseTo(value, 3);
  expect(Object.keys(figures)).toEqual(Object.keys(manifest.accuracy));
  for (const fold of ["", "OtherFold"]) {
    expect(figures[`auc${fold}`]).toBeGreaterThanOrEqual(0.99);
    expect(figures[`f1${fold}`]).toBeGreaterThanOrEqual(0.85);
    expect(Math.abs((figures[`auc${fold}`] ?? 0) - (figures[`aucFp32${fold}`] ?? 1))).toBeLessThanOrEqual(0.005);
    expect(Math.abs((figures[`f1${fold}`] ?? 0) - (figures[`f1Fp32${fold}`] ?? 1))).toBeLessThanOrEqual(0.005);
    expect(figures[`f1${fold}`]).toBeGreaterThan(figures[`f1ZScore${fold}`] ?? 1);
    expect(figures[`eventsFound${fold}`]).toBe(1);
  }
}, 30_000);

test("the native and the WebAssembly runtime agree on it", async () => {
  const mote = loadMotes().motes.get(4);
  if (mote === undefined) throw new Error("there is no mote 4");
  const { inputs, rows } = windowsOf(sliceSeries(mote, 2000, 2500), manifest);
  const wasm = await createWasmBackend();
  const [one, other] = await Promise.all([native.load("native", bytes), wasm.load("wasm", bytes)]);
  const [left, right] = await Promise.all([one.run(inputs, rows.length), other.run(inputs, rows.length)]);
  const apart = left.map((value, at) => Math.abs(value - (right[at] ?? Number.NaN)));
  expect(Math.max(...apart)).toBeLessThanOrEqual(0.02);
  expect(Math.max(...left)).toBeGreaterThan(0.9);
  expect(Math.min(...left)).toBeLessThan(0.1);
  await wasm.close();
});
