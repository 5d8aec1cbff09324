/**
 * Hubs that bring entries nobody can have signed. Pure. A link changes no bit, and an honest hub looks at a signature before it takes an
 * entry: who brings many that do not hold makes them up, and each costs this hub a check of two signatures. So after a few nothing more of
 * the kind is taken from there for a while.
 */
import type { HubId } from "../../core/ids.js";

/** Before it is barred: two homes' hubs may judge a certificate that has just ended differently. */
const FORGED_MAX = 8;
/** Unit: ms. */
const BARRED_MS = 60_000;
/** More at once are a cell of forgers: the one that began first is forgotten. */
const FORGERS_MAX = 64;

export class Forgers {
  readonly #forged = new Map<HubId, { count: number; sinceMs: number }>();

  /** An entry did not hold. */
  forged(by: HubId, nowMs: number): void {
    const known = this.#forged.get(by);
    if (known !== undefined && nowMs - known.sinceMs < BARRED_MS) {
      known.count += 1;
      return;
    }
    this.#forged.delete(by);
    this.#forged.set(by, { count: 1, sinceMs: nowMs });
    const first = this.#forged.keys().next().value;
    if (this.#forged.size > FORGERS_MAX && first !== undefined) this.#forged.delete(first);
  }

  isBarred(hub: HubId, nowMs: number): boolean {
    const known = this.#forged.get(hub);
    return known !== undefined && known.count >= FORGED_MAX && nowMs - known.sinceMs < BARRED_MS;
  }
}
