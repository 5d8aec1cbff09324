/** The doors to the other rooms. Imported on demand: most commands need neither the hub nor its libraries. */
import type { HubTools, StartHub } from "./hub-tools-port.js";
import { keepYoungHeapSmall } from "./young-heap.js";

/** A process that loads it is a hub from here on. */
export async function loadStartHub(): Promise<StartHub> {
  keepYoungHeapSmall();
  return (await import("../hub.js")).startHub;
}

export async function loadTools(): Promise<HubTools> {
  return await import("../hub-tools.js");
}
