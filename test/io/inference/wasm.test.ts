import { createWasmBackend } from "../../../runtime/io/inference/onnx-wasm.js";
import { describeInferenceBackendContract } from "../../contract/inference-backend.js";

describeInferenceBackendContract("the WebAssembly backend", createWasmBackend);
