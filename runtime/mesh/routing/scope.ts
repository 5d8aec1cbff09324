/**
 * Which destinations two neighbours tell each other. Pure.
 *
 * A destination of rank r is known throughout the level-(r+1) region that holds it. Both ends of a link work the same rule out
 * of the same two locators, the last that each has sent to the other, so that nothing needs to be said about what falls out
 * of scope. A hub that has no region of that level (yet) is told everything: that is how it finds one.
 */
import type { Locator } from "../../core/mesh.js";
import { RANK_MAX } from "./settings.js";

/** Bit r is set when destinations of rank r are exchanged. Symmetric.
 *  @param heard undefined until the neighbour has said where it is: nothing is exchanged before. */
export function scopeOf(sent: Locator | undefined, heard: Locator | undefined): number {
  if (sent === undefined || heard === undefined) return 0;
  let scope = 0;
  for (let rank = 0; rank <= RANK_MAX; rank++) {
    const mine = sent[rank];
    const theirs = heard[rank];
    if (mine === theirs || mine === undefined || theirs === undefined) scope |= 1 << rank;
  }
  return scope;
}

export function inScope(scope: number, rank: number): boolean {
  return ((scope >> rank) & 1) === 1;
}

export function sameLocator(a: Locator, b: Locator): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
