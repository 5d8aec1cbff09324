/**
 * Looks after certificates while the hub runs: asks owners to renew its own, renews others' where it may, tells a person in
 * time, and cuts links of hubs whose papers hold no longer.
 */
import { LruMap } from "../core/bounded.js";
import { asMindosError, MindosError } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { Message, MessageOf } from "../core/messages.js";
import type { Counters } from "../core/ports.js";
import type { Clock } from "../core/time.js";
import { TokenBucket } from "../core/token-bucket.js";
import { Renewal } from "../mesh/admission/renewal.js";
import type { HubGate } from "./gate.js";
import type { HomeKeeper } from "./home-keeper.js";

export interface PapersWatchOptions {
  readonly keeper: HomeKeeper;
  readonly gate: Pick<HubGate, "admitted">;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly neighbours: () => readonly HubId[];
  /** Along the routes. */
  readonly send: (to: HubId, message: Message) => void;
  readonly broadcast: (message: Message) => void;
  readonly cut: (hub: HubId) => void;
  readonly onProblem: (error: MindosError) => void;
}

/** How late an expired neighbour is cut, and an owner asked. Unit: ms. */
export const WATCH_MS = 60_000;
/** One hub's renewals: a copy of its question may come along several ways. Unit: ms. */
const ANSWER_AGAIN_MS = 10_000;
/** Hubs whose last answer is remembered; a home has not more that ask within those seconds. */
const ASKERS_MAX = 256;
/** Each costs two verifications and a signature, 2 ms on a slow board; what exceeds it asks again later. */
const ANSWERS_PER_WATCH_MAX = 600;
/** Grants to this hub, each of which costs two verifications. Of one hub: a copy or two of an answer, and what the next minutes bring. */
const GRANTS_OF_A_HUB = { burst: 4, perSecond: 0.1 };
/** Of all that have not proven to be a known owner. 1 a second is half a percent of a slow board. */
const GRANTS_OF_OTHERS = { burst: 16, perSecond: 1 };
const GRANTERS_MAX = 64;
const DAY_MS = 86_400_000;

export class PapersWatch {
  readonly #options: PapersWatchOptions;
  readonly #renewal = new Renewal();
  readonly #answeredMs = new LruMap<HubId, number>(ASKERS_MAX);
  readonly #grantsOfHubs = new LruMap<HubId, TokenBucket>(GRANTERS_MAX);
  readonly #grantsOfOthers = new TokenBucket(GRANTS_OF_OTHERS.perSecond, GRANTS_OF_OTHERS.burst);
  #answers = 0;
  #expiredToldMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PapersWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.tick(), WATCH_MS).unref();
    this.tick();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Every `WATCH_MS`; public for tests. */
  tick(): void {
    this.#answers = 0;
    this.#cutExpired();
    this.#watchOwn();
  }

  /** Whoever is in need of the other's signature has it at once. */
  linkUp(hub: HubId): void {
    const admitted = this.#options.gate.admitted(hub);
    if (admitted === undefined) return;
    this.#grant(hub, admitted.chain);
    if (admitted.role !== "owner") return;
    this.#renewal.met();
    this.#watchOwn();
  }

  /** @param from who sent it, along routes or by broadcast. @param proven it has: the papers say whose they are in any case. */
  onAdmit(from: HubId, { op, chain }: MessageOf<"ADMIT">, proven: boolean): void {
    if (op === "renew" && chain !== undefined) return this.#onAsked(from, chain);
    if (op === "grant" && chain !== undefined) {
      if (this.#mayGrant(from, proven)) return this.#onGrant(chain);
      return this.#options.counters.count("mesh.admission.grantFlood");
    }
    this.#options.counters.count("mesh.admission.unexpected");
  }

  #onAsked(from: HubId, chain: readonly Uint8Array[]): void {
    const { clock, counters } = this.#options;
    const nowMs = clock.nowMs();
    this.#answers += 1;
    const answeredMs = this.#answeredMs.get(from) ?? Number.NEGATIVE_INFINITY;
    if (this.#answers > ANSWERS_PER_WATCH_MAX || nowMs < answeredMs + ANSWER_AGAIN_MS)
      return counters.count("mesh.admission.renewFlood");
    this.#answeredMs.set(from, nowMs);
    this.#grant(from, chain);
  }

  #grant(hub: HubId, chain: readonly Uint8Array[]): void {
    const { counters, keeper, send } = this.#options;
    const renewed = keeper.renewalOf(hub, chain);
    if (renewed === undefined) return;
    counters.count("mesh.admission.renewalGiven");
    send(hub, { type: "ADMIT", op: "grant", chain: renewed });
  }

