/** ROUTE: what neighbours tell each other about ways. Types only. See `runtime/mesh/README.md`, Segments and routing. */
import type { HubId } from "./ids.js";
import type { Locator } from "./mesh.js";

export interface RouteUpdate {
  readonly hub: HubId;
  /** The origin's, 16 bits: RFC 8966 §3.2.1. */
  readonly seqno: number;
  /** How far it is from the sender. 0 from the origin itself. Absent: no longer to be told of here, since its rank sank. */
  readonly metric?: number;
  /** Number of what the origin last said about itself: `sizes`. 16 bits, wraps around. */
  readonly version: number;
  /** How many children each region has whose landmark the origin is, from its cell up. As many as its rank: none for most hubs. */
  readonly sizes: readonly number[];
}

/** "I need a route to this hub with this sequence number or a newer one": RFC 8966 §3.8.1.2. */
export interface RouteRequest {
  readonly hub: HubId;
  readonly seqno: number;
  /** How often it may still be passed on. */
  readonly hops: number;
}

export interface RouteBody {
  /** The sender's, in its first message and whenever it has changed. Decides with the receiver's own what is in scope. */
  readonly locator?: Locator;
  /** What was told before and is not among the updates of this message is no longer true. */
  readonly full?: boolean;
  readonly updates?: readonly RouteUpdate[];
  /** No way there from the sender, or only one through the receiver. */
  readonly withdrawn?: readonly HubId[];
  readonly requests?: readonly RouteRequest[];
  /** Over everything that the sender has told and not withdrawn. */
  readonly digest?: number;
  /** Please say everything again. */
  readonly again?: boolean;
}
