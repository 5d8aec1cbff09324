/** Models on the native ONNX Runtime: x64 and arm64, on one thread, with as little memory as it allows. */
import { MindosError, messageOf } from "../../core/errors.js";
import type { InferenceBackend, LoadedModel } from "../../core/model.js";
import { loadSession, type OrtModule } from "./session.js";

/** @throws MindosError RUNTIME_UNAVAILABLE where the package has no binary, or it does not load. */
export async function createNativeBackend(): Promise<InferenceBackend> {
  const ort = await importNative();
  const open = new Set<LoadedModel>();
  return {
    name: `onnxruntime-node ${ort.env.versions.node ?? ort.env.versions.common}`,
    async load(modelId, bytes) {
      const model = await loadSession(ort, modelId, bytes, {
        executionProviders: ["cpu"],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        executionMode: "sequential",
        // The arena and the memory pattern keep for the next run what the last one needed: small models need neither.
        enableCpuMemArena: false,
        enableMemPattern: false,
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
      });
      open.add(model);
      return model;
    },
    async close() {
      await Promise.all([...open].map((model) => model.close()));
      open.clear();
    },
  };
}

async function importNative(): Promise<
  OrtModule & { readonly env: { readonly versions: Partial<Record<string, string>> } }
> {
  try {
    // Before the library is loaded: it reports to its maker otherwise.
    process.env["ORT_DISABLE_TELEMETRY"] = "1";
    const module = await import("onnxruntime-node");
    return module.default ?? module;
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`;
    const message = `onnxruntime-node does not load on ${platform}: ${messageOf(cause).split("\n")[0]}`;
    throw new MindosError("RUNTIME_UNAVAILABLE", message, { cause });
  }
}
