/** Messages between the two ends of one link: HELLO, PING, and ERROR, which may also be routed. Pure. */
import type { ErrorBody, HelloBody, PingBody } from "../../core/messages.js";
import { list, record } from "../codec.js";
import {
  boolean,
  boundedBytes,
  byteString,
  hubId,
  identifier,
  integer,
  intentId,
  label,
  registered,
  uint32,
} from "../fields.js";
import { CERTIFICATE_BYTES_MAX, CHAIN_MAX, TRUST_BYTES_MAX } from "./admission.js";
import { ADDRESSES_MAX, hubAddress } from "./overlay.js";

export const PUBLIC_KEY_BYTES = 32;
export const BOOT_BYTES = 8;
/** 40 characters of any script, as the configuration allows. */
export const HUB_NAME_BYTES_MAX = 120;
/** One byte after its head, so that a heartbeat is at most 4 bytes; see `LinkCodec` for the rest of the number. */
export const LINK_SEQ_MAX = 255;

export const hello = record<HelloBody>({
  versions: { key: 1, codec: list(integer(1, 255), 8) },
  id: { key: 2, codec: hubId },
  epoch: { key: 3, codec: uint32 },
  boot: { key: 4, codec: byteString(BOOT_BYTES) },
  name: { key: 5, codec: label(HUB_NAME_BYTES_MAX) },
  chain: { key: 6, codec: list(boundedBytes(1, CERTIFICATE_BYTES_MAX), CHAIN_MAX) },
  addresses: { key: 7, codec: list(hubAddress, ADDRESSES_MAX) },
  trust: { key: 8, codec: boundedBytes(1, TRUST_BYTES_MAX), optional: true },
});

export const ping = record<PingBody>({
  ackOf: { key: 1, codec: integer(0, LINK_SEQ_MAX), optional: true },
  late: { key: 2, codec: boolean, optional: true },
});

export const ERROR_DETAIL_BYTES_MAX = 200;

export const error = record<ErrorBody>({
  code: { key: 1, codec: identifier(32) },
  fault: { key: 2, codec: registered("fault", { local: 0, remote: 1 }) },
  detail: { key: 3, codec: label(ERROR_DETAIL_BYTES_MAX) },
  intentId: { key: 4, codec: intentId, optional: true },
  hub: { key: 6, codec: hubId, optional: true },
});
