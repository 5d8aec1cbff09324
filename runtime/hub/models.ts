/** The models that ship: their manifests, and a window over each sensor's readings for every one of them. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MindosError, messageOf } from "../core/errors.js";
import { type Manifest, parseManifest } from "../inference/manifest.js";

const MODELS_MAX = 32;
const MANIFEST_BYTES_MAX = 256 * 1024;

export interface FoundModels {
  readonly manifests: readonly Manifest[];
  /** One for each folder that could not be used. */
  readonly problems: readonly MindosError[];
}

/** A model that cannot be used is a problem to tell of; the others go on. */
export async function findModels(modelsDir: string, modelBytesMax = Number.POSITIVE_INFINITY): Promise<FoundModels> {
  const manifests: Manifest[] = [];
  const problems: MindosError[] = [];
  const names = await readdir(modelsDir).catch(() => []);
  if (names.length === 0) problems.push(new MindosError("MODEL_MISSING", `there are no models in ${modelsDir}`));
  for (const name of names.sort().slice(0, MODELS_MAX)) {
    try {
      const manifest = await readManifest(join(modelsDir, name, "manifest.json"));
      if (manifest.bytes > modelBytesMax) {
        throw new MindosError(
          "MODEL_TOO_LARGE",
          `${name} has ${manifest.bytes} bytes; ${modelBytesMax} is the most here`,
        );
      }
      manifests.push(manifest);
    } catch (error) {
      problems.push(
        error instanceof MindosError ? error : new MindosError("MODEL_INVALID", `${name}: ${messageOf(error)}`),
      );
    }
  }
  return { manifests, problems };
}

async function readManifest(path: string): Promise<Manifest> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new MindosError("MODEL_MISSING", `${path} cannot be read`, { cause });
  }
  if (text.length > MANIFEST_BYTES_MAX)
    throw new MindosError("MODEL_INVALID", `${path} is larger than ${MANIFEST_BYTES_MAX} bytes`);
  try {
    return parseManifest(JSON.parse(text));
  } catch (error) {
    if (error instanceof MindosError) throw error;
    throw new MindosError("MODEL_INVALID", `${path} is not JSON: ${messageOf(error)}`, { cause: error });
  }
}
