/** Models on ONNX Runtime's WebAssembly build: any platform whose Node has SIMD, at about three times the memory. */
import { MindosError, messageOf } from "../../core/errors.js";
import type { InferenceBackend, LoadedModel } from "../../core/model.js";
import { loadSession, type OrtModule } from "./session.js";

/** @throws MindosError RUNTIME_UNAVAILABLE when the package does not load. */
export async function createWasmBackend(): Promise<InferenceBackend> {
  const ort = await importWasm();
  // One thread: worker threads would each take a Node heap of their own.
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const open = new Set<LoadedModel>();
  return {
    name: `onnxruntime-web ${ort.env.versions.web ?? ort.env.versions.common}`,
    async load(modelId, bytes) {
      const model = await loadSession(ort, modelId, bytes, {
        executionProviders: ["wasm"],
        executionMode: "sequential",
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

type WasmModule = OrtModule & {
  readonly env: {
    logLevel?: "verbose" | "info" | "warning" | "error" | "fatal";
    readonly wasm: { numThreads?: number };
    readonly versions: Partial<Record<string, string>>;
  };
};

async function importWasm(): Promise<WasmModule> {
  try {
    return await import("onnxruntime-web");
  } catch (cause) {
    const message = `onnxruntime-web does not load: ${messageOf(cause).split("\n")[0]}`;
    throw new MindosError("RUNTIME_UNAVAILABLE", message, { cause });
  }
}
