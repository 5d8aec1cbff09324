/** Places of others that this hub keeps. Pure; at most `placesMax`: a full table refuses newcomers, since whom it has it knows to be real. */
import type { HubId } from "../../core/ids.js";
import type { Place } from "../../core/messages-directory.js";
import { isNewer } from "./authority.js";

export interface Holding {
  place: Place;
  /** Of the copy: which of the highest regions. */
  rank: number;
  untilMs: number;
}

export class Holdings {
  #byHub: Map<HubId, Holding> | undefined;

  constructor(readonly placesMax: number) {}

  get size(): number {
    return this.#byHub?.size ?? 0;
  }

  /** @returns undefined for what has run out. */
  get(hub: HubId, nowMs: number): Holding | undefined {
    const holding = this.#byHub?.get(hub);
    return holding !== undefined && holding.untilMs > nowMs ? holding : undefined;
  }

  /** @returns "stale" for what is older than what is known, "full" for what there is no room for. */
  put(hub: HubId, place: Place, rank: number, nowMs: number): "kept" | "stale" | "full" {
    this.#byHub ??= new Map();
    const untilMs = nowMs + place.lifetimeS * 1000;
    const known = this.#byHub.get(hub);
    if (known !== undefined) {
      if (known.untilMs > nowMs && isNewer(known.place, place)) return "stale";
      known.place = place;
      known.rank = rank;
      known.untilMs = untilMs;
      return "kept";
    }
    if (this.#byHub.size >= this.placesMax) this.sweep(nowMs);
    if (this.#byHub.size >= this.placesMax) return "full";
    this.#byHub.set(hub, { place, rank, untilMs });
    return "kept";
  }

  entries(): Iterable<readonly [HubId, Holding]> {
    return this.#byHub ?? [];
  }

  sweep(nowMs: number): void {
    for (const [hub, holding] of this.#byHub ?? []) if (holding.untilMs <= nowMs) this.#byHub?.delete(hub);
    if (this.#byHub?.size === 0) this.#byHub = undefined;
  }
}
