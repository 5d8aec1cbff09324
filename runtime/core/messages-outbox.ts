/** PARCEL: what must arrive, exactly once, however long it takes. Types only. See `runtime/mesh/README.md`, Outbox. */
import type { HubId } from "./ids.js";

/** parcel: for the reader; ack: what the sender has got of a stream; custody: please deliver it for me; taken: I shall. */
export type ParcelOp = "parcel" | "ack" | "custody" | "taken";

export interface ParcelBody {
  readonly op: ParcelOp;
  /** Which numbering of the origin's parcels to the destination; a later one is greater. */
  readonly stream: number;
  /** In "parcel", "custody" and "taken": of the stream, from 1. In "ack": up to here everything is settled. */
  readonly number: number;
  /** In "parcel" from its origin: so many numbers before this one are not settled yet; older ones will never come again. */
  readonly behind?: number;
  /** In "parcel" and "custody": 0 (whenever) … 7 (now). */
  readonly priority?: number;
  /** In "parcel" and "custody": what is left of its life. Unit: s. */
  readonly ttlS?: number;
  /** In "parcel" and "custody": which message, and its bytes. */
  readonly kind?: number;
  readonly content?: Uint8Array;
  /** Whose stream it is, when it is neither the sender's nor, in "ack" and "taken", the reader's. */
  readonly origin?: HubId;
  /** In "custody" and "taken": for whom. In an "ack" that a custodian passes on: who has got it. */
  readonly to?: HubId;
  /** In "ack": bit n of byte m says that number + 1 + 8 m + n has arrived. No zeros at the end. */
  readonly above?: Uint8Array;
  /** In "custody", and in "parcel" from a custodian: its origin's public key and signature. In an "ack" to a custodian, and as that passes it on:
   *  the reader's. */
  readonly proof?: Uint8Array;
}

export const PARCEL_CONTENT_BYTES_MAX = 61_440;
/** How far apart the oldest and the newest unsettled parcel of a stream may be: the receiver remembers a bit for each. */
export const PARCEL_WINDOW = 1024;
export const PARCEL_TTL_S_MAX = 259_200;
