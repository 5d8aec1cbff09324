/** The bytes that the second HELLO signs: who has the key of this id answers this peer's nonce. Pure. */
import { concatBytes } from "../core/bytes.js";
import { type HubId, idToBytes } from "../core/ids.js";
import { NONCE_BYTES } from "./messages/link.js";

/** Sets these signatures apart from every other use of the same key. */
const LABEL = new TextEncoder().encode("mindos-hello-v1");

export interface HelloTranscriptParts {
  /** What the peer's first HELLO carried. */
  readonly peerNonce: Uint8Array;
  readonly ownNonce: Uint8Array;
  readonly ownId: HubId;
  readonly peerId: HubId;
}

/**
 * "mindos-hello-v1" ‖ peerNonce ‖ ownNonce ‖ ownId ‖ peerId, 79 bytes, "own" being the signer. The verifier swaps own and peer.
 * The signer's nonce comes second, so that no one can have a hub sign bytes of the other's choice alone; the two ids make a proof
 * useless to a third hub and to the one that made it.
 * @throws RangeError when a nonce is not 16 bytes long.
 */
export function helloTranscript({ peerNonce, ownNonce, ownId, peerId }: HelloTranscriptParts): Uint8Array {
  if (peerNonce.length !== NONCE_BYTES || ownNonce.length !== NONCE_BYTES) {
    throw new RangeError(`a nonce is ${NONCE_BYTES} bytes`);
  }
  return concatBytes(LABEL, peerNonce, ownNonce, idToBytes(ownId), idToBytes(peerId));
}
