import { createNativeBackend } from "../../runtime/io/onnx-node.js";
import { describeInferenceBackendContract } from "../contract/inference-backend.js";

describeInferenceBackendContract("the native backend", createNativeBackend);
