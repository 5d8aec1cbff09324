/** What a hub's place in the tree is. Types only. */
import type { HubId } from "../../core/ids.js";
import type { BroadcastScope } from "../../core/messages-broadcast.js";
import type { Bucket } from "./bucket.js";
import type { MessageId } from "./message-id.js";

/** What the tree knows of a neighbour. */
export interface Branch extends Bucket {
  readonly hub: HubId;
  /** By scope. */
  readonly eager: Record<BroadcastScope, boolean>;
  /** To be announced, by scope; absent when there is nothing. */
  announce: Partial<Record<BroadcastScope, MessageId[]>> | undefined;
  prunedMs: number;
  /** From when on it is young no more: some time after it came up, or as soon as a payload was asked for over it. */
  oldMs: number;
}

/** The origin that shapes the tree, and this hub's place below it. */
export interface Root {
  readonly src: HubId;
  readonly heardMs: number;
  /** Its latest broadcast. */
  readonly id: MessageId;
  /** Towards it; absent when this hub is the root. */
  parent: HubId | undefined;
  round: number;
}
