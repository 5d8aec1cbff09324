/**
 * Neighbours over which the ways to others led when they were lost, and who was behind them. Pure. Bounded: 16 bridges with 16 hubs
 * behind each; the one that cost least goes first.
 */
import type { HubId } from "../../core/ids.js";
import type { ResilienceSettings } from "./settings.js";

export const BRIDGES_MAX = 16;
export const BEHIND_MAX = 16;
/** A bridge whose weight has faded below this is forgotten. */
const FORGOTTEN = 0.5;

export interface Bridge {
  readonly hub: HubId;
  /** Destinations whose way led over it, fading with time. */
  lost: number;
  lastMs: number;
  /** Neighbours that it had and that nobody else here had a link with. */
  behind: readonly HubId[];
}

export class Bridges {
  readonly #settings: ResilienceSettings;
  #bridges: Map<HubId, Bridge> | undefined;

  constructor(settings: ResilienceSettings) {
    this.#settings = settings;
  }

  /** @returns whether it counts as a bridge now. */
  lost(hub: HubId, destinations: number, behind: readonly HubId[], nowMs: number): boolean {
    if (destinations < this.#settings.bridgeMin) return false;
    this.#bridges ??= new Map();
    const known = this.#bridges.get(hub);
    if (known !== undefined) {
      known.lost = Math.max(destinations, this.#weight(known, nowMs));
      known.lastMs = nowMs;
      if (behind.length > 0) known.behind = behind.slice(0, BEHIND_MAX);
      return true;
    }
    if (this.#bridges.size >= BRIDGES_MAX && !this.#makeRoom(destinations, nowMs)) return false;
    this.#bridges.set(hub, { hub, lost: destinations, lastMs: nowMs, behind: behind.slice(0, BEHIND_MAX) });
    return true;
  }

  /** Those that cost most first; the faded ones are forgotten on the way. */
  ranked(nowMs: number): Bridge[] {
    if (this.#bridges === undefined) return [];
    for (const bridge of this.#bridges.values()) {
      if (this.#weight(bridge, nowMs) < FORGOTTEN) this.#bridges.delete(bridge.hub);
    }
    return [...this.#bridges.values()].sort(
      (a, b) => this.#weight(b, nowMs) - this.#weight(a, nowMs) || (a.hub < b.hub ? -1 : 1),
    );
  }

  /** It was back at once: it was no loss. */
  retract(hub: HubId, sinceMs: number): void {
    if ((this.#bridges?.get(hub)?.lastMs ?? Number.NEGATIVE_INFINITY) >= sinceMs) this.#bridges?.delete(hub);
  }

  /** How much the last loss of this hub weighs: 1, half of that a half-life later; 0 when it was no bridge. */
  exposure(hub: HubId, nowMs: number): number {
    const known = this.#bridges?.get(hub);
    return known === undefined ? 0 : 2 ** (-Math.max(0, nowMs - known.lastMs) / this.#settings.halfLifeMs);
  }

  /** To how many the ways led over it when it was lost, half of that a half-life later; 0 when it was no bridge. */
  carried(hub: HubId, nowMs: number): number {
    const known = this.#bridges?.get(hub);
    return known === undefined ? 0 : this.#weight(known, nowMs);
  }

  restore(bridges: readonly Bridge[]): void {
    for (const { hub, lost, behind, lastMs } of bridges.slice(0, BRIDGES_MAX)) this.lost(hub, lost, behind, lastMs);
  }

  #weight(bridge: Bridge, nowMs: number): number {
    return bridge.lost * 2 ** (-Math.max(0, nowMs - bridge.lastMs) / this.#settings.halfLifeMs);
  }

  #makeRoom(destinations: number, nowMs: number): boolean {
    const least = this.ranked(nowMs).at(-1);
    if (least === undefined || this.#weight(least, nowMs) > destinations) return false;
    return this.#bridges?.delete(least.hub) ?? false;
  }
}
