/** The cryptography that sealed sessions are made of, as functions that are passed in. Types, and HKDF on top of them. Pure. */
import { concatBytes } from "../core/bytes.js";
import type { HubId } from "../core/ids.js";

export interface SealedCrypto {
  /** X25519 (RFC 7748), used once. */
  keyPair(): EphemeralKey;
  randomBytes(length: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
  /** ChaCha20-Poly1305 (RFC 8439). @param nonce 12 bytes. @returns ciphertext ‖ tag (16) */
  seal(key: Uint8Array, nonce: Uint8Array, extra: Uint8Array, plain: Uint8Array): Uint8Array;
  /** @returns undefined when it is not genuine. */
  open(key: Uint8Array, nonce: Uint8Array, extra: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;
  /** Ed25519. Never throws. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  hubIdOf(publicKey: Uint8Array): HubId;
}

export interface EphemeralKey {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns undefined for a key of small order, with which the secret would be known to everybody. */
  agree(peerKey: Uint8Array): Uint8Array | undefined;
}

export interface SealedIdentity {
  readonly hub: HubId;
  /** Ed25519, raw, 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export const NONCE_BYTES = 12;
const ENCODER = new TextEncoder();

export function ascii(text: string): Uint8Array {
  return ENCODER.encode(text);
}

/** HKDF-Extract (RFC 5869 §2.2). */
export function extract(crypto: SealedCrypto, salt: Uint8Array, secret: Uint8Array): Uint8Array {
  return crypto.hmacSha256(salt, secret);
}

/** HKDF-Expand (RFC 5869 §2.3) to one block. @returns 32 bytes. */
export function expand(
  crypto: SealedCrypto,
  key: Uint8Array,
  label: string,
  context: Uint8Array = new Uint8Array(0),
): Uint8Array {
  return crypto.hmacSha256(key, concatBytes(ascii(label), context, Uint8Array.of(1)));
}

/** @param number 0 … 2^48 − 1, never used twice with one key. */
export function nonceOf(number: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  const view = new DataView(nonce.buffer);
  view.setUint16(6, Math.floor(number / 2 ** 32));
  view.setUint32(8, number >>> 0);
  return nonce;
}
