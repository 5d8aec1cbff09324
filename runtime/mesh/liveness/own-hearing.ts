/**
 * Whether what this hub does not hear tells of others or of itself: it may have been stopped, held up, kept from its processor, or cut off. Pure.
 */
import type { LocalHealth } from "./health.js";
import type { LivenessSettings } from "./settings.js";

/** `held-up`: answers may be waiting in its sockets. `stopped`: nothing that was measured before counts. */
export type OwnFault = "held-up" | "stopped";

export class OwnHearing {
  readonly #settings: LivenessSettings;
  readonly #health: LocalHealth;
  /** Deadlines before it were missed, and that was dealt with. Unit: ms. */
  #lateMs = Number.NEGATIVE_INFINITY;
  /** Unit: ms. */
  #listensUntilMs = Number.NEGATIVE_INFINITY;
  #isCutOff = false;

  constructor(settings: LivenessSettings, health: LocalHealth) {
    this.#settings = settings;
    this.#health = health;
  }

  /** Closed connections are no evidence: this hub was stopped or cut off just now, and the others may have given it up. */
  listens(nowMs: number): boolean {
    return nowMs < this.#listensUntilMs;
  }

  /** Was this hub itself stopped? Its own deadlines tell. @param deadlineMs what it should have done, and has not. */
  late(deadlineMs: number, nowMs: number): OwnFault | undefined {
    const { heldUpMs, lateMs, stalledMs } = this.#settings;
    const byMs = nowMs - Math.max(deadlineMs, this.#lateMs);
    if (byMs <= heldUpMs) return undefined;
    this.#health.heldUp(nowMs);
    if (byMs <= lateMs) return undefined;
    this.#lateMs = nowMs;
    this.#health.hurt(nowMs);
    if (byMs < stalledMs) return "held-up";
    this.#listen(nowMs);
    return "stopped";
  }

  /** No neighbour is heard, and has not been for long. */
  cutOff(): void {
    this.#isCutOff = true;
  }

  /** Somebody is heard. @returns whether the silence of all before was this hub's own. */
  hears(nowMs: number): boolean {
    if (!this.#isCutOff) return false;
    this.#isCutOff = false;
    this.#listen(nowMs);
    return true;
  }

  #listen(nowMs: number): void {
    this.#listensUntilMs = nowMs + this.#settings.intervalMs;
  }
}
