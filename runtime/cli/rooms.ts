/** The doors to the other rooms. Imported on demand: most commands need neither the hub nor its libraries. */
import type { HubTools, StartHub } from "./hub-tools-port.js";

export async function loadStartHub(): Promise<StartHub> {
  return (await import("../hub.js")).startHub;
}

export async function loadTools(): Promise<HubTools> {
  return await import("../hub-tools.js");
}
