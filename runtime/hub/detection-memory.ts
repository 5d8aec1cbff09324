/** Keeps this hub's own detections in the store, so that a restart does not make it forget. Bounded, newest kept. */
import type { Detection } from "../core/detection.js";
import { isSensorId } from "../core/ids.js";
import type { Counters, Store, StoreOperation } from "../core/ports.js";
import { closed } from "./detections.js";

const PREFIX = "detection/";
const PREFIX_END = "detection0";
const KEPT_MAX = 100;
const RECORD_BYTES_MAX = 16 * 1024;

export class DetectionMemory {
  readonly #store: Store;
  readonly #counters: Counters;
  /** Keys on disk, oldest first. */
  #keys: string[] = [];

  constructor(store: Store, counters: Counters) {
    this.#store = store;
    this.#counters = counters;
  }

  /** @returns oldest first. One that was open when the hub stopped has ended: nobody watched it since. */
  async load(): Promise<Detection[]> {
    const loaded: Detection[] = [];
    for await (const [key, value] of this.#store.range(PREFIX, PREFIX_END, { limit: 2 * KEPT_MAX })) {
      this.#keys.push(key);
      const detection = parse(value);
      if (detection) loaded.push(closed(detection));
      else this.#counters.count("store.badDetection");
    }
    return loaded;
  }

  /** @returns when it survives a crash of the process; a power cut may take the newest. */
  async keep(detection: Detection): Promise<void> {
    const key = `${PREFIX}${String(detection.startedWallMs).padStart(15, "0")}/${detection.id}`;
    const value = new TextEncoder().encode(JSON.stringify(detection));
    const operations: StoreOperation[] = [{ type: "put", key, value }];
    if (!this.#keys.includes(key)) this.#keys.push(key);
    for (const old of this.#keys.splice(0, Math.max(0, this.#keys.length - KEPT_MAX))) {
      operations.push({ type: "delete", key: old });
    }
    await this.#store.write(operations, { durable: false });
  }
}

/** Our own record, but the disk may have damaged it. */
function parse(bytes: Uint8Array): Detection | undefined {
  if (bytes.length > RECORD_BYTES_MAX) return undefined;
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Detection> | null;
    const isWhole =
      typeof value?.id === "string" &&
      typeof value.sensor === "string" &&
      isSensorId(value.sensor) &&
      typeof value.startedWallMs === "number" &&
      typeof value.summary === "string" &&
      typeof value.score === "number" &&
      Array.isArray(value.evidence);
    return isWhole ? (value as Detection) : undefined;
  } catch {
    return undefined;
  }
}
