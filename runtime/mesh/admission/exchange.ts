/**
 * What the two ends of a join compute alike (PROTOCOL.md, ADMIT): keys, commitments, proofs and the six digits. Pure.
 * Commit-then-reveal with short authentication strings as in ZRTP (RFC 6189 §4.4): the joiner is bound to its nonce before the
 * inviter shows its own, so that somebody in the middle cannot look for values that make both ends' digits agree.
 */
import { concatBytes } from "../../core/bytes.js";

export const NONCE_BYTES = 16;
const DIGITS = 6;
/** A name is at most 120 bytes on the wire: its length fits one byte. */
const TEXT_BYTES_MAX = 255;

export interface ExchangeCrypto {
  sha256(bytes: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array;
}

export interface JoinerPart {
  readonly nonce: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly name: string;
}

export interface InviterPart {
  readonly nonce: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly rootKey: Uint8Array;
  /** Of the home. */
  readonly name: string;
}

export function keyOfCode(code: string, { sha256 }: ExchangeCrypto): Uint8Array {
  return sha256(concatBytes(ascii("mindos-invite-v1"), text(code)));
}

export function commitmentOf({ nonce, publicKey, name }: JoinerPart, { sha256 }: ExchangeCrypto): Uint8Array {
  return sha256(concatBytes(ascii("mindos-admit-commit-v1"), nonce, publicKey, text(name)));
}

/** The joiner knows the code, on this channel. */
export function commitMac(key: Uint8Array, channel: Uint8Array, commitment: Uint8Array, crypto: ExchangeCrypto) {
  return crypto.hmacSha256(key, concatBytes(ascii("mindos-admit-j-v1"), channel, commitment));
}

/** T of the specification: what is settled before the joiner reveals. */
export function offerTranscript(channel: Uint8Array, commitment: Uint8Array, inviter: InviterPart): Uint8Array {
  const { nonce, publicKey, rootKey, name } = inviter;
  return concatBytes(channel, commitment, nonce, publicKey, rootKey, text(name));
}

/** The inviter knows the code too. */
export function offerMac(key: Uint8Array, transcript: Uint8Array, crypto: ExchangeCrypto): Uint8Array {
  return crypto.hmacSha256(key, concatBytes(ascii("mindos-admit-i-v1"), transcript));
}

/** U of the specification. */
export function fullTranscript(offer: Uint8Array, { nonce, publicKey, name }: JoinerPart): Uint8Array {
  return concatBytes(offer, nonce, publicKey, text(name));
}

/** What the joiner signs, to show that it has the key that it asks a certificate for. */
export function proofMessage(transcript: Uint8Array, { sha256 }: ExchangeCrypto): Uint8Array {
  return concatBytes(ascii("mindos-admit-sign-v1"), sha256(transcript));
}

/** @returns "004711": equal at both ends unless somebody sits between them, who has one chance in a million. */
export function digitsOf(transcript: Uint8Array, { sha256 }: ExchangeCrypto): string {
  const hash = sha256(concatBytes(ascii("mindos-admit-digits-v1"), transcript));
  // 48 bits: every group of digits is as likely as another to 1 in 10^8.
  const number = hash.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
  return String(number % 10 ** DIGITS).padStart(DIGITS, "0");
}

function ascii(label: string): Uint8Array {
  return new TextEncoder().encode(label);
}

function text(value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length > TEXT_BYTES_MAX) throw new RangeError(`a text of ${bytes.length} bytes, at most ${TEXT_BYTES_MAX}`);
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}
