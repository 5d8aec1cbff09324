/** What a hub can do, and how busy it is. Pure. */
import type { HubId } from "./ids.js";

export interface HubLoad {
  readonly hub: HubId;
  /** Requests waiting for the inference child. */
  readonly queueLength: number;
  readonly freeMemoryMiB: number;
  /** One-minute load average divided by the number of cores. */
  readonly cpuLoad: number;
  readonly sensors: number;
  readonly warmModels: readonly string[];
}

/** What a hub offers to the mesh; replaced as a whole, newest `version` wins. */
export interface HubAdvert {
  readonly hub: HubId;
  readonly version: number;
  readonly name: string;
  /** Topics its agents answer: "climate.value", … */
  readonly topics: readonly string[];
  readonly places: readonly string[];
  readonly sensorCount: number;
}
