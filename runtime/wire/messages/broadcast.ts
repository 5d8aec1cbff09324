/** GOSSIP: payloads, announcements and the tree's own words. Pure. */
import {
  BROADCAST_PROOF_BYTES,
  type BroadcastScope,
  type GossipBody,
  type GossipOp,
  IHAVE_BYTES,
  MESSAGE_ID_BYTES,
} from "../../core/messages-broadcast.js";
import { record } from "../codec.js";
import { boundedBytes, byteString, hubId, integer, registered, uint32, uint53 } from "../fields.js";

/** Leaves room for the rest of the frame below its limit of 64 KiB. */
export const BROADCAST_PAYLOAD_BYTES_MAX = 60 * 1024;
/** As `IDS_MAX` of the mesh. */
const IDS_MAX = 128;
const IDS_BYTES_MAX = IDS_MAX * Math.max(IHAVE_BYTES, MESSAGE_ID_BYTES);

const ops: Readonly<Record<GossipOp, number>> = { gossip: 0, ihave: 1, graft: 2, prune: 3 };
const scopes: Readonly<Record<BroadcastScope, number>> = { everyone: 0, cell: 1 };

/** Which hubs take part; absent for everyone. */
export const scopeField = {
  codec: registered<BroadcastScope>("broadcast scope", scopes),
  whenAbsent: { value: "everyone" as const, is: (scope: BroadcastScope) => scope === "everyone" },
};

export const gossip = record<GossipBody>({
  op: {
    key: 1,
    codec: registered("gossip operation", ops),
    whenAbsent: { value: "gossip", is: (op) => op === "gossip" },
  },
  scope: { key: 3, ...scopeField },
  src: { key: 5, codec: hubId, optional: true },
  epoch: { key: 7, codec: uint32, optional: true },
  seq: { key: 9, codec: uint53, optional: true },
  round: { key: 11, codec: integer(0, 255), optional: true },
  payload: { key: 13, codec: boundedBytes(0, BROADCAST_PAYLOAD_BYTES_MAX), optional: true },
  ids: { key: 15, codec: boundedBytes(MESSAGE_ID_BYTES, IDS_BYTES_MAX), optional: true },
  proof: { key: 17, codec: byteString(BROADCAST_PROOF_BYTES), optional: true },
});