  /** Owners do not wait for what others have left: a flood must not keep this hub from being renewed. */
  #mayGrant(from: HubId, proven: boolean): boolean {
    const nowMs = this.#options.clock.nowMs();
    if (!proven) return this.#grantsOfOthers.take(nowMs);
    const known = this.#grantsOfHubs.get(from);
    const bucket = known ?? new TokenBucket(GRANTS_OF_A_HUB.perSecond, GRANTS_OF_A_HUB.burst);
    if (known === undefined) this.#grantsOfHubs.set(from, bucket);
    return bucket.take(nowMs) && (this.#owners().includes(from) || this.#grantsOfOthers.take(nowMs));
  }

  #onGrant(chain: readonly Uint8Array[]): void {
    const { counters, keeper, onProblem } = this.#options;
    keeper.renew(chain).then(
      (taken) => counters.count(taken ? "mesh.admission.renewed" : "mesh.admission.grantUseless"),
      (error: unknown) => onProblem(asMindosError(error, "the renewed certificate: ")),
    );
  }

  #watchOwn(): void {
    const { clock, keeper } = this.#options;
    const { membership } = keeper;
    if (membership === undefined) return;
    const wallMs = clock.wallMs();
    if (membership.ownProblem(wallMs) === "expired") return this.#tellExpired();
    if (!membership.isRenewalDue(membership.own, wallMs)) return this.#renewal.settled();
    // The hub that has the root's key needs nobody.
    const own = keeper.renewalOf(keeper.identity.hub, membership.chain);
    if (own !== undefined) return this.#onGrant(own);
    this.#ask(membership.chain);
    this.#warn();
  }

  #ask(chain: readonly Uint8Array[]): void {
    const { broadcast, clock, neighbours, send } = this.#options;
    // Alone there is nobody to ask, and the pauses must not grow meanwhile.
    if (neighbours().length === 0) return;
    const whom = this.#renewal.next(this.#owners(), clock.nowMs());
    if (whom === undefined) return;
    const message: Message = { type: "ADMIT", op: "renew", chain };
    if (whom === "everybody") broadcast(message);
    else send(whom, message);
  }

  /** Neighbours first, then whoever has signed this hub's certificate. */
  #owners(): HubId[] {
    const { gate, keeper, neighbours } = this.#options;
    const owners = neighbours().filter((hub) => gate.admitted(hub)?.role === "owner");
    const issuer = keeper.issuer();
    return issuer === undefined || owners.includes(issuer) ? owners : [...owners, issuer];
  }

  #warn(): void {
    const { clock, keeper, onProblem } = this.#options;
    const own = keeper.membership?.own;
    if (own === undefined) return;
    const leftMs = own.expiresWallMs - clock.wallMs();
    if (!this.#renewal.isWarningDue(leftMs / (own.expiresWallMs - own.issuedWallMs), clock.nowMs())) return;
    const day = new Date(own.expiresWallMs).toISOString().slice(0, 10);
    onProblem(
      new MindosError("CERTIFICATE_ENDING", `this hub's certificate ends on ${day}, and no owner has renewed it`),
    );
  }

  #tellExpired(): void {
    const { clock, onProblem } = this.#options;
    if (clock.nowMs() < this.#expiredToldMs + DAY_MS) return;
    this.#expiredToldMs = clock.nowMs();
    onProblem(new MindosError("CERTIFICATE_EXPIRED", "this hub's own certificate has expired: no other lets it in"));
  }

  #cutExpired(): void {
    const { clock, counters, cut, gate, keeper, neighbours } = this.#options;
    for (const hub of neighbours()) {
      const admitted = gate.admitted(hub);
      const verdict = admitted && keeper.membership?.check(hub, admitted.chain, clock.wallMs());
      if (verdict === undefined || verdict.ok) continue;
      counters.count(verdict.problem);
      cut(hub);
    }
  }
}
