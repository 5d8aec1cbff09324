/** What this hub says of its own load: machine and models. */
import type { LoadBody } from "../core/messages.js";
import { readSystemLoad } from "../io/system-load.js";
import type { Inference } from "./inference.js";

export function readOwnLoad(inference: Pick<Inference, "status" | "usable">): Omit<LoadBody, "neighbours" | "sensors"> {
  const { freeMemoryMiB, cpuLoad } = readSystemLoad();
  return {
    queueLength: inference.status().queueLength,
    freeMemoryMiB: Math.round(freeMemoryMiB),
    cpuLoad: Math.round(cpuLoad * 100) / 100,
    warmModels: inference.usable(),
  };
}
