/** Messages between the two ends of one link: HELLO, PING, and ERROR, which may also be routed. Pure. */
import type { ErrorBody, HelloBody, PingBody } from "../../core/messages.js";
import { list, record } from "../codec.js";
import { byteString, hubId, identifier, integer, intentId, label, registered, uint53 } from "../fields.js";

export const NONCE_BYTES = 16;
export const PUBLIC_KEY_BYTES = 32;
export const PROOF_BYTES = 64;
/** 40 characters of any script, as the configuration allows. */
export const HUB_NAME_BYTES_MAX = 120;
/** One byte after its head, so that a heartbeat is at most 4 bytes; see `LinkCodec` for the rest of the number. */
export const LINK_SEQ_MAX = 255;

export const hello = record<HelloBody>({
  versions: { key: 1, codec: list(integer(1, 255), 8) },
  id: { key: 2, codec: hubId },
  publicKey: { key: 3, codec: byteString(PUBLIC_KEY_BYTES) },
  epoch: { key: 4, codec: uint53 },
  nonce: { key: 5, codec: byteString(NONCE_BYTES) },
  name: { key: 6, codec: label(HUB_NAME_BYTES_MAX) },
  proof: { key: 7, codec: byteString(PROOF_BYTES), optional: true },
  mqttPort: { key: 8, codec: integer(1, 65_535), optional: true },
  home: { key: 9, codec: label(HUB_NAME_BYTES_MAX), optional: true },
});

export const ping = record<PingBody>({
  ackOf: { key: 1, codec: integer(0, LINK_SEQ_MAX), optional: true },
});

export const ERROR_DETAIL_BYTES_MAX = 200;

export const error = record<ErrorBody>({
  code: { key: 1, codec: identifier(32) },
  fault: { key: 2, codec: registered("fault", { local: 0, remote: 1 }) },
  detail: { key: 3, codec: label(ERROR_DETAIL_BYTES_MAX) },
  intentId: { key: 4, codec: intentId, optional: true },
});
