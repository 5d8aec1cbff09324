/**
 * Whether a chain of certificates leads to the home's root: the root signs anyone, an owner signs members. Pure, and
 * without a clock: what is wrong with its times, `Membership` says.
 */
import { bytesEqual } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Certificate, HomeId, Revocation, Signed } from "../../core/membership.js";

/** The formats and the cryptography, passed in so that the machines stay pure. A problem is any object without `value`. */
export interface MembershipCrypto {
  hubIdOf(publicKey: Uint8Array): HubId;
  /** Ed25519. Never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  readCertificate(bytes: Uint8Array): Signed<Certificate> | object;
  readRevocation(bytes: Uint8Array): Signed<Revocation> | object;
}

export interface Home {
  readonly home: HomeId;
  readonly rootKey: Uint8Array;
}

export interface Chain {
  readonly certificate: Certificate;
  /** Of the owner who signed it; absent when the root did. */
  readonly issuer?: Certificate;
}

/** Why a chain is not believed. */
export type ChainProblem = "empty" | "malformed" | "unknownHome" | "badSignature" | "notAnOwner";

export type ChainVerdict = Chain | { readonly problem: ChainProblem };

export function isSigned<T>(read: Signed<T> | object): read is Signed<T> {
  return "value" in read;
}

/** @param bytes own certificate first. At most two signatures are verified, whatever the chain. */
export function judgeChain(bytes: readonly Uint8Array[], home: Home, crypto: MembershipCrypto): ChainVerdict {
  const [first, second] = bytes;
  if (first === undefined) return { problem: "empty" };
  if (bytes.length > 2) return { problem: "malformed" };
  const own = crypto.readCertificate(first);
  if (!isSigned<Certificate>(own)) return { problem: "malformed" };
  if (own.value.home !== home.home) return { problem: "unknownHome" };
  if (second === undefined) {
    return isBy(own, home.rootKey, crypto) ? { certificate: own.value } : { problem: "badSignature" };
  }
  // The cheap checks first: a stranger's two certificates must not cost two signatures.
  const issuer = crypto.readCertificate(second);
  if (!isSigned<Certificate>(issuer)) return { problem: "malformed" };
  if (issuer.value.home !== home.home) return { problem: "unknownHome" };
  if (issuer.value.role !== "owner" || own.value.role === "owner") return { problem: "notAnOwner" };
  if (bytesEqual(issuer.value.publicKey, own.value.publicKey)) return { problem: "notAnOwner" };
  const holds = isBy(issuer, home.rootKey, crypto) && isBy(own, issuer.value.publicKey, crypto);
  return holds ? { certificate: own.value, issuer: issuer.value } : { problem: "badSignature" };
}

export function isBy<T>(signed: Signed<T>, publicKey: Uint8Array, { verify }: MembershipCrypto): boolean {
  return verify(publicKey, signed.toBeSigned, signed.signature);
}
