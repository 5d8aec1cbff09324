/** Where the files that ship beside the bundle are: the page, the models, the inference child. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Assets {
  readonly pageDir: string;
  readonly modelsDir: string;
  readonly inferenceChild: string;
}

/** The bundles lie in dist/ or dist/chunks/, the sources in runtime/: the root is the folder above that has models/. */
export function findAssets(from = dirname(fileURLToPath(import.meta.url))): Assets {
  let root = from;
  for (let up = 0; up < 4 && !existsSync(join(root, "models")); up++) root = dirname(root);
  return {
    pageDir: join(root, "dist/page"),
    modelsDir: join(root, "models"),
    inferenceChild: join(root, "dist/inference.mjs"),
  };
}
