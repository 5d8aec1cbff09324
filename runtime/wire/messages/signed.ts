/** SIGNED: a message with its origin's signature. Pure. */
import { BROADCAST_PROOF_BYTES } from "../../core/messages-broadcast.js";
import { SIGNED_CONTENT_BYTES_MAX, type SignedBody } from "../../core/messages-signed.js";
import { record } from "../codec.js";
import { boundedBytes } from "../fields.js";

export const signed = record<SignedBody>({
  proof: { key: 1, codec: boundedBytes(BROADCAST_PROOF_BYTES, BROADCAST_PROOF_BYTES) },
  content: { key: 3, codec: boundedBytes(1, SIGNED_CONTENT_BYTES_MAX) },
});
