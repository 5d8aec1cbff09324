/**
 * The inference child's main: loads the models that the hub names, answers batches, and ends when the hub does.
 * It lives apart so that a native crash, a leak or a hang in a model never takes the hub down.
 */
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { MindosError, messageOf } from "../../core/errors.js";
import type { InferenceBackend, LoadedModel } from "../../core/model.js";
import type { FromChild, LoadProblem, ModelToLoad, ToChild } from "./messages.js";

const models = new Map<string, LoadedModel>();

function tell(message: FromChild): void {
  process.send?.(message);
}

process.title = "mindos-inference";
// The hub decides when this ends; Ctrl-C and a service stop reach both, and the hub closes the channel.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
process.on("disconnect", () => process.exit(0));
process.on("message", (message: ToChild) => {
  if (message.type === "start") void start(message);
  else void answer(message);
});
offerToOutOfMemoryKiller();

async function start({ backend: choice, models: wanted }: ToChild & { type: "start" }): Promise<void> {
  try {
    const backend = await openBackend(choice);
    const problems: LoadProblem[] = [];
    for (const model of wanted) {
      try {
        models.set(model.id, await loadModel(backend, model));
      } catch (error) {
        problems.push({ model: model.id, ...problemOf(error) });
      }
    }
    const [first] = problems;
    if (first !== undefined && models.size === 0) tell({ type: "unable", code: first.code, message: first.message });
    else tell({ type: "ready", backend: backend.name, models: [...models.keys()], problems });
  } catch (error) {
    tell({ type: "unable", ...problemOf(error) });
  }
}

async function openBackend(choice: "auto" | "native" | "wasm"): Promise<InferenceBackend> {
  if (choice !== "wasm") {
    try {
      return await (await import("./onnx-node.js")).createNativeBackend();
    } catch (error) {
      if (choice === "native") throw error;
    }
  }
  return (await import("./onnx-wasm.js")).createWasmBackend();
}

async function loadModel(backend: InferenceBackend, model: ModelToLoad): Promise<LoadedModel> {
  const bytes = await readModel(model);
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (hash !== model.sha256)
    throw new MindosError("MODEL_INVALID", `${model.path} is not the file that its manifest names: SHA-256 ${hash}.`);
  return backend.load(model.id, bytes);
}

async function readModel({ path, bytes }: ModelToLoad): Promise<Uint8Array> {
  try {
    const found = await stat(path);
    if (found.size !== bytes)
      throw new MindosError("MODEL_INVALID", `${path} has ${found.size} bytes; its manifest says ${bytes}.`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof MindosError) throw cause;
    throw new MindosError("MODEL_MISSING", `The model file ${path} cannot be read: ${messageOf(cause)}.`, { cause });
  }
}

async function answer({ batch, model: id, data, rows }: ToChild & { type: "batch" }): Promise<void> {
  try {
    const model = models.get(id);
    if (model === undefined) throw new MindosError("MODEL_MISSING", `The model ${id} is not loaded.`);
    const output = await model.run(data, rows);
    tell({ type: "result", batch, output });
  } catch (error) {
    tell({ type: "failure", batch, message: messageOf(error) });
  }
}

function problemOf(error: unknown): { readonly code: LoadProblem["code"]; readonly message: string } {
  return { code: error instanceof MindosError ? error.code : "INTERNAL", message: messageOf(error) };
}

/** When memory runs out, Linux takes this process before the hub. Elsewhere there is no such file. */
function offerToOutOfMemoryKiller(): void {
  try {
    writeFileSync("/proc/self/oom_score_adj", "800");
  } catch {
    // Not Linux, or not allowed: the kernel chooses by itself.
  }
}
