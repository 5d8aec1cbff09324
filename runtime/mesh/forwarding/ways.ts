/** What forwarding and the directory need to know of the ways through the mesh; `mesh/routing` knows it. Types only. */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";

export interface Ways {
  /** This hub's own place: one entry for each level from 1 to `topLevel`. */
  readonly locator: Locator;
  /** 0 in a mesh that is one cell. */
  readonly topLevel: number;
  /** The hubs of this hub's cell, itself among them, sorted. Never changed afterwards: a change makes a new array. */
  cell(): readonly HubId[];
  /** The landmarks of the regions of a level inside this hub's region of the level above, its own among them, sorted. Level ≥ 1. A change makes
   *  a new array. */
  regions(level: number): readonly HubId[];
  /** @param locator where `to` is; absent: in this hub's cell.
   *  @returns the neighbour to hand a frame to; undefined when there is no way. */
  nextHop(to: HubId, locator: Locator | undefined): HubId | undefined;
  /** The same, towards a region's landmark. */
  nextHopTo(level: number, unit: HubId): HubId | undefined;
  /** A feasible way that does not begin with `not`. */
  alternative(to: HubId, locator: Locator | undefined, not: HubId): HubId | undefined;
  /** Makes every way over this neighbour dearer for a time. */
  penalise(via: HubId, untilMs: number, nowMs: number): void;
}
