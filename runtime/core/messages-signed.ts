/** SIGNED: a message with its origin's signature, along the routes. Types only. See `mesh/forwarding/proofs.ts`. */

/** What fits into a frame beside the signature. */
export const SIGNED_CONTENT_BYTES_MAX = 65_024;

export interface SignedBody {
  /** The origin's Ed25519 public key and its signature: 96 bytes. */
  readonly proof: Uint8Array;
  /** The message: its number in one byte, then its body. */
  readonly content: Uint8Array;
}
