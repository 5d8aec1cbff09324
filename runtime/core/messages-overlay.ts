/** NEIGHBOUR: whom hubs link with, whom they know, and where they are. Types only. */
import type { HubId } from "./ids.js";
import type { Coordinate, PeerRecord } from "./mesh.js";

/** HyParView's messages (Leitão et al. 2007) between neighbours; "view" is what two neighbours always know of each other. */
export type NeighbourOp =
  /** What has changed at the sender: its neighbours, its coordinate, whether it wants this link. */
  | "view"
  /** The sender has just arrived: tell others. */
  | "join"
  /** A random walk with the record of a hub that has just arrived. */
  | "forward-join"
  /** A sample of the hubs that the sender knows; the receiver answers with one of its own. */
  | "shuffle"
  | "shuffled"
  /** The first record's hub wants to be dialled by `target`; passed on once, by a common neighbour. */
  | "meet"
  /** A long split has healed: try the hubs that you lost. */
  | "heal"
  /** The link ends by decision; the records are hubs to try instead. */
  | "disconnect";

export interface NeighbourBody {
  readonly op: NeighbourOp;
  /** Whether the sender wants this link for itself. Absent: as before; on a new link, yes. */
  readonly wanted?: boolean;
  /** How often it may still be passed on. */
  readonly ttl?: number;
  readonly coordinate?: Coordinate;
  readonly target?: HubId;
  /** The sender has few other links: it must not be turned away lightly. Absent: as before; on a new link, no. */
  readonly needy?: boolean;
  /** The sender has lost hubs and tries them: those that do share one pace. Absent: as before; on a new link, no. */
  readonly searching?: boolean;
  readonly peers?: readonly PeerRecord[];
  /** Hubs that the sender has had a link with since it last said. */
  readonly added?: readonly HubId[];
  readonly removed?: readonly HubId[];
}
