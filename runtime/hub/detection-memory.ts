/**
 * Keeps detections in the store, so that a restart does not make a hub forget them: its own, newest kept, and what others have told it, of
 * which whoever has most here loses its oldest.
 */
import { oldestOfGreatest } from "../core/bounded.js";
import type { Detection } from "../core/detection.js";
import { isHubId, isSensorId } from "../core/ids.js";
import type { Counters, Store, StoreOperation } from "../core/ports.js";
import { closed, type KnownDetection } from "./detections.js";

const OWN_PREFIX = "detection/";
const OWN_END = "detection0";
const OTHERS_PREFIX = "detection-of/";
const OTHERS_END = "detection-of0";
/** Of each kind: together as many as are shown. */
const KEPT_MAX = 100;
const RECORD_BYTES_MAX = 64 * 1024;

export class DetectionMemory {
  readonly #store: Store;
  readonly #counters: Counters;
  /** Keys on disk, oldest first. */
  readonly #own: string[] = [];
  readonly #others: string[] = [];

  constructor(store: Store, counters: Counters) {
    this.#store = store;
    this.#counters = counters;
  }

  /** This hub's own. @returns oldest first. One that was open when the hub stopped has ended: nobody watched it since. */
  async load(): Promise<Detection[]> {
    const loaded: Detection[] = [];
    for await (const [key, value] of this.#store.range(OWN_PREFIX, OWN_END, { limit: 2 * KEPT_MAX })) {
      this.#own.push(key);
      const detection = this.#parse(value);
      if (detection) loaded.push(closed(detection));
    }
    return loaded;
  }

  /** Others'. @returns oldest first. One that was open may go on: its hub watches it. */
  async loadOthers(): Promise<KnownDetection[]> {
    const loaded: KnownDetection[] = [];
    for await (const [key, value] of this.#store.range(OTHERS_PREFIX, OTHERS_END, { limit: 2 * KEPT_MAX })) {
      this.#others.push(key);
      const hub = hubOf(key);
      const detection = this.#parse(value);
      if (detection && isHubId(hub)) loaded.push({ hub, detection });
    }
    return loaded;
  }

  /** @returns when it survives a crash of the process; a power cut may take the newest. */
  async keep(detection: Detection): Promise<void> {
    const key = `${OWN_PREFIX}${nameOf(detection)}`;
    if (!this.#own.includes(key)) this.#own.push(key);
    const old = this.#own.splice(0, Math.max(0, this.#own.length - KEPT_MAX));
    await this.#store.write([put(key, detection), ...old.map(deletion)], { durable: false });
  }

  /** @returns what is to be written to keep it. */
  operationsOf({ hub, detection }: KnownDetection): StoreOperation[] {
    const key = `${OTHERS_PREFIX}${nameOf(detection)}/${hub}`;
    const old: string[] = [];
    if (!this.#others.includes(key)) {
      while (this.#others.length >= KEPT_MAX) {
        const oldest = oldestOfGreatest(this.#others, hubOf) ?? "";
        old.push(...this.#others.splice(this.#others.indexOf(oldest), 1));
      }
      this.#others.push(key);
    }
    return [put(key, detection), ...old.map(deletion)];
  }

  /** Our own record, but the disk may have damaged it. */
  #parse(bytes: Uint8Array): Detection | undefined {
    const detection = parse(bytes);
    if (detection === undefined) this.#counters.count("store.badDetection");
    return detection;
  }
}

function nameOf({ id, startedWallMs }: Detection): string {
  return `${String(startedWallMs).padStart(15, "0")}/${id}`;
}

/** It stands last: an id is its hub's own choice. */
function hubOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

function put(key: string, detection: Detection): StoreOperation {
  return { type: "put", key, value: new TextEncoder().encode(JSON.stringify(detection)) };
}

function deletion(key: string): StoreOperation {
  return { type: "delete", key };
}

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
