/**
 * Who is out: the revocations of a home, and which of them count. Pure.
 *
 * Owners can revoke each other, and what one hub hears first another hears last. So which revocations count is a function
 * of the set alone: go through those who revoked, the root first, then the owners by seniority (serial, then id); what each
 * says counts unless it was itself put out by one before it. Two hubs with the same set agree, whatever came when.
 * The same rule as "the senior wins" of @localfirst/auth for members who remove each other at the same time.
 */
import type { HubId } from "../../core/ids.js";
import type { Certificate, Revocation } from "../../core/membership.js";
import { type Home, isBy, isSigned, type MembershipCrypto } from "./chain.js";

/** Why a revocation was not taken: part of the counter's name. */
export type RevocationProblem = "malformed" | "unknownHome" | "badSignature" | "notAnOwner" | "full";
export type RevocationVerdict = "new" | "known" | { readonly problem: RevocationProblem };

interface Kept {
  readonly bytes: Uint8Array;
  /** What the hub signed from then on counts no more. */
  readonly voidFromWallMs: number;
}

/** The root, or an owner: each speaks once about one hub. */
interface Revoker {
  readonly serial: number;
  readonly id: HubId | "";
  readonly out: Map<HubId, Kept>;
}

/** The root speaks before every owner. */
const ROOT: Pick<Revoker, "serial" | "id"> = { serial: -1, id: "" };

export class Revocations {
  readonly #home: Home;
  readonly #crypto: MembershipCrypto;
  readonly #max: number;
  /** In the order of authority. */
  readonly #revokers: Revoker[] = [];
  #effective: ReadonlyMap<HubId, number> = new Map();
  #size = 0;

  /** @param max see `AdmissionSettings.revocationsMax`. */
  constructor(home: Home, crypto: MembershipCrypto, max: number) {
    this.#home = home;
    this.#crypto = crypto;
    this.#max = max;
  }

  get size(): number {
    return this.#size;
  }

  /** Those that count, each with the wall time from which on nothing that it signed counts. A new map after each change. */
  get effective(): ReadonlyMap<HubId, number> {
    return this.#effective;
  }

  /** The signed bytes, in the order of authority; also those that do not count now, since one to come may make them count. */
  bytes(): Uint8Array[] {
    return this.#revokers.flatMap(({ out }) => [...out.values()].map((kept) => kept.bytes));
  }

  /** Whom this owner alone has put out: to be said again by somebody else before the owner is put out itself. */
  onlyBy(hub: HubId): HubId[] {
    const own = this.#revokers.find(({ id }) => id === hub);
    if (own === undefined) return [];
    const others = this.#revokers.filter((revoker) => revoker !== own);
    return [...own.out.keys()].filter((target) => !others.some(({ out }) => out.has(target)));
  }

  add(bytes: Uint8Array): RevocationVerdict {
    const read = this.#crypto.readRevocation(bytes);
    if (!isSigned<Revocation>(read)) return { problem: "malformed" };
    const { home, hub, issuer } = read.value;
    if (home !== this.#home.home) return { problem: "unknownHome" };
    const signer = issuer === undefined ? { key: this.#home.rootKey, ...ROOT } : this.#ownerOf(issuer);
    if ("problem" in signer) return signer;
    const revoker = this.#revokers.find(({ id }) => id === signer.id);
    // Before the signature: what is known costs nothing, however often it is brought.
    if (revoker?.out.has(hub)) return "known";
    if (!isBy(read, signer.key, this.#crypto)) return { problem: "badSignature" };
    if (this.#size >= this.#max) return { problem: "full" };
    // A copy: the bytes must not keep a whole frame alive.
    const kept = { bytes: bytes.slice(), voidFromWallMs: voidFrom(read.value) };
    (revoker ?? this.#addRevoker(signer)).out.set(hub, kept);
    this.#size += 1;
    this.#effective = this.#decide();
    return "new";
  }

  #ownerOf(bytes: Uint8Array) {
    const read = this.#crypto.readCertificate(bytes);
    if (!isSigned<Certificate>(read)) return { problem: "malformed" as const };
    const { home, role, serial, publicKey } = read.value;
    if (home !== this.#home.home) return { problem: "unknownHome" as const };
    if (role !== "owner") return { problem: "notAnOwner" as const };
    if (!isBy(read, this.#home.rootKey, this.#crypto)) return { problem: "badSignature" as const };
    return { key: publicKey, serial, id: this.#crypto.hubIdOf(publicKey) };
  }

  #addRevoker({ serial, id }: Pick<Revoker, "serial" | "id">): Revoker {
    const revoker: Revoker = { serial, id, out: new Map() };
    const at = this.#revokers.findIndex((other) => other.serial > serial || (other.serial === serial && other.id > id));
    this.#revokers.splice(at < 0 ? this.#revokers.length : at, 0, revoker);
    return revoker;
  }

  #decide(): ReadonlyMap<HubId, number> {
    const out = new Map<HubId, number>();
    for (const revoker of this.#revokers) {
      if (revoker.id !== "" && out.has(revoker.id)) continue;
      for (const [hub, { voidFromWallMs }] of revoker.out) {
        out.set(hub, Math.min(out.get(hub) ?? voidFromWallMs, voidFromWallMs));
      }
    }
    return out;
  }
}

/** A key that may be in a stranger's hands can sign yesterday's date. One that was put away signed honestly until then. */
function voidFrom({ reason, wallMs }: Revocation): number {
  return reason === "replaced" || reason === "retired" ? wallMs : 0;
}
