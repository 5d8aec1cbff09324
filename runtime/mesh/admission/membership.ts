/**
 * Who belongs to this home. The node asks at every HELLO. Pure: wall time, formats and cryptography are passed in.
 *
 * Clocks. Boards without a clock battery wake years behind, so a hub's own clock alone decides nothing: the time that
 * certificates are judged by is the later of the clock and the greatest issue time among the certificates and revocations
 * that this hub has believed. Who signed one had seen that moment. A clock that is more than the slack behind it is evidently
 * wrong, and then "not valid yet" is not said. A clock that runs ahead cannot be told from time that has passed; the first
 * that such a hub refuses is its own certificate, which is what it tells a person.
 */
import { LruMap } from "../../core/bounded.js";
import { bytesEqual, bytesToHex } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Certificate, HomeId, Revocation } from "../../core/membership.js";
import {
  type Chain,
  type ChainProblem,
  type ChainVerdict,
  type Home,
  isSigned,
  judgeChain,
  type MembershipCrypto,
} from "./chain.js";
import { type Authority, Revocations, type RevocationVerdict, type Saying } from "./revocations.js";
import { ADMISSION_DEFAULTS, type AdmissionSettings } from "./settings.js";

/** Why a hub is not let in: part of the counter's name. */
export type PeerProblem = ChainProblem | "notItsKey" | "revoked" | "issuerRevoked" | "expired" | "notYet";

export type PeerVerdict =
  | { readonly ok: true; readonly certificate: Certificate }
  /** "mesh.admission.expired", … */
  | { readonly ok: false; readonly problem: `mesh.admission.${PeerProblem}` };

export interface OwnPapers {
  readonly home: HomeId;
  readonly rootKey: Uint8Array;
  readonly chain: readonly Uint8Array[];
}

export class Membership {
  readonly #home: Home;
  readonly #crypto: MembershipCrypto;
  readonly #settings: AdmissionSettings;
  readonly #revocations: Revocations;
  /** The same chain comes with every link, entry and broadcast of a hub: its signatures are verified once. By the chain that is kept, and by
   *  its bytes. Those that do not hold are not remembered: whoever sends them could drive out the others. */
  readonly #judged = new WeakMap<readonly Uint8Array[], ChainVerdict>();
  readonly #believed: LruMap<string, ChainVerdict>;
  #chain: readonly Uint8Array[];
  #own: Certificate;
  /** No earlier than this, whatever the clock says. */
  #floorWallMs: number;

