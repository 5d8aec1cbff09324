/**
 * The climate anomaly model's window, features and network: chosen before any held-out mote was scored.
 * Scales are the size at which a change stops being everyday: half a degree, one percent of relative humidity.
 */
import type { FeatureRecipe, Manifest } from "../../runtime/inference/manifest.js";

/** Half an hour of samples: long enough that the longest labelled event (10 min) does not become the median. */
const LENGTH = 360;

export const WINDOW: Manifest["window"] = {
  quantities: ["temperature", "humidity"],
  periodMs: 5000,
  length: LENGTH,
  /** One minute: before that there is no baseline worth the name. */
  lengthMin: 12,
  gapMaxMs: 60_000,
  limits: [
    [-60, 150],
    [0, 105],
  ],
};

const recipe = (
  quantity: FeatureRecipe["quantity"],
  kind: FeatureRecipe["kind"],
  span: number,
  scale: number,
): FeatureRecipe => ({ quantity, kind, span, scale });

const featuresOf = (quantity: FeatureRecipe["quantity"], scale: number): FeatureRecipe[] => [
  recipe(quantity, "deviation", LENGTH, scale),
  recipe(quantity, "deviation", 120, scale),
  recipe(quantity, "deviation", 24, scale / 2),
  recipe(quantity, "change", 1, scale / 4),
  recipe(quantity, "change", 4, scale / 2),
  recipe(quantity, "change", 24, scale),
  recipe(quantity, "change", 120, scale),
  recipe(quantity, "range", 8, scale / 2),
  recipe(quantity, "range", 48, scale),
  recipe(quantity, "range", LENGTH, scale * 2),
  recipe(quantity, "jump", 24, scale / 2),
  recipe(quantity, "jump", 150, scale / 2),
  recipe(quantity, "spread", LENGTH, scale / 2),
  recipe(quantity, "surprise", LENGTH, scale / 50),
];

export const FEATURES: readonly FeatureRecipe[] = [
  ...featuresOf("temperature", 0.5),
  ...featuresOf("humidity", 1),
  recipe("temperature", "fill", LENGTH, 0.3),
];

export const HIDDEN: readonly number[] = [16, 8];
