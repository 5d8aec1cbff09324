/**
 * How many signatures each neighbour may have this hub verify. Pure, bounded.
 * What a message costs nobody knows beforehand: what is known already costs nothing, and an owner's key makes any number of new certificates that
 * hold. So it is judged first and charged afterwards, and a neighbour that owes more than the burst waits until the rate has paid for it. The debt outlives
 * its link, or it would be paid by linking again.
 *
 * Charged here is what has no price of its own: revocations and entries of registries. A neighbour's own are told apart from those that it merely
 * carries (broadcasts and frames on their way, by whomever they are), and revocations from entries: so neither a flood of entries nor somebody else's
 * keeps a hub from hearing who is out. The rest is bounded where it is read: broadcasts (`BroadcastSettings.neighbourRate`), statements of
 * liveness (`LivenessSettings.creditsPerSecond`), places (`DirectorySettings.proofsPerSecond`), signed frames (`forwarding/proofs.ts`).
 */
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";

/** What is verified: a neighbour's own revocations and entries, and those that it carries. */
export type Work = "revocations" | "entries" | "carriedRevocations" | "carriedEntries";

interface Price {
  /** Unit: verifications per second; count. One takes 0.14 ms on a PC and some 0.6 ms on the slowest boards. */
  readonly perSecond: number;
  readonly burst: number;
}

const PRICES: Readonly<Record<Work, Price>> = {
  // What a neighbour passes on in a burst (`revocation-news.ts`): 48 messages of 16. Then a message a second: 1 % of a slow board.
  revocations: { perSecond: 16, burst: 768 },
  // A newcomer to a home of 1,024 members learns 290 entries a second (256 KiB/s), three verifications each: 3.5 s, and it owes less than that.
  // Settings, of owners it has met, are one each. Without end: a third of a slow board.
  entries: { perSecond: 500, burst: 2000 },
  // A broadcast holds 16 at most, and a person puts out a few hubs.
  carriedRevocations: { perSecond: 16, burst: 256 },
  // A home of 1,000 hubs that starts at once writes as many entries within half a minute.
  carriedEntries: { perSecond: 200, burst: 2000 },
};

/** Twice the links of a hub. The one that was charged longest ago is forgotten. */
const DEBTORS_MAX = 256;

interface Debt {
  owed: number;
  atMs: number;
}

export interface VerificationsOptions {
  /** Signatures verified so far, by this hub or its process; absent: nothing is signed (a simulation). */
  readonly verified: (() => number) | undefined;
  /** Of the input that is being handled. Unit: ms. */
  readonly now: () => number;
  readonly count: (name: string) => void;
}

export class Verifications {
  /** The neighbour whose frame is being handled; undefined: this hub's own doing, which is free. */
  payer: HubId | undefined;
  readonly #options: VerificationsOptions;
  readonly #debts: Partial<Record<Work, LruMap<HubId, Debt>>> = {};

  constructor(options: VerificationsOptions) {
    this.#options = options;
  }

  /** Does the work at the payer's cost, unless that owes too much: then it is dropped and counted. @param act at once; what it verifies is charged. */
  spend(work: Work, act: () => void): void {
    const { count, now, verified } = this.#options;
    const { payer } = this;
    if (verified === undefined || payer === undefined) return act();
    const owed = this.#owed(payer, work, now());
    if (owed >= PRICES[work].burst) return count(`mesh.verifications.${work}`);
    const before = verified();
    act();
    const spent = verified() - before;
    if (spent === 0) return;
    this.#debts[work] ??= new LruMap(DEBTORS_MAX);
    this.#debts[work].set(payer, { owed: owed + spent, atMs: now() });
  }

  #owed(by: HubId, work: Work, nowMs: number): number {
    const debt = this.#debts[work]?.get(by);
    if (debt === undefined) return 0;
    return Math.max(0, debt.owed - ((nowMs - debt.atMs) / 1000) * PRICES[work].perSecond);
  }
}
