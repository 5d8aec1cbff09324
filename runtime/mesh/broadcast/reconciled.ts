/** What broadcast is told of reconciliation, so that both do not carry the same. */
import type { HubId } from "../../core/ids.js";
import type { Message } from "../../core/messages.js";

/** What neighbours compare with each other besides, so that not every link has to carry it. */
export interface Reconciled {
  /** Whether this message is of that kind. */
  concerns(message: Message): boolean;
  /** Whether all that it says is known here: who knew it has told it, or its teacher has, so that it is not passed on again. */
  isStale(message: Message): boolean;
  /** Whether that neighbour is about to be compared with: nothing of the kind is pushed or announced there. */
  isPending(hub: HubId): boolean;
}
