/**
 * When to compare what the cell holds with neighbours, after its hubs have changed. Pure. A mesh that starts, or grows together, finds its hubs
 * by the handful, and every round of routes brings some: so a comparison waits until none has come or gone for a moment, and one then
 * serves for all of them. Of the two ends of a link the lower id opens; what it has settled, the other need not ask again. Bounded by the links.
 */
import type { HubId } from "../../core/ids.js";
import type { StateSettings } from "./settings.js";

/** The end that does not open waits so much longer, in case the other has not noticed. Unit: ms. */
const POLITE_MS = 300;

export class CellChanges {
  readonly #settings: StateSettings;
  /** When each is to be compared with. */
  readonly #due = new Map<HubId, number>();
  /** The last change, and the first that no comparison has followed yet. Unit: ms. */
  #changedMs = Number.NEGATIVE_INFINITY;
  #sinceMs = 0;
  /** Unit: ms. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(settings: StateSettings) {
    this.#settings = settings;
  }

  /** Before `add` for each neighbour of the cell. */
  changed(nowMs: number): void {
    if (this.#due.size === 0) this.#sinceMs = nowMs;
    this.#changedMs = nowMs;
    this.#due.clear();
    this.dueMs = Number.POSITIVE_INFINITY;
  }

  /** @param opens this end is the one to open. @param fraction drawn evenly, 0 ≤ … < 1. */
  add(hub: HubId, opens: boolean, fraction: number): void {
    const { cellQuietMs, cellQuietMsMax } = this.#settings;
    const drawnMs = this.#changedMs + cellQuietMs * (0.5 + fraction / 2);
    const dueMs = Math.min(drawnMs, this.#sinceMs + cellQuietMsMax) + (opens ? 0 : POLITE_MS);
    this.#due.set(hub, dueMs);
    this.dueMs = Math.min(this.dueMs, dueMs);
  }

  delete(hub: HubId): void {
    this.#due.delete(hub);
  }

  /** Both ends hold the same. @param begunMs when they began: what has changed since is yet to be looked at. */
  agreed(hub: HubId, begunMs: number): void {
    if (begunMs >= this.#changedMs) this.#due.delete(hub);
  }

  /** @returns whom to compare with now. */
  take(nowMs: number): HubId[] {
    const taken: HubId[] = [];
    this.dueMs = Number.POSITIVE_INFINITY;
    for (const [hub, dueMs] of this.#due) {
      if (dueMs <= nowMs) taken.push(hub);
      else this.dueMs = Math.min(this.dueMs, dueMs);
    }
    for (const hub of taken) this.#due.delete(hub);
    return taken;
  }
}
