/** What the mesh's parts, the wire and the hub say about hubs, places in the hierarchy and ways between them. Types only. */
import type { HubId } from "./ids.js";

/**
 * Where a hub is: the landmark of each region that holds it, from its cell (index 0) upwards. Empty in a mesh that is
 * one cell. Two hubs with the same first entry share a cell. See `runtime/mesh/README.md`, Segments.
 */
export type Locator = readonly HubId[];

export const LOCATOR_LEVELS_MAX = 6;

export type MemberState = "alive" | "suspect" | "dead" | "left";

/** Where a hub may be dialled. */
export interface HubAddress {
  readonly host: string;
  readonly port: number;
}

/** Network coordinate (Vivaldi with height, as serf): what a round trip to another hub would take. Unit: ms. */
export interface Coordinate {
  /** 8 numbers. */
  readonly vector: readonly number[];
  readonly heightMs: number;
  /** 0 (certain) … 1.5 (just begun). */
  readonly error: number;
}

/** What is told of a hub to those that might link with it. */
export interface PeerRecord {
  readonly hub: HubId;
  readonly addresses: readonly HubAddress[];
  readonly coordinate?: Coordinate;
}

/** What passes beside a link, alone and unordered: lost, or there at once. */
export interface Datagram {
  /** Of the ping, counted from 1 by its sender for each link. */
  readonly number: number;
  /** It answers the other end's ping of that number. */
  readonly isAnswer: boolean;
  /** An answer of an end that has closed the link: its hub lives, and nothing more comes over the link. */
  readonly isOver: boolean;
}

/** A neighbour as every part sees it: the other end of a proven link. One object for each link; the node keeps it up to date. */
export interface Neighbour {
  readonly hub: HubId;
  readonly linkId: number;
  readonly name: string;
  /** Which start of that hub it is. */
  readonly epoch: number;
  readonly upMs: number;
  /** Smoothed round trip. Unit: ms. NaN before the first answer. */
  rttMs: number;
  /** What the link adds to a route's metric: whole, 1 … 4095, changed only with hysteresis, so that routes do not follow jitter. */
  cost: number;
}
