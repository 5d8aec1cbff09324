/**
 * When a hub asks for its certificate to be renewed, and whom. Pure.
 *
 * An owner that was met is asked along the routes, one after the other; in between everybody, by broadcast: an owner that never
 * was a neighbour hears it, too. The pauses grow to a day: the last third of a member's certificate is eight months.
 */
import type { HubId } from "../../core/ids.js";

export interface RenewalSettings {
  /** The first pause; each is twice the one before. Unit: ms. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** A person is told when less than this part of the life is left and nobody has renewed it: of two years, two months. */
  readonly warnPart: number;
  /** Told again after this. Unit: ms. */
  readonly warnAgainMs: number;
}

const HOUR_MS = 3_600_000;
export const RENEWAL_DEFAULTS: RenewalSettings = {
  retryMinMs: 60_000,
  retryMaxMs: 24 * HOUR_MS,
  warnPart: 1 / 12,
  warnAgainMs: 7 * 24 * HOUR_MS,
};

/** Whom to ask: that owner, or everybody. */
export type RenewalAsk = HubId | "everybody";

export class Renewal {
  readonly #settings: RenewalSettings;
  #asked = 0;
  #nextMs = Number.NEGATIVE_INFINITY;
  #warnedMs = Number.NEGATIVE_INFINITY;

  constructor(settings: RenewalSettings = RENEWAL_DEFAULTS) {
    this.#settings = settings;
  }

  /** To be asked while the renewal is due.
   *  @param owners those that this hub knows of, the likeliest first. @returns undefined: not now. */
  next(owners: readonly HubId[], nowMs: number): RenewalAsk | undefined {
    if (nowMs < this.#nextMs) return undefined;
    const { retryMaxMs, retryMinMs } = this.#settings;
    const turn = this.#asked;
    this.#asked += 1;
    this.#nextMs = nowMs + Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(20, turn));
    const owner = turn % 2 === 0 ? owners[(turn / 2) % Math.max(1, owners.length)] : undefined;
    return owner ?? "everybody";
  }

  /** An owner has come into reach: it is asked at once. */
  met(): void {
    this.#nextMs = Number.NEGATIVE_INFINITY;
    this.#asked = 0;
  }

  /** It was renewed, or is not due. */
  settled(): void {
    this.met();
    this.#warnedMs = Number.NEGATIVE_INFINITY;
  }

  /** @param leftPart of the certificate's life, 0 … 1. @returns whether a person is to be told now. */
  isWarningDue(leftPart: number, nowMs: number): boolean {
    const { warnAgainMs, warnPart } = this.#settings;
    if (leftPart >= warnPart || nowMs < this.#warnedMs + warnAgainMs) return false;
    this.#warnedMs = nowMs;
    return true;
  }
}
