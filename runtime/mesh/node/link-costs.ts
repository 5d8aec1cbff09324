/**
 * When a link's round trip becomes what it costs (pure): worse news at once, better news when it has settled. A smoothed round trip falls for half a minute after
 * a burst of losses or of work, step by step, and each step of a link's cost is a round of updates through the whole cell. And while this hub is behind with its
 * work (`lateness.ts`) a round trip tells of processors, not of the link: it waits until it has settled, too. Forty-nine hubs that wake on two
 * processors went on telling each other twenty updates a second for half a minute after their links were up, which kept the processors busy.
 * RFC 8966 §A.3 asks for such hysteresis, RFC 9616 §4.2 for smoothing.
 */
import type { Neighbour } from "../../core/mesh.js";
import type { Part } from "../part.js";
import { costOf } from "./cost.js";
import type { Lateness } from "./lateness.js";

export interface LinkCostsSettings {
  /** A round trip that was not noticed to change for so long, some beats, has settled. Raise: fewer updates of routes; lower: a link that is good again is used
   *  again sooner. Unit: ms. */
  readonly settleMs: number;
  /** One that never settles, or of a hub that is always behind, is believed after so long. Unit: ms. */
  readonly settleMsMax: number;
}

export const LINK_COSTS_DEFAULTS: LinkCostsSettings = { settleMs: 3000, settleMsMax: 30_000 };

export interface LinkCostsOptions {
  readonly lateness: Lateness;
  /** Whether this is its link still. */
  readonly isUp: (neighbour: Neighbour) => boolean;
  /** The neighbour's cost is another already. */
  readonly changed: (neighbour: Neighbour) => void;
  readonly settings?: LinkCostsSettings;
}

interface Unsettled {
  readonly sinceMs: number;
  changedMs: number;
}

const NEVER = Number.POSITIVE_INFINITY;

export class LinkCosts implements Part {
  readonly #options: LinkCostsOptions;
  readonly #settings: LinkCostsSettings;
  /** Bounded by the links that were up within `settleMs`. */
  readonly #unsettled = new Map<Neighbour, Unsettled>();
  #dueMs = NEVER;

  constructor(options: LinkCostsOptions) {
    this.#options = options;
    this.#settings = options.settings ?? LINK_COSTS_DEFAULTS;
  }

  get deadlineMs(): number {
    return this.#dueMs;
  }

  /** The smoothed round trip of this neighbour's link is another. */
  measured(neighbour: Neighbour, rttMs: number, nowMs: number): void {
    const isFirst = Number.isNaN(neighbour.rttMs);
    // One that fell and then rises a little is better news still.
    const isBetter = rttMs < neighbour.rttMs || (!isFirst && costOf(rttMs, neighbour.cost) < neighbour.cost);
    neighbour.rttMs = rttMs;
    if (!isBetter && !this.#options.lateness.isBehind(nowMs)) {
      this.#unsettled.delete(neighbour);
      return this.#judge(neighbour);
    }
    const unsettled = this.#unsettled.get(neighbour);
    if (unsettled === undefined) this.#unsettled.set(neighbour, { sinceMs: nowMs, changedMs: nowMs });
    else unsettled.changedMs = nowMs;
    this.#dueMs = Math.min(this.#dueMs, nowMs + this.#settings.settleMs);
  }

  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    const { settleMs, settleMsMax } = this.#settings;
    const isBehind = this.#options.lateness.isBehind(nowMs);
    this.#dueMs = NEVER;
    for (const [neighbour, unsettled] of this.#unsettled) {
      const { sinceMs, changedMs } = unsettled;
      if (isBehind && nowMs >= changedMs + settleMs) unsettled.changedMs = nowMs;
      const dueMs = Math.min(unsettled.changedMs + settleMs, sinceMs + settleMsMax);
      if (nowMs < dueMs) {
        this.#dueMs = Math.min(this.#dueMs, dueMs);
        continue;
      }
      this.#unsettled.delete(neighbour);
      if (this.#options.isUp(neighbour)) this.#judge(neighbour);
    }
  }

  #judge(neighbour: Neighbour): void {
    const cost = costOf(neighbour.rttMs, neighbour.cost);
    if (cost === neighbour.cost) return;
    neighbour.cost = cost;
    this.#options.changed(neighbour);
  }
}
