/**
 * Keeps two copies in a cell whose hubs come and go: when other hubs become keepers of a place, the first of the old keepers that
 * is still there hands it on. Without this a copy that died with its hub would be missed until its owner registers again. Pure.
 */
import type { HubId } from "../../core/ids.js";
import type { Place } from "../../core/messages-directory.js";
import type { Rng } from "../../core/time.js";
import type { Ways } from "../forwarding/ways.js";
import { SECOND_HUB } from "./descent.js";
import type { Holding, Holdings } from "./holdings.js";
import { chooseTwo } from "./rendezvous.js";
import type { DirectorySettings } from "./settings.js";

/** Between two batches. Unit: ms. */
const PACE_MS = 100;

export class Repair {
  readonly #self: HubId;
  readonly #ways: Ways;
  readonly #holdings: Holdings;
  readonly #settings: DirectorySettings;
  readonly #handOn: (key: HubId, rank: number, place: Place) => void;
  /** The cell as it was when all places were last where they belong. */
  #cell: readonly HubId[] | undefined;
  #queue: HubId[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(
    self: HubId,
    ways: Ways,
    holdings: Holdings,
    settings: DirectorySettings,
    handOn: (key: HubId, rank: number, place: Place) => void,
  ) {
    this.#self = self;
    this.#ways = ways;
    this.#holdings = holdings;
    this.#settings = settings;
    this.#handOn = handOn;
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  cellChanged(nowMs: number, rng: Rng): void {
    if (this.#holdings.size === 0) {
      this.#cell = this.#ways.cell();
      return;
    }
    const jitter = 0.5 + (rng(1)[0] ?? 0) / 256;
    if (this.#dueMs === Number.POSITIVE_INFINITY) this.#dueMs = nowMs + this.#settings.repairDelayMs * jitter;
  }

  tick(nowMs: number): void {
    if (this.#queue.length === 0) {
      for (const [key] of this.#holdings.entries()) this.#queue.push(key);
      this.#queue.reverse();
    }
    const before = this.#cell ?? [];
    const cell = this.#ways.cell();
    // Most changes around are of regions, not of this cell's hubs.
    if (isSame(before, cell)) this.#queue.length = 0;
    let left = this.#settings.repairBatch;
    while (this.#queue.length > 0 && left > 0) {
      const key = this.#queue.pop() as HubId;
      const holding = this.#holdings.get(key, nowMs);
      if (holding !== undefined && this.#repair(key, holding, before, cell, nowMs)) left -= 1;
    }
    if (this.#queue.length > 0) {
      this.#dueMs = nowMs + PACE_MS;
      return;
    }
    this.#cell = cell;
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  /** @returns whether a copy was handed on. */
  #repair(
    key: HubId,
    { place, rank, untilMs }: Holding,
    before: readonly HubId[],
    cell: readonly HubId[],
    nowMs: number,
  ): boolean {
    const old = chooseTwo(key, before);
    const now = chooseTwo(key, cell);
    if (old[0] === now[0] && old[1] === now[1]) return false;
    const first = old.find((hub) => hub !== undefined && cell.includes(hub));
    if (first !== undefined && first !== this.#self) return false;
    const region = rank & ~SECOND_HUB;
    const kept = { ...place, lifetimeS: Math.max(1, Math.floor((untilMs - nowMs) / 1000)) };
    const isNew = (hub: HubId | undefined): boolean =>
      hub !== undefined && hub !== this.#self && hub !== old[0] && hub !== old[1];
    // The first keeper tells the second one.
    if (isNew(now[0])) this.#handOn(key, region, kept);
    else if (isNew(now[1])) this.#handOn(key, region | SECOND_HUB, kept);
    else return false;
    return true;
  }
}

function isSame(a: readonly HubId[], b: readonly HubId[]): boolean {
  return a === b || (a.length === b.length && a.every((hub, at) => hub === b[at]));
}
