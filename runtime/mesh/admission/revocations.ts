/**
 * Who is out: the revocations of a home, which are kept, and which of them count. Pure.
 *
 * Owners can revoke each other, and what one hub hears first another hears last. So which revocations count is a function
 * of the set alone: go through those who revoked, the root first, then the owners by seniority (serial, then id); what each
 * says counts unless it was itself put out by one before it. Two hubs with the same set agree, whatever came when.
 * The same rule as "the senior wins" of @localfirst/auth for members who remove each other at the same time.
 *
 * The set is bounded, and that bound must not make it depend on the order either, nor let one stolen key use up the room. So
 * revocations stand in one order: by their revoker as above, then the gravest (what it voids from the earliest time), then the earliest,
 * then by their bytes. Of two by one revoker about one hub the first in this order is kept; so are the first `max` of all, and of each owner
 * no more than a quarter of that. Each rule takes the least of a total order, so that whatever was dropped would be dropped again.
 */
import { bytesEqual } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Certificate, Revocation } from "../../core/membership.js";
import { type Home, isBy, isSigned, type MembershipCrypto } from "./chain.js";

/** Why a revocation was not taken: part of the counter's name. full: it is the last in the order, and there is no room for so many. */
export type RevocationProblem = "malformed" | "unknownHome" | "badSignature" | "notAnOwner" | "full";
export type RevocationVerdict = "new" | "known" | { readonly problem: RevocationProblem };

/** What a revocation says, whoever signed it. */
export type Saying = Pick<Revocation, "hub" | "reason" | "wallMs">;

interface Kept {
  readonly bytes: Uint8Array;
  readonly saying: Saying;
  /** What the hub signed from then on counts no more. */
  readonly voidFromWallMs: number;
}

/** The smaller serial, then the smaller id speaks first. */
export interface Authority {
  readonly serial: number;
  readonly id: HubId | "";
}

/** Who signs: the root, or an owner. */
interface Signer extends Authority {
  readonly key: Uint8Array;
  /** Whose signature was verified; absent for the root. */
  readonly certificate?: Uint8Array;
}

/** Each speaks once about one hub. */
interface Revoker extends Signer {
  readonly out: Map<HubId, Kept>;
}

/** The root speaks before every owner. */
const ROOT: Authority = { serial: -1, id: "" };
/** Of `max`: what one owner may fill. Four thieves with keys of four owners still leave the root its room, since it goes first. */
const OWNERS_PART = 1 / 4;

export class Revocations {
  readonly #home: Home;
  readonly #crypto: MembershipCrypto;
  readonly #max: number;
  readonly #ownersMax: number;
  /** In the order of authority; each has said something. */
  readonly #revokers: Revoker[] = [];
  #effective: ReadonlyMap<HubId, number> = new Map();
  #size = 0;

