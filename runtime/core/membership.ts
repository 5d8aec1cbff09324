/** What the home's papers say: certificates of membership and revocations, as values. Types only; their bytes are in wire/certificate.ts. */
import type { HubId } from "./ids.js";

/** First 16 bytes of SHA-256(Ed25519 public key of the home's root), 32 hex digits. */
export type HomeId = string & { readonly __brand: "HomeId" };

/** An owner may invite and revoke; only the root makes owners. */
export type Role = "member" | "owner";

/** Who a hub is to its home. Signed by the home's root, or by an owner whose own certificate the root signed. */
export interface Certificate {
  readonly home: HomeId;
  /** Ed25519, raw, 32 bytes; the hub's id follows from it. */
  readonly publicKey: Uint8Array;
  /** What the hub was called when it was admitted. */
  readonly name: string;
  readonly role: Role;
  /** Which admission it is, counted by its issuer from 1; a renewal keeps it. Among owners the smaller is the senior. */
  readonly serial: number;
  readonly issuedWallMs: number;
  readonly expiresWallMs: number;
}

export type RevocationReason = "lost" | "stolen" | "replaced" | "retired";

/** A hub whose certificates count no more, for ever: it can only come back with a new key. */
export interface Revocation {
  readonly home: HomeId;
  readonly hub: HubId;
  readonly wallMs: number;
  readonly reason?: RevocationReason;
  /** The certificate of the owner that signed it; absent when the root did. */
  readonly issuer?: Uint8Array;
}

/** That a home deals with another one: hubs of both meet at brokers. Shown to hubs of that other home, and short-lived: whoever
 *  signs it makes it anew for every link. */
export interface Trust {
  readonly home: HomeId;
  /** Of the other home's root. Ed25519, raw, 32 bytes. */
  readonly otherRootKey: Uint8Array;
  /** The certificate of the owner that signed it; absent when the root did. */
  readonly issuer?: Uint8Array;
  readonly issuedWallMs: number;
  readonly expiresWallMs: number;
}

/** A value with what its signature covers, so that it can be judged by any key without being encoded again. */
export interface Signed<T> {
  readonly value: T;
  readonly toBeSigned: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}
