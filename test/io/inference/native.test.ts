import { createNativeBackend } from "../../../runtime/io/inference/onnx-node.js";
import { describeInferenceBackendContract } from "../../contract/inference-backend.js";

describeInferenceBackendContract("the native backend", createNativeBackend);
