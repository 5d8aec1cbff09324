/**
 * Whether a hub of another home may speak to this one: its own home vouches for it, that home deals with this one, and it is
 * neither expired nor, as far as is known here, revoked. Pure; one for each home that a person here has named.
 *
 * Both directions are needed: this home has named the other's root key, and the other's root, or one of its owners, has signed
 * that it names this one's. A member alone can therefore open no door in its home's name.
 */
import { bytesEqual } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Certificate, HomeId, Signed, Trust } from "../../core/membership.js";
import { type Home, isBy, isSigned, judgeChain, type MembershipCrypto } from "./chain.js";
import { Revocations, type RevocationVerdict } from "./revocations.js";
import { ADMISSION_DEFAULTS, type AdmissionSettings } from "./settings.js";

export interface OtherHomeCrypto extends MembershipCrypto {
  readTrust(bytes: Uint8Array): Signed<Trust> | object;
}

/** Signed anew for every link, and so no longer than two clocks may differ, both ways, and a while. Unit: ms. */
export const TRUST_LIFE_MS = 7 * 86_400_000;

export interface OwnTime {
  /** As `Membership.timeOf`. Unit: ms. */
  readonly timeMs: number;
  readonly isClockBehind: boolean;
}

export class OtherHome {
  readonly #home: Home;
  readonly #ownRootKey: Uint8Array;
  readonly #crypto: OtherHomeCrypto;
  readonly #settings: AdmissionSettings;
  readonly #revocations: Revocations;

  constructor(home: Home, ownRootKey: Uint8Array, crypto: OtherHomeCrypto, settings = ADMISSION_DEFAULTS) {
    this.#home = home;
    this.#ownRootKey = ownRootKey;
    this.#crypto = crypto;
    this.#settings = settings;
    this.#revocations = new Revocations(home, crypto, settings.revocationsMax);
  }

  get home(): HomeId {
    return this.#home.home;
  }

  /** @param peer whom the channel has proven. At most four signatures are verified.
   *  @returns why not, as a counter's name; undefined: it may. */
  check(
    peer: HubId,
    chain: readonly Uint8Array[],
    trust: Uint8Array | undefined,
    time: OwnTime,
  ): `federation.${string}` | undefined {
    if (this.isRevoked(peer)) return "federation.revoked";
    const verdict = judgeChain(chain, this.#home, this.#crypto);
    if ("problem" in verdict) return `federation.${verdict.problem}`;
    const { certificate, issuer } = verdict;
    if (this.#crypto.hubIdOf(certificate.publicKey) !== peer) return "federation.notItsKey";
    if (issuer !== undefined && this.#isVoid(issuer, certificate.issuedWallMs)) return "federation.issuerRevoked";
    for (const papers of issuer === undefined ? [certificate] : [certificate, issuer]) {
      const problem = this.#timeProblem(papers, time);
      if (problem !== undefined) return problem;
    }
    return trust === undefined ? "federation.untrusted" : this.#trustProblem(trust, time);
  }

  /** Of hubs of that home. */
  revoke(bytes: Uint8Array): RevocationVerdict {
    return this.#revocations.add(bytes);
  }

  isRevoked(hub: HubId): boolean {
    return this.#revocations.effective.has(hub);
  }

  /** To be kept over a restart. */
  revoked(): Uint8Array[] {
    return this.#revocations.bytes();
  }

  #trustProblem(bytes: Uint8Array, time: OwnTime): `federation.${string}` | undefined {
    const signed = this.#crypto.readTrust(bytes);
    if (!isSigned<Trust>(signed)) return "federation.trustMalformed";
    const { home, otherRootKey, issuer } = signed.value;
    if (home !== this.#home.home || !bytesEqual(otherRootKey, this.#ownRootKey)) return "federation.trustOfAnother";
    if (issuer === undefined) {
      if (!isBy(signed, this.#home.rootKey, this.#crypto)) return "federation.trustForged";
      return this.#timeProblem(signed.value, time);
    }
    const owner = judgeChain([issuer], this.#home, this.#crypto);
    if ("problem" in owner || owner.certificate.role !== "owner") return "federation.trustNotByOwner";
    if (this.#isVoid(owner.certificate, signed.value.issuedWallMs)) return "federation.trustNotByOwner";
    if (!isBy(signed, owner.certificate.publicKey, this.#crypto)) return "federation.trustForged";
    return this.#timeProblem(owner.certificate, time) ?? this.#timeProblem(signed.value, time);
  }

  /** What that owner signed counts no more. */
  #isVoid(owner: Certificate, issuedWallMs: number): boolean {
    const voidFromWallMs = this.#revocations.effective.get(this.#crypto.hubIdOf(owner.publicKey));
    return voidFromWallMs !== undefined && issuedWallMs >= voidFromWallMs;
  }

  #timeProblem(
    { issuedWallMs, expiresWallMs }: Pick<Certificate, "issuedWallMs" | "expiresWallMs">,
    { isClockBehind, timeMs }: OwnTime,
  ): "federation.expired" | "federation.notYet" | undefined {
    if (timeMs >= expiresWallMs) return "federation.expired";
    const early = issuedWallMs > timeMs + this.#settings.clockSlackMs;
    return early && !isClockBehind ? "federation.notYet" : undefined;
  }
}
