/**
 * What a model's folder says of it: `models/<id>/manifest.json`, checked before anything is loaded. Pure.
 * The feature recipe is data, so that training, replay and the hub compute the same inputs from the same lines.
 */
import * as v from "valibot";
import { MindosError } from "../core/errors.js";
import { isQuantity, type Quantity } from "../core/quantity.js";

/** Larger files are refused before they are read: a hub with 512 MB holds its models in one child of about 110 MB. */
export const MODEL_BYTES_MAX = 64 * 1024 * 1024;
export const WINDOW_LENGTH_MAX = 4096;
export const FEATURES_MAX = 256;
const ELEMENTS_MAX = 1 << 20;
const TEXT_MAX = 2000;

const text = v.pipe(v.string(), v.minLength(1), v.maxLength(TEXT_MAX));
const finite = v.pipe(v.number(), v.finite());
const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "is not a SHA-256 in lower-case hex"));
const quantity = v.custom<Quantity>((value) => typeof value === "string" && isQuantity(value), "is no known quantity");

const tensor = v.strictObject({
  name: text,
  /** Without the batch, which always comes first. */
  dims: v.pipe(v.array(whole(1, ELEMENTS_MAX)), v.minLength(1), v.maxLength(4)),
  dtype: v.literal("float32"),
});

const feature = v.strictObject({
  quantity,
  kind: v.picklist(["deviation", "spread", "change", "range", "jump", "surprise", "fill"]),
  /** Samples looked back on; fewer while the window fills. */
  span: whole(1, WINDOW_LENGTH_MAX),
  /** The input is asinh(raw / scale): about linear below `scale`, logarithmic above, so that int8 keeps both ends.
   *  For "surprise", which has no unit, it is the noise that even the best sensor is taken to have. */
  scale: v.pipe(finite, v.minValue(1e-6)),
});

const window = v.strictObject({
  quantities: v.pipe(v.array(quantity), v.minLength(1), v.maxLength(8)),
  /** One sample per period; what comes sooner is held back. Unit: ms. */
  periodMs: whole(100, 86_400_000),
  /** Samples kept per sensor. */
  length: whole(2, WINDOW_LENGTH_MAX),
  /** No prediction until this many samples are there. */
  lengthMin: whole(1, WINDOW_LENGTH_MAX),
  /** A shorter gap is bridged by straight lines; a longer one starts the window anew. Unit: ms. */
  gapMaxMs: whole(100, 86_400_000),
  /** Values outside are refused: [quantity's lowest, highest], in its unit, in the order of `quantities`. */
  limits: v.pipe(v.array(v.strictTuple([finite, finite])), v.minLength(1), v.maxLength(8)),
});

const provenance = v.strictObject({
  data: text,
  dataSha256: sha256,
  dataLicence: text,
  citation: text,
  trainedOn: text,
  heldOut: text,
  command: text,
});

const shape = v.strictObject({
  schema: v.literal(1),
  id: v.pipe(v.string(), v.maxLength(64), v.regex(/^[a-z][a-z0-9-]*$/, "is not kebab-case")),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+$/, "is not a version like 1.0.0")),
  title: text,
  task: v.literal("anomaly"),
  /** Relative to the manifest; a plain name, so that it cannot lead elsewhere. */
  file: v.pipe(v.string(), v.maxLength(64), v.regex(/^[a-z0-9][a-z0-9._-]*\.onnx$/, "is not a plain .onnx file name")),
  bytes: whole(1, MODEL_BYTES_MAX),
  sha256,
  opset: whole(13, 30),
  input: tensor,
  output: tensor,
  window,
  features: v.pipe(v.array(feature), v.minLength(1), v.maxLength(FEATURES_MAX)),
  postprocess: v.picklist(["none", "sigmoid"]),
  /** An output at or above it counts. */
  threshold: share,
  quantisation: v.strictObject({
    weights: text,
    activations: text,
    calibration: text,
  }),
  licence: text,
  provenance,
  /** Measured figures by name, as `npm run bench -- anomaly` prints them. */
  accuracy: v.record(v.pipe(v.string(), v.maxLength(64)), finite),
});

export type Manifest = Readonly<v.InferOutput<typeof shape>>;
export type FeatureRecipe = Manifest["features"][number];

/** @throws MindosError MODEL_INVALID, naming the first field that is wrong. */
export function parseManifest(value: unknown): Manifest {
  const result = v.safeParse(shape, value);
  if (!result.success) {
    const issue = result.issues[0];
    throw invalid(`${v.getDotPath(issue) ?? "manifest"}: ${issue.message}`);
  }
  const manifest = result.output;
  checkWindow(manifest);
  checkFeatures(manifest);
  return Object.freeze(manifest);
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

function checkWindow({ window: { quantities, limits, length, lengthMin, periodMs, gapMaxMs } }: Manifest): void {
  if (new Set(quantities).size !== quantities.length) throw invalid("window.quantities: names a quantity twice");
  if (limits.length !== quantities.length) throw invalid("window.limits: one pair per quantity is needed");
  if (limits.some(([low, high]) => low >= high)) throw invalid("window.limits: a lowest is not below its highest");
  if (lengthMin > length) throw invalid("window.lengthMin: is above window.length");
  if (gapMaxMs < periodMs) throw invalid("window.gapMaxMs: is below window.periodMs");
  if (gapMaxMs > periodMs * length) throw invalid("window.gapMaxMs: bridges more than the whole window");
}

function checkFeatures({ features, input, output, window: { quantities, length } }: Manifest): void {
  for (const [at, recipe] of features.entries()) {
    if (!quantities.includes(recipe.quantity)) throw invalid(`features.${at}.quantity: is not in window.quantities`);
    if (recipe.span > length) throw invalid(`features.${at}.span: is above window.length`);
  }
  if (elementCount(input.dims) !== features.length) throw invalid("input.dims: do not hold the features exactly");
  if (elementCount(output.dims) > ELEMENTS_MAX) throw invalid("output.dims: too large");
}

function invalid(message: string): MindosError {
  return new MindosError("MODEL_INVALID", `The model's manifest is wrong at ${message}.`);
}
