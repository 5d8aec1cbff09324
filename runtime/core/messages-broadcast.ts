/** GOSSIP: what the broadcast trees of two neighbours say to each other. Types only. */
import type { HubId } from "./ids.js";

/** gossip: a payload; ihave: what the sender could give; graft: give me these, and be my tree; prune: be my tree no longer. */
export type GossipOp = "gossip" | "ihave" | "graft" | "prune";
/** Who takes part: every hub of the mesh, or those of the cell in which it was published. */
export type BroadcastScope = "everyone" | "cell";

export const MESSAGE_ID_BYTES = 6;
/** An id and, in one byte, how many hops its payload had behind it. */
export const IHAVE_BYTES = MESSAGE_ID_BYTES + 1;

/** An Ed25519 public key and a signature. */
export const BROADCAST_PROOF_BYTES = 96;

export interface GossipBody {
  readonly op: GossipOp;
  readonly scope: BroadcastScope;
  /** Who published it. With op gossip, as the next four. */
  readonly src?: HubId;
  /** Which start of that hub. */
  readonly epoch?: number;
  /** Counts what that start published. */
  readonly seq?: number;
  /** Hops behind it. */
  readonly round?: number;
  /** An encoded message. Opaque to those that pass it on. */
  readonly payload?: Uint8Array;
  /** ihave: `IHAVE_BYTES` each; graft: `MESSAGE_ID_BYTES` each, none when only the link is meant. */
  readonly ids?: Uint8Array;
  /** gossip: the key of `src` and its signature. */
  readonly proof?: Uint8Array;
}
