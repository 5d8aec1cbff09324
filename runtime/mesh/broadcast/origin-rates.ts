/** How often each origin may broadcast, the vital apart from the rest. Pure. Bounded by `originsMax`; the one heard of longest ago goes first. */
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";
import { type Bucket, take } from "./bucket.js";
import type { BroadcastSettings } from "./settings.js";

export class OriginRates {
  readonly #settings: BroadcastSettings;
  readonly #ordinary: LruMap<HubId, Bucket>;
  readonly #vital: LruMap<HubId, Bucket>;

  constructor(settings: BroadcastSettings) {
    this.#settings = settings;
    this.#ordinary = new LruMap(settings.originsMax);
    this.#vital = new LruMap(settings.originsMax);
  }

  /** @param vital what its judging costs, in ordinary broadcasts; 0: it is ordinary. */
  may(src: HubId, vital: number, nowMs: number): boolean {
    const { originRate, originBurst } = this.#settings;
    const buckets = vital > 0 ? this.#vital : this.#ordinary;
    const bucket = buckets.get(src) ?? { tokens: originBurst, atMs: nowMs };
    buckets.set(src, bucket);
    return take(bucket, originRate, originBurst, nowMs, Math.min(originBurst, Math.max(1, vital)));
  }
}