  /** @param max see `AdmissionSettings.revocationsMax`. */
  constructor(home: Home, crypto: MembershipCrypto, max: number) {
    this.#home = home;
    this.#crypto = crypto;
    this.#max = max;
    this.#ownersMax = Math.max(1, Math.floor(max * OWNERS_PART));
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

  /** Those about one hub, in the order of authority. */
  about(hub: HubId): Uint8Array[] {
    return this.#revokers.flatMap(({ out }) => out.get(hub)?.bytes ?? []);
  }

  /** What this owner alone has said, or nobody else as gravely: to be said again by somebody else before the owner is put out itself. */
  onlyBy(hub: HubId): Saying[] {
    const own = this.#revokers.find(({ id }) => id === hub);
    if (own === undefined) return [];
    const others = this.#revokers.filter((revoker) => revoker !== own);
    const isSaidBy = (revoker: Revoker, { saying, voidFromWallMs }: Kept): boolean =>
      (revoker.out.get(saying.hub)?.voidFromWallMs ?? Number.POSITIVE_INFINITY) <= voidFromWallMs;
    const alone = [...own.out.values()].filter((kept) => !others.some((revoker) => isSaidBy(revoker, kept)));
    return alone.map(({ saying }) => saying);
  }

  /** Whether all of these would be kept, and drive out none of the same signer's. @param by absent: the root. */
  hasRoomFor(sayings: readonly Saying[], by: Authority = ROOT): boolean {
    const own = this.#revokers.find(({ id }) => id === by.id)?.out;
    const more = sayings.filter(({ hub }) => own?.has(hub) !== true).length;
    const before = this.#revokers.filter((revoker) => compareAuthority(revoker, by) <= 0);
    const left = this.#max - before.reduce((sum, { out }) => sum + out.size, 0);
    const ownLeft = by.id === ROOT.id ? left : this.#ownersMax - (own?.size ?? 0);
    return more === 0 || more <= Math.min(left, ownLeft);
  }

  /** @returns "new" also for a graver one than was known: both are to be passed on. */
  add(bytes: Uint8Array): RevocationVerdict {
    const read = this.#crypto.readRevocation(bytes);
    if (!isSigned<Revocation>(read)) return { problem: "malformed" };
    const { home, hub, issuer, reason, wallMs } = read.value;
    if (home !== this.#home.home) return { problem: "unknownHome" };
    const signer = issuer === undefined ? { key: this.#home.rootKey, ...ROOT } : this.#ownerOf(issuer);
    if ("problem" in signer) return signer;
    // A copy: the bytes must not keep a whole frame alive.
    const saying = { hub, wallMs, ...(reason === undefined ? {} : { reason }) };
    const kept: Kept = { bytes: bytes.slice(), saying, voidFromWallMs: voidFrom(read.value) };
    // Before the signature: what is known, or has no room, costs nothing, however often it is brought.
    const known = this.#revokers.find(({ id }) => id === signer.id)?.out.get(hub);
    if (known !== undefined && compareKept(known, kept) <= 0) return "known";
    const loser = known === undefined ? this.#makesRoom(signer, kept) : undefined;
    if (loser === kept) return { problem: "full" };
    if (!isBy(read, signer.key, this.#crypto)) return { problem: "badSignature" };
    this.#put(signer, kept);
    if (loser !== undefined) this.#drop(loser);
    this.#effective = this.#decide();
    return "new";
  }

  /** @returns the one that goes when this one comes, which may be this one itself; undefined: there is room. */
  #makesRoom(signer: Signer, newcomer: Kept): Kept | undefined {
    const own = this.#revokers.find(({ id }) => id === signer.id);
    const ownFull = own !== undefined && own.id !== ROOT.id && own.out.size >= this.#ownersMax;
    if (!ownFull && this.#size < this.#max) return undefined;
    const last = ownFull ? own : this.#revokers.at(-1);
    const rank = last === undefined ? -1 : compareAuthority(last, signer);
    if (last === undefined || rank < 0) return newcomer;
    const lastKept = lastOf(last);
    return rank > 0 || compareKept(lastKept, newcomer) > 0 ? lastKept : newcomer;
  }

  #ownerOf(bytes: Uint8Array): Signer | { readonly problem: RevocationProblem } {
    const known = this.#revokers.find(({ certificate }) => certificate !== undefined && bytesEqual(certificate, bytes));
    if (known !== undefined) return known;
    const read = this.#crypto.readCertificate(bytes);
    if (!isSigned<Certificate>(read)) return { problem: "malformed" };
    const { home, role, serial, publicKey } = read.value;
    if (home !== this.#home.home) return { problem: "unknownHome" };
    if (role !== "owner") return { problem: "notAnOwner" };
    if (!isBy(read, this.#home.rootKey, this.#crypto)) return { problem: "badSignature" };
    return { key: publicKey, serial, id: this.#crypto.hubIdOf(publicKey), certificate: bytes.slice() };
  }

  #put(signer: Signer, kept: Kept): void {
    const revoker = this.#revokers.find(({ id }) => id === signer.id) ?? this.#addRevoker(signer);
    if (!revoker.out.has(kept.saying.hub)) this.#size += 1;
    revoker.out.set(kept.saying.hub, kept);
  }

  #drop(kept: Kept): void {
    const { hub } = kept.saying;
    const at = this.#revokers.findIndex(({ out }) => out.get(hub) === kept);
    const revoker = this.#revokers[at];
    if (revoker === undefined) return;
    revoker.out.delete(hub);
    this.#size -= 1;
    if (revoker.out.size === 0) this.#revokers.splice(at, 1);
  }

  #addRevoker(signer: Signer): Revoker {
    const revoker: Revoker = { ...signer, out: new Map() };
    const at = this.#revokers.findIndex((other) => compareAuthority(other, revoker) > 0);
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
function voidFrom({ reason, wallMs }: Pick<Revocation, "reason" | "wallMs">): number {
  return reason === "replaced" || reason === "retired" ? wallMs : 0;
}

function compareAuthority(a: Authority, b: Authority): number {
  if (a.serial !== b.serial) return a.serial - b.serial;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

/** Of one revoker's. */
function compareKept(a: Kept, b: Kept): number {
  return a.voidFromWallMs - b.voidFromWallMs || a.saying.wallMs - b.saying.wallMs || compareBytes(a.bytes, b.bytes);
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function lastOf({ out }: Revoker): Kept {
  return [...out.values()].reduce((last, kept) => (compareKept(kept, last) > 0 ? kept : last));
}
