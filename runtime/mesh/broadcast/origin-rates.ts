/** How often each origin may broadcast. Pure. Bounded by `originsMax`; the one heard of longest ago goes first. */
import type { HubId } from "../../core/ids.js";
import { type Bucket, take } from "./bucket.js";
import type { BroadcastSettings } from "./settings.js";

export class OriginRates {
  readonly #settings: BroadcastSettings;
  readonly #origins = new Map<HubId, Bucket>();

  constructor(settings: BroadcastSettings) {
    this.#settings = settings;
  }

  may(src: HubId, nowMs: number): boolean {
    const { originRate, originBurst, originsMax } = this.#settings;
    const bucket = this.#origins.get(src) ?? { tokens: originBurst, atMs: nowMs };
    // The youngest goes to the end, so that the one heard of longest ago is first.
    this.#origins.delete(src);
    this.#origins.set(src, bucket);
    if (this.#origins.size > originsMax) {
      for (const oldest of this.#origins.keys()) {
        this.#origins.delete(oldest);
        break;
      }
    }
    return take(bucket, originRate, originBurst, nowMs);
  }
}
