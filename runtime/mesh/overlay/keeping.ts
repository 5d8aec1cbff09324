/**
 * When the memory of peers is kept: soon after it has changed, then ever more seldom while it goes on changing. A house that falls
 * apart and loses its power a minute after it came up must find itself again; and cards wear out by writing. Pure.
 */
import type { OverlaySettings } from "./settings.js";

export class Keeping {
  readonly #settings: OverlaySettings;
  #keptMs = Number.NEGATIVE_INFINITY;
  /** Since the last time, at least. Unit: ms. */
  #pauseMs: number;
  /** +Infinity: nothing has changed since. Unit: ms. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(settings: OverlaySettings) {
    this.#settings = settings;
    this.#pauseMs = settings.keepFirstMs;
  }

  changed(nowMs: number): void {
    if (this.dueMs !== Number.POSITIVE_INFINITY) return;
    this.dueMs = Math.max(nowMs + this.#settings.keepFirstMs, this.#keptMs + this.#pauseMs);
  }

  kept(nowMs: number): void {
    this.#keptMs = nowMs;
    this.#pauseMs = Math.min(this.#settings.keepEveryMs, 2 * this.#pauseMs);
    this.dueMs = Number.POSITIVE_INFINITY;
  }
}
