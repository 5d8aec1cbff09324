/** What must arrive: PARCEL. Pure. */
import { BROADCAST_PROOF_BYTES } from "../../core/messages-broadcast.js";
import {
  PARCEL_CONTENT_BYTES_MAX,
  PARCEL_TTL_S_MAX,
  PARCEL_WINDOW,
  type ParcelBody,
} from "../../core/messages-outbox.js";
import { record } from "../codec.js";
import { boundedBytes, hubId, integer, registered, uint53 } from "../fields.js";

export const parcel = record<ParcelBody>({
  op: { key: 1, codec: registered("parcel operation", { parcel: 0, ack: 1, custody: 2, taken: 3 }) },
  stream: { key: 2, codec: uint53 },
  number: { key: 3, codec: uint53 },
  behind: { key: 5, codec: integer(0, PARCEL_WINDOW - 1), optional: true },
  priority: { key: 7, codec: integer(0, 7), optional: true },
  ttlS: { key: 9, codec: integer(0, PARCEL_TTL_S_MAX), optional: true },
  kind: { key: 11, codec: integer(0, 255), optional: true },
  content: { key: 13, codec: boundedBytes(0, PARCEL_CONTENT_BYTES_MAX), optional: true },
  origin: { key: 15, codec: hubId, optional: true },
  to: { key: 17, codec: hubId, optional: true },
  above: { key: 19, codec: boundedBytes(0, PARCEL_WINDOW / 8), optional: true },
  proof: { key: 21, codec: boundedBytes(BROADCAST_PROOF_BYTES, BROADCAST_PROOF_BYTES), optional: true },
});