  /** @throws RangeError when the own chain does not lead to the root. */
  constructor(papers: OwnPapers, crypto: MembershipCrypto, settings: AdmissionSettings = ADMISSION_DEFAULTS) {
    this.#home = { home: papers.home, rootKey: papers.rootKey };
    this.#crypto = crypto;
    this.#settings = settings;
    this.#believed = new LruMap(settings.chainsMax);
    this.#revocations = new Revocations(this.#home, crypto, settings.revocationsMax);
    const verdict = judgeChain(papers.chain, this.#home, crypto);
    if ("problem" in verdict) throw new RangeError(`the own chain is not of this home: ${verdict.problem}`);
    this.#chain = papers.chain;
    this.#own = verdict.certificate;
    this.#floorWallMs = verdict.certificate.issuedWallMs;
  }

  get home(): HomeId {
    return this.#home.home;
  }

  /** For HELLO. */
  get chain(): readonly Uint8Array[] {
    return this.#chain;
  }

  get own(): Certificate {
    return this.#own;
  }

  /** The time that certificates are judged by. */
  timeOf(wallMs: number): number {
    return Math.max(wallMs, this.#floorWallMs);
  }

  isClockBehind(wallMs: number): boolean {
    return wallMs < this.#floorWallMs - this.#settings.clockSlackMs;
  }

  /** @param peer whom the channel has proven to be at the other end. Verifies at most two signatures. */
  check(peer: HubId, chain: readonly Uint8Array[], wallMs: number): PeerVerdict {
    // A revoked hub costs nothing, however often it comes.
    if (this.isRevoked(peer)) return refused("revoked");
    const verdict = this.#judge(chain);
    if ("problem" in verdict) return refused(verdict.problem);
    if (this.#crypto.hubIdOf(verdict.certificate.publicKey) !== peer) return refused("notItsKey");
    const problem = this.#problemOf(verdict, wallMs);
    if (problem !== undefined) return refused(problem);
    this.#believe(verdict.certificate.issuedWallMs);
    return { ok: true, certificate: verdict.certificate };
  }

  /** Whether a chain entitled its hub when it signed something: papers that have ended since count, and a revocation says from when on
   *  nothing does. @param signedWallMs as the signer says; the signature must cover it. */
  checkAuthor(chain: readonly Uint8Array[], signedWallMs: number): PeerVerdict {
    const verdict = this.#judge(chain);
    if ("problem" in verdict) return refused(verdict.problem);
    const { certificate, issuer } = verdict;
    if (this.#isVoid(certificate, signedWallMs)) return refused("revoked");
    if (issuer !== undefined && this.#isVoid(issuer, certificate.issuedWallMs)) return refused("issuerRevoked");
    if (signedWallMs >= certificate.expiresWallMs) return refused("expired");
    if (signedWallMs < certificate.issuedWallMs - this.#settings.clockSlackMs) return refused("notYet");
    return { ok: true, certificate };
  }

  /** Why this hub itself is out of its home, by its own papers and clock. */
  ownProblem(wallMs: number): PeerProblem | undefined {
    const verdict = this.#judge(this.#chain);
    if ("problem" in verdict) return verdict.problem;
    if (this.isRevoked(this.#crypto.hubIdOf(this.#own.publicKey))) return "revoked";
    return this.#problemOf(verdict, wallMs);
  }

  /** @returns "new": to be passed on, kept, and links of those that are now revoked to be cut. */
  revoke(bytes: Uint8Array, wallMs: number): RevocationVerdict {
    const verdict = this.#revocations.add(bytes);
    if (verdict !== "new") return verdict;
    const read = this.#crypto.readRevocation(bytes);
    if (isSigned<Revocation>(read) && read.value.wallMs <= wallMs + this.#settings.clockSlackMs) {
      this.#believe(read.value.wallMs);
    }
    return verdict;
  }

  isRevoked(hub: HubId): boolean {
    return this.#revocations.effective.has(hub);
  }

  /** The signed bytes of all that are known, at most `revocationsMax`. */
  revoked(): Uint8Array[] {
    return this.#revocations.bytes();
  }

  /** Of those the ones about one hub, in the order of authority: what convinces that hub. */
  revocationsAbout(hub: HubId): Uint8Array[] {
    return this.#revocations.about(hub);
  }

  /** Ids that are out. */
  revokedHubs(): HubId[] {
    return [...this.#revocations.effective.keys()];
  }

  /** What `owner` alone has revoked: whoever revokes that owner says these again, or they would be back. */
  revokedOnlyBy(owner: HubId): Saying[] {
    return this.#revocations.onlyBy(owner);
  }

  /** Whether all of these would be kept. @param by the owner who is to sign them; absent: the root. */
  hasRoomFor(sayings: readonly Saying[], by?: Authority): boolean {
    return this.#revocations.hasRoomFor(sayings, by);
  }

  /** Less than a third of its life is left. */
  isRenewalDue(certificate: Certificate, wallMs: number): boolean {
    const life = certificate.expiresWallMs - certificate.issuedWallMs;
    return certificate.expiresWallMs - this.timeOf(wallMs) < life * this.#settings.renewalPart;
  }

  /** A later chain for this hub's own key takes the place of the present one.
   *  @returns whether it did. */
  renewOwn(chain: readonly Uint8Array[], wallMs: number): boolean {
    const verdict: ChainVerdict = this.#judge(chain);
    if ("problem" in verdict || this.#problemOf(verdict, wallMs) !== undefined) return false;
    const { certificate } = verdict;
    if (!bytesEqual(certificate.publicKey, this.#own.publicKey)) return false;
    if (certificate.expiresWallMs <= this.#own.expiresWallMs) return false;
    // An owner's can be had of the root alone: a member's in its place would take the right away.
    if (this.#own.role === "owner" && certificate.role !== "owner") return false;
    this.#chain = chain.map((bytes) => bytes.slice());
    this.#own = certificate;
    this.#believe(certificate.issuedWallMs);
    return true;
  }

  #problemOf({ certificate, issuer }: Chain, wallMs: number): PeerProblem | undefined {
    if (issuer !== undefined && this.#isVoid(issuer, certificate.issuedWallMs)) return "issuerRevoked";
    return this.#timeProblem(certificate, wallMs) ?? (issuer && this.#timeProblem(issuer, wallMs));
  }

  #judge(chain: readonly Uint8Array[]): ChainVerdict {
    const judged = this.#judged.get(chain);
    if (judged !== undefined) return judged;
    const name = nameOf(chain);
    const verdict = this.#believed.get(name) ?? judgeChain(chain, this.#home, this.#crypto);
    if (!("problem" in verdict)) this.#believed.set(name, verdict);
    this.#judged.set(chain, verdict);
    return verdict;
  }

  /** What that key signed at that time counts no more. */
  #isVoid({ publicKey }: Certificate, signedWallMs: number): boolean {
    const voidFromWallMs = this.#revocations.effective.get(this.#crypto.hubIdOf(publicKey));
    return voidFromWallMs !== undefined && signedWallMs >= voidFromWallMs;
  }

  #timeProblem({ issuedWallMs, expiresWallMs }: Certificate, wallMs: number): "expired" | "notYet" | undefined {
    if (this.timeOf(wallMs) >= expiresWallMs) return "expired";
    const early = issuedWallMs > wallMs + this.#settings.clockSlackMs;
    return early && !this.isClockBehind(wallMs) ? "notYet" : undefined;
  }

  #believe(wallMs: number): void {
    this.#floorWallMs = Math.max(this.#floorWallMs, wallMs);
  }
}

function nameOf(chain: readonly Uint8Array[]): string {
  return chain.map(bytesToHex).join();
}

function refused(problem: PeerProblem): PeerVerdict {
  return { ok: false, problem: `mesh.admission.${problem}` };
}
