/**
 * Who is in this hub's cell, and which regions lie around it, kept until something changes: the directory hashes over both for every
 * message that it passes on. Pure.
 */
import type { HubId } from "../../core/ids.js";
import { cellOf, eachChild, type Surroundings } from "./regions.js";

export class Census {
  /** The lists may be others now. */
  isStale = true;
  #cell: readonly HubId[] = [];
  /** By level. */
  readonly #regions: (readonly HubId[])[] = [];
  #levelsFresh = 0;
  #isCellFresh = false;

  /** @returns the hubs of this hub's cell, itself among them, sorted. The same array as long as it is the same hubs. */
  cell(around: Surroundings): readonly HubId[] {
    this.#refresh();
    if (this.#isCellFresh) return this.#cell;
    this.#isCellFresh = true;
    this.#cell = kept(this.#cell, cellOf(around));
    return this.#cell;
  }

  /** @param level from 1. @returns the landmarks of the level-`level` regions within this hub's region above, sorted; the same array as long
   *  as it is the same landmarks. */
  regions(around: Surroundings, level: number): readonly HubId[] {
    this.#refresh();
    const bit = 1 << level;
    if ((this.#levelsFresh & bit) === 0) {
      this.#levelsFresh |= bit;
      const hubs: HubId[] = [];
      eachChild(around, level, (slot) => hubs.push(around.table.hubs[slot] as HubId));
      this.#regions[level] = kept(this.#regions[level] ?? [], hubs.sort());
    }
    return this.#regions[level] as readonly HubId[];
  }

  #refresh(): void {
    if (!this.isStale) return;
    this.isStale = false;
    this.#isCellFresh = false;
    this.#levelsFresh = 0;
  }
}

function kept(before: readonly HubId[], now: readonly HubId[]): readonly HubId[] {
  if (before.length !== now.length) return now;
  for (let i = 0; i < now.length; i++) if (before[i] !== now[i]) return now;
  return before;
}
