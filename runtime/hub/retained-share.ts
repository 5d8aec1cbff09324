/**
 * Which readings of other hubs' sensors the local broker retains. Pure, bounded: what others say, or make up, must not take the places
 * of this hub's own sensors, nor one hub those of the rest.
 */
import type { HubId } from "../core/ids.js";

/** Half of what the broker retains: the other half is for this hub's sensors and for applications. */
const TOPICS_MAX = 1_000;
/** Fifty sensors of five quantities. */
const TOPICS_OF_A_HUB_MAX = 250;
/** A topic heard of within this time keeps its place: newcomers do not push out what lives. As the page calls a sensor stale. Unit: ms. */
const FRESH_MS = 900_000;

interface Place {
  /** Unknown of what an earlier run left. */
  readonly hub: HubId | undefined;
  readonly heardMs: number;
}

export class RetainedShare {
  /** By topic; the one heard of longest ago first. */
  readonly #places = new Map<string, Place>();
  readonly #ofHubs = new Map<HubId, number>();

  /** @param topics retained by an earlier run: the first to go. */
  constructor(topics: Iterable<string> = []) {
    for (const topic of topics) this.#places.set(topic, { hub: undefined, heardMs: Number.NEGATIVE_INFINITY });
  }

  /** A place for what that hub says. @returns false when there is none; the topic that has lost its place, if one has. */
  take(hub: HubId, topic: string, nowMs: number): boolean | { readonly insteadOf: string } {
    const outcome = this.#places.has(topic) || this.#room(hub, nowMs);
    if (outcome === false) return false;
    this.release(topic);
    if (typeof outcome === "object") this.release(outcome.insteadOf);
    this.#places.set(topic, { hub, heardMs: nowMs });
    this.#ofHubs.set(hub, (this.#ofHubs.get(hub) ?? 0) + 1);
    return outcome;
  }

  /** It is one of this hub's own. */
  release(topic: string): void {
    const place = this.#places.get(topic);
    if (place === undefined) return;
    this.#places.delete(topic);
    if (place.hub === undefined) return;
    const left = (this.#ofHubs.get(place.hub) ?? 0) - 1;
    if (left > 0) this.#ofHubs.set(place.hub, left);
    else this.#ofHubs.delete(place.hub);
  }

  #room(hub: HubId, nowMs: number): boolean | { readonly insteadOf: string } {
    const isGreedy = (this.#ofHubs.get(hub) ?? 0) >= TOPICS_OF_A_HUB_MAX;
    if (!isGreedy && this.#places.size < TOPICS_MAX) return true;
    for (const [topic, place] of this.#places) {
      if (nowMs - place.heardMs < FRESH_MS) return false; // and so are all behind it
      if (!isGreedy || place.hub === hub) return { insteadOf: topic };
    }
    return false;
  }
}
