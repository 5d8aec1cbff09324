/**
 * When to compare with neighbours whose link has just come up. Pure. Where a split heals, links between its sides come up by the
 * dozen, and each would carry the same: so each waits for a drawn time (`suppressionMs`), and again while news comes in: one of many
 * goes first, what it brings spreads by broadcast, and the others then find nothing new. What comes in a little later, from an island that
 * a third link has joined, goes the same way: as a broadcast each such link would carry a copy. Bounded by the links.
 */
import type { HubId } from "../../core/ids.js";
import { suppressionMs } from "../chance.js";
import type { StateSettings } from "./settings.js";

/** Of two ends that would open at once, the one that gives way does so for this long. Unit: ms. */
const POLITE_MS = 300;

interface NewLink {
  /** How long after it came up, and after the last news. Unit: ms. */
  delayMs: number;
  /** The same once both ends have agreed: whichever end has news since then goes. Unit: ms. */
  readonly againMs: number;
  /** It is not broadcast over meanwhile, so that what came in while its ends compared takes another comparison. */
  readonly covers: boolean;
  /** Or, once both ends agree, when it is no longer new. */
  dueMs: number;
  latestMs: number;
  /** Both ends hold the same, as far as is known. */
  agrees: boolean;
}

export class NewLinks {
  readonly #settings: StateSettings;
  #links: Map<HubId, NewLink> | undefined;
  #newsMs = Number.NEGATIVE_INFINITY;
  #anyAgrees = false;
  /** Unit: ms. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(settings: StateSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#links?.size ?? 0;
  }

  /** Whether what is new need not be broadcast over that link, since its ends are going to compare. */
  covers(hub: HubId): boolean {
    return this.#links?.get(hub)?.covers === true;
  }

  /** @param opens this end is the one to open; the other does so when it fails to. @param fraction drawn evenly, 0 ≤ … < 1. */
  add(hub: HubId, opens: boolean, fraction: number, nowMs: number): void {
    const { newLinkMs, newLinkMsMax, newsMs } = this.#settings;
    const drawnMs = suppressionMs(fraction, newLinkMs);
    const againMs = suppressionMs(fraction, newsMs);
    this.#set(hub, opens ? drawnMs : drawnMs + newLinkMs, againMs, newLinkMsMax, true, nowMs);
  }

  /** Soon, since this hub is a newcomer, and again only if something was learned from others meanwhile. @param opens this end is the one to open, unless the other does so before.
   *  @param fraction drawn evenly, 0 ≤ … < 1. */
  addSoon(hub: HubId, opens: boolean, fraction: number, nowMs: number): void {
    const drawnMs = this.#settings.newcomerLinkMs * (0.25 + 0.75 * fraction);
    this.#set(hub, opens ? drawnMs : drawnMs + POLITE_MS, drawnMs, 0, false, nowMs);
  }

  delete(hub: HubId): void {
    this.#links?.delete(hub);
  }

  /** Something was learned, from whomever. */
  news(nowMs: number): void {
    this.#newsMs = nowMs;
    if (!this.#anyAgrees) return;
    this.#anyAgrees = false;
    for (const link of this.#links?.values() ?? []) {
      if (!link.agrees) continue;
      link.agrees = false;
      link.dueMs = Math.min(nowMs + this.#settings.quietMs + link.delayMs, link.latestMs);
      this.dueMs = Math.min(this.dueMs, link.dueMs);
    }
  }

  /** Both ends agree. What came in since they began they may have missed: then they compare again, which costs little. */
  agreed(hub: HubId, begunMs: number, nowMs: number): void {
    const link = this.#links?.get(hub);
    if (link === undefined) return;
    link.agrees = this.#newsMs < begunMs;
    link.delayMs = link.againMs;
    if (link.agrees && (!link.covers || nowMs >= link.latestMs)) return this.delete(hub);
    // A newcomer's: what another taught meanwhile was not broadcast from here, and is not when somebody else does, since it is known here.
    if (!link.covers && nowMs >= link.latestMs) link.latestMs = nowMs + this.#settings.newLinkMsMax;
    this.#anyAgrees ||= link.agrees;
    link.dueMs = link.agrees ? link.latestMs : Math.max(nowMs, Math.min(nowMs + link.delayMs, link.latestMs));
    this.dueMs = Math.min(this.dueMs, link.dueMs);
  }

  /** @returns whom to compare with now. */
  take(nowMs: number): HubId[] {
    const due: HubId[] = [];
    const { quietMs, newLinkMsMax } = this.#settings;
    const calmMs = this.#newsMs + quietMs;
    this.dueMs = Number.POSITIVE_INFINITY;
    for (const [hub, link] of this.#links ?? []) {
      if (link.agrees && link.dueMs <= nowMs) {
        this.#links?.delete(hub);
        continue;
      }
      if (link.dueMs <= nowMs && nowMs < Math.min(calmMs, link.latestMs)) link.dueMs = calmMs + link.delayMs;
      if (link.dueMs <= nowMs) {
        due.push(hub);
        // Again, should it end without agreement; for the last time broadcasts go on beside it.
        link.dueMs = nowMs + newLinkMsMax;
        if (nowMs >= link.latestMs && link.covers) this.#links?.delete(hub);
      }
      this.dueMs = Math.min(this.dueMs, link.dueMs);
    }
    return due;
  }

  #set(hub: HubId, delayMs: number, againMs: number, lifeMs: number, covers: boolean, nowMs: number): void {
    this.#links ??= new Map();
    this.#links.set(hub, { delayMs, againMs, covers, dueMs: nowMs + delayMs, latestMs: nowMs + lifeMs, agrees: false });
    this.dueMs = Math.min(this.dueMs, nowMs + delayMs);
  }
}
