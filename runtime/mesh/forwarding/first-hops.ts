/**
 * What became of the frames that this hub sent over each neighbour, learnt from end-to-end acknowledgements. Pure.
 * A neighbour that answers pings, announces good ways and swallows what is sent over them (a black hole) looks healthy to
 * everybody but those whose frames do not arrive. Only frames of this hub's own count: of others' it hears no acknowledgement.
 */
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";
import type { ForwardingSettings } from "./settings.js";

const PENALTY_DOUBLINGS_MAX = 4;
/** Old tries count less: half as much after this many newer ones. */
const MEMORY_TRIES = 16;

interface Attempt {
  via: HubId;
  /** The next try goes another way. */
  failed: boolean;
}

interface Tally {
  tries: number;
  acknowledged: number;
  penalties: number;
}

export class FirstHops {
  readonly #settings: ForwardingSettings;
  #attempts: LruMap<HubId, Attempt> | undefined;
  #tallies: Map<HubId, Tally> | undefined;

  constructor(settings: ForwardingSettings) {
    this.#settings = settings;
  }

  /** The neighbour over which the last frame to this hub was lost, so that the next one can go another way. */
  failedVia(to: HubId): HubId | undefined {
    const attempt = this.#attempts?.get(to);
    return attempt?.failed ? attempt.via : undefined;
  }

  sent(to: HubId, via: HubId): void {
    this.#attempts ??= new LruMap(this.#settings.attemptsMax);
    const attempt = this.#attempts.get(to);
    if (attempt === undefined) this.#attempts.set(to, { via, failed: false });
    else if (attempt.via !== via) {
      attempt.via = via;
      attempt.failed = false;
    }
  }

  /** @returns the neighbour that deserves a penalty, and for how long. */
  learn(to: HubId, acknowledged: boolean): { readonly via: HubId; readonly penaltyMs: number } | undefined {
    const attempt = this.#attempts?.get(to);
    if (attempt === undefined) return undefined;
    attempt.failed = !acknowledged;
    const tally = this.#tallyOf(attempt.via);
    const keep = 1 - 1 / MEMORY_TRIES;
    tally.tries = tally.tries * keep + 1;
    tally.acknowledged = tally.acknowledged * keep + (acknowledged ? 1 : 0);
    if (acknowledged) tally.penalties = 0;
    if (acknowledged || !this.#isBlackHole(attempt.via, tally)) return undefined;
    const penaltyMs = this.#settings.penaltyMs * 2 ** Math.min(tally.penalties, PENALTY_DOUBLINGS_MAX);
    tally.penalties += 1;
    tally.tries = 0;
    tally.acknowledged = 0;
    return { via: attempt.via, penaltyMs };
  }

  neighbourDown(hub: HubId): void {
    this.#tallies?.delete(hub);
  }

  #tallyOf(via: HubId): Tally {
    this.#tallies ??= new Map();
    let tally = this.#tallies.get(via);
    if (tally === undefined) {
      tally = { tries: 0, acknowledged: 0, penalties: 0 };
      // Bounded by the node's number of links: `neighbourDown` takes it away again.
      this.#tallies.set(via, tally);
    }
    return tally;
  }

  #isBlackHole(via: HubId, tally: Tally): boolean {
    const { triesMin, successMin, othersSuccessMin } = this.#settings;
    if (tally.tries < triesMin || tally.acknowledged >= successMin * tally.tries) return false;
    let tries = 0;
    let acknowledged = 0;
    for (const [hub, other] of this.#tallies ?? []) {
      if (hub === via) continue;
      tries += other.tries;
      acknowledged += other.acknowledged;
    }
    return tries >= 1 && acknowledged >= othersSuccessMin * tries;
  }
}
