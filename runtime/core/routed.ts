/** A frame on its way through the mesh: from one hub to another, over any number of links. Types only. */
import type { HubId } from "./ids.js";
import type { Locator } from "./mesh.js";
import type { Message } from "./messages.js";

/** How often a frame may be passed on. */
export const HOPS_MAX = 127;

/** A message as it came from a link: not read on the way, copied as it is, read and checked where it is delivered. */
export interface EncodedPayload {
  /** Which message: its number on the wire. */
  readonly number: number;
  readonly encoded: Uint8Array;
}

export type Payload = Message | EncodedPayload;

export interface RoutedFrame {
  readonly src: HubId;
  /** Which start of `src` it is. */
  readonly srcEpoch: number;
  readonly dst: HubId;
  /** Where `dst` was when the frame was last looked up. Absent: in the cell of whoever holds the frame. */
  readonly locator?: Locator;
  /** How often the frame was passed on. 0 … HOPS_MAX. */
  readonly hops: number;
  /** Of all frames that `src` has sent since it started, from 1. */
  readonly seq: number;
  readonly payload: Payload;
}
