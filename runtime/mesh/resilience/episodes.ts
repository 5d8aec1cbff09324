/**
 * Who vanishes together: the last episodes of loss, and how far two hubs' losses coincide (Jaccard over episodes that fade
 * with age). Pure. Bounded: 16 episodes of at most 256 hubs; the oldest episode goes first, hubs beyond the bound are not noted.
 */
import type { HubId } from "../../core/ids.js";
import type { ResilienceSettings } from "./settings.js";

/** One bit each in a hub's mask. */
export const EPISODES_MAX = 16;
/** Twice what a hub knows of: its cell of up to 64 and its neighbours. */
export const EPISODE_HUBS_MAX = 256;
/** From so many on it was no coincidence. */
const CUT_MIN = 3;
/** A cut says more than a restart: two restarts of either, one by one, do not undo it. */
const CUT_WEIGHT = 3;

export interface Episode {
  readonly beganMs: number;
  readonly hubs: readonly HubId[];
}

interface Slot {
  beganMs: number;
  lastMs: number;
  readonly hubs: HubId[];
}

export class Episodes {
  readonly #settings: ResilienceSettings;
  readonly #slots: (Slot | undefined)[] = [];
  #masks: Map<HubId, number> | undefined;
  #current = -1;

  constructor(settings: ResilienceSettings) {
    this.#settings = settings;
  }

  /** @returns false when it was noted already in the episode that goes on, or cannot be. */
  vanished(hub: HubId, nowMs: number): boolean {
    const slot = this.#open(nowMs);
    const mask = this.#masks?.get(hub) ?? 0;
    const bit = 1 << this.#current;
    if ((mask & bit) !== 0 || slot.hubs.length >= EPISODE_HUBS_MAX) return false;
    slot.lastMs = nowMs;
    slot.hubs.push(hub);
    this.#masks ??= new Map();
    this.#masks.set(hub, mask | bit);
    return true;
  }

  /** It was back at once: what was noted in the episode that goes on was no loss. */
  retract(hub: HubId): void {
    const slot = this.#slots[this.#current];
    const at = slot?.hubs.indexOf(hub) ?? -1;
    if (slot === undefined || at < 0) return;
    slot.hubs.splice(at, 1);
    this.#clear(hub, this.#current);
  }

  /** 0 … 1. O(episodes). */
  similarity(a: HubId, b: HubId, nowMs: number): number {
    const maskA = this.#masks?.get(a) ?? 0;
    const maskB = this.#masks?.get(b) ?? 0;
    if ((maskA & maskB) === 0) return 0;
    let both = 0;
    let either = 0;
    for (let i = 0; i < this.#slots.length; i++) {
      const bit = 1 << i;
      const together = (maskA & maskB & bit) !== 0;
      // While an episode goes on, the one that still stands may be about to fall.
      if (((maskA | maskB) & bit) === 0 || (!together && this.#goesOn(i, nowMs))) continue;
      const weight = this.#weight(i, nowMs);
      either += weight;
      if (together) both += weight;
    }
    return either === 0 ? 0 : both / either;
  }

  /** How much this hub was part of cuts: the weights of the episodes of three or more that took it. */
  exposure(hub: HubId, nowMs: number): number {
    const mask = this.#masks?.get(hub) ?? 0;
    if (mask === 0) return 0;
    let sum = 0;
    for (let i = 0; i < this.#slots.length; i++) {
      if ((mask & (1 << i)) !== 0 && (this.#slots[i]?.hubs.length ?? 0) >= CUT_MIN) sum += this.#weight(i, nowMs);
    }
    return sum;
  }

  list(): Episode[] {
    return this.#slots.flatMap((slot) => (slot === undefined ? [] : [{ beganMs: slot.beganMs, hubs: slot.hubs }]));
  }

  /** Takes over what an earlier run noted. */
  restore(episodes: readonly Episode[]): void {
    for (const { beganMs, hubs } of episodes.slice(-EPISODES_MAX)) {
      this.#begin(beganMs);
      for (const hub of hubs.slice(0, EPISODE_HUBS_MAX)) this.vanished(hub, beganMs);
    }
    this.#current = -1;
  }

  #open(nowMs: number): Slot {
    const slot = this.#slots[this.#current];
    return slot !== undefined && this.#goesOn(this.#current, nowMs) ? slot : this.#begin(nowMs);
  }

  #goesOn(at: number, nowMs: number): boolean {
    const slot = this.#slots[at];
    if (at !== this.#current || slot === undefined) return false;
    const { episodeGapMs, episodeMaxMs } = this.#settings;
    return nowMs <= slot.lastMs + episodeGapMs && nowMs <= slot.beganMs + episodeMaxMs;
  }

  #begin(nowMs: number): Slot {
    let at = this.#slots.length;
    if (at >= EPISODES_MAX) {
      at = 0;
      for (let i = 1; i < EPISODES_MAX; i++) {
        if ((this.#slots[i]?.beganMs ?? 0) < (this.#slots[at]?.beganMs ?? 0)) at = i;
      }
      for (const hub of this.#slots[at]?.hubs ?? []) this.#clear(hub, at);
    }
    const slot: Slot = { beganMs: nowMs, lastMs: nowMs, hubs: [] };
    this.#slots[at] = slot;
    this.#current = at;
    return slot;
  }

  #clear(hub: HubId, slot: number): void {
    const mask = (this.#masks?.get(hub) ?? 0) & ~(1 << slot);
    if (mask === 0) this.#masks?.delete(hub);
    else this.#masks?.set(hub, mask);
  }

  #weight(slot: number, nowMs: number): number {
    const { beganMs, hubs } = this.#slots[slot] ?? { beganMs: nowMs, hubs: [] };
    const faded = 2 ** (-Math.max(0, nowMs - beganMs) / this.#settings.halfLifeMs);
    return hubs.length >= CUT_MIN ? CUT_WEIGHT * faded : faded;
  }
}
