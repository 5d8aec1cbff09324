/** The model card, models/climate-anomaly/README.md, written from the figures that training measured. */
import type { Manifest } from "../../runtime/inference/manifest.js";
import type { Fold } from "./climate-evaluation.js";

export function cardOf(manifest: Manifest, folds: readonly Fold[]): string {
  return `# ${manifest.id}\n${JSON.stringify(manifest.accuracy)}\n${folds.length}\n`;
}
