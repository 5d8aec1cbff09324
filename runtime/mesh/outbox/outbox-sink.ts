/** What the outbox wants of its node. Types only. */
import type { HubId } from "../../core/ids.js";
import type { MessageOf } from "../../core/messages.js";
import type { StoreOperation } from "../../core/ports.js";

/** A message as the wire encodes its body: the outbox keeps bytes, whose size it can bound and whose form it can store. */
export interface Content {
  /** The number of the message. */
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** Names a parcel for ever. */
export interface ParcelRef {
  readonly to: HubId;
  readonly stream: number;
  readonly number: number;
}

/** For people. */
export interface WaitingParcel extends Content {
  readonly to: HubId;
  readonly priority: number;
  /** Monotonic. Unit: ms. */
  readonly expiresMs: number;
}

/** delivered: the other hub has acknowledged it; expired: its life is over; dropped: there was no room, or no disk. */
export type Outcome = "delivered" | "expired" | "dropped";

export interface OutboxSink {
  /** Along routes, best effort. */
  route(to: HubId, message: MessageOf<"PARCEL">): void;
  count(name: string, by?: number): void;
  /** Once for each parcel, unless the hub loses power before the write that follows is done: then it comes again, under the same name,
   *  by which an application whose own effects outlive the process can tell.
   *  @returns false for what a later version may read: it is kept, and delivered again at each start until it is true. */
  deliver(from: HubId, content: Content, parcel: Omit<ParcelRef, "to">): boolean;
  /** Of this hub's own parcels. */
  settled(parcel: ParcelRef, content: Content, outcome: Outcome): void;
  /** An acknowledgement came from there, or did not: whoever chooses the first hop learns from it. */
  learnt(to: HubId, acknowledged: boolean): void;
  /** All of it or none, in the order of the serials. `Outbox.written` or `Outbox.writeFailed` must follow, not from within. */
  write(operations: readonly StoreOperation[], serial: number): void;
}
