/**
 * Task cells: the hubs of one task class nearby, laid over the cells of proximity. Pure.
 * Nothing is kept: who is in a task cell follows from adverts and locators, which every hub of a region has.
 */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";

export interface TaskAdvert {
  readonly hub: HubId;
  readonly classes: readonly string[];
  readonly locator: Locator;
}

export interface TaskCell {
  /** Of the smallest region that has enough of them: 1 is one's own cell, beyond the top the whole mesh. */
  readonly level: number;
  /** Sorted. */
  readonly hubs: readonly HubId[];
}

/** @param here one's own locator.
 *  @param hubsMin how many are enough; when the whole mesh has fewer, all of them.
 *  @returns hubs of that class in the smallest region around `here` that has enough. O(adverts · (classes + levels)). */
export function taskCell(taskClass: string, adverts: Iterable<TaskAdvert>, here: Locator, hubsMin: number): TaskCell {
  const byLevel: HubId[][] = Array.from({ length: here.length + 1 }, () => []);
  for (const { hub, classes, locator } of adverts)
    if (classes.includes(taskClass)) byLevel[commonLevel(here, locator) - 1]?.push(hub);
  const hubs: HubId[] = [];
  let level = 0;
  for (const more of byLevel) {
    level += 1;
    hubs.push(...more);
    if (hubs.length >= hubsMin) break;
  }
  return { level, hubs: hubs.sort() };
}

/** The level of the smallest region that holds both: 1 is a cell; one more than the locators' length is the whole mesh. */
export function commonLevel(a: Locator, b: Locator): number {
  let level = a.length + 1;
  while (level > 1 && a[level - 2] === b[level - 2]) level -= 1;
  return level;
}
