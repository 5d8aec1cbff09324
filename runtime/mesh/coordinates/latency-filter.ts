/**
 * Median of the last three round trips to each hub, as serf's latency filter: one late answer does not move a coordinate.
 * Pure. Bounded by the neighbours: `forget` belongs to every link that ends.
 */
import type { HubId } from "../../core/ids.js";

interface Samples {
  newest: number;
  middle: number;
  oldest: number;
}

export class LatencyFilter {
  #samples: Map<HubId, Samples> | undefined;

  /** @returns the median of the last three, of as many as there are: of two, the lower. Unit: ms. */
  push(hub: HubId, rttMs: number): number {
    this.#samples ??= new Map();
    const samples = this.#samples.get(hub);
    if (samples === undefined) {
      this.#samples.set(hub, { newest: rttMs, middle: Number.NaN, oldest: Number.NaN });
      return rttMs;
    }
    samples.oldest = samples.middle;
    samples.middle = samples.newest;
    samples.newest = rttMs;
    return median(samples);
  }

  forget(hub: HubId): void {
    this.#samples?.delete(hub);
  }

  get size(): number {
    return this.#samples?.size ?? 0;
  }
}

function median({ newest, middle, oldest }: Samples): number {
  if (Number.isNaN(oldest)) return Math.min(newest, middle);
  return Math.max(Math.min(newest, middle), Math.min(Math.max(newest, middle), oldest));
}
