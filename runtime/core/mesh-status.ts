/**
 * What a hub knows of its mesh, for the page and the command line. Types only. As routes of the local API (core/status.ts):
 *   GET  /api/mesh                   → MeshStatus
 *   POST /api/ping {hub, timeoutMs?} → Echo, or null when none came back in time
 */
import type { HubId } from "./ids.js";
import type { Role } from "./membership.js";
import type { Locator, MemberState } from "./mesh.js";

export interface MeshStatus {
  readonly hub: HubId;
  /** Absent without a home. `problem`: why this hub is out of it, as in `HomeView`. */
  readonly home?: { readonly name: string; readonly role: Role; readonly problem?: string };
  /** This hub's place among the cells; empty in a mesh that is one cell. */
  readonly locator: Locator;
  /** Who is watched: this hub, its cell, its neighbours, and those of them that were lost lately. Sorted by id. */
  readonly members: readonly MemberView[];
  /** Those of them that an owner has put out of the home. */
  readonly putOut?: readonly HubId[];
  /** Which hubs of the cell speak for it to the outside, best first. */
  readonly gateways: readonly HubId[];
  /** The regions beside this hub's own, and its own: level 1 are cells. */
  readonly regions: readonly RegionView[];
  readonly links: readonly LinkView[];
  readonly ways: readonly WayView[];
  /** No neighbour, or no way to most of the hubs known before. */
  readonly isolated: boolean;
  /** Hubs that this one could try to link with, were all links lost. */
  readonly peersRemembered: number;
  /** Places of other hubs that are kept here for all. */
  readonly placesHeld: number;
  /** What waits here until it is acknowledged. */
  readonly outbox: {
    readonly parcels: number;
    readonly bytes: number;
    /** Arrived for this hub, and only a later version can read them; absent: none. */
    readonly unread?: number;
  };
  readonly traffic: TrafficView;
  /** What those hubs are called that are named above, as far as it is known. */
  readonly names: Readonly<Record<string, string>>;
}

export interface MemberView {
  readonly hub: HubId;
  readonly state: MemberState;
  readonly incarnation: number;
  /** In this hub's own cell. */
  readonly inCell: boolean;
  /** The landmark of the cell that it is in, where there are several and this one is known. */
  readonly cell?: HubId;
}

export interface RegionView {
  /** 1: a cell. */
  readonly level: number;
  readonly landmark: HubId;
  /** Hubs of a cell, regions of a region; 0 while it has not been said. */
  readonly size: number;
  /** Of the way to its landmark. */
  readonly metric: number;
  /** This hub is in it. */
  readonly own: boolean;
}

/** Why this hub keeps a link. "none": only the other end wants it. */
export type LinkPurpose = "none" | "near" | "random" | "mesh" | "standby";

export interface LinkView {
  readonly hub: HubId;
  /** The least of late; absent before the first answer. Unit: ms. */
  readonly rttMs?: number;
  /** What the link adds to a way's metric. */
  readonly cost: number;
  /** For how long it has been up. Unit: ms. */
  readonly ageMs: number;
  /** This end dialled. */
  readonly dialled: boolean;
  readonly purpose: LinkPurpose;
  /** As the network coordinates have it; absent before they are known. Unit: ms. */
  readonly distanceMs?: number;
}

export interface WayView {
  readonly destination: HubId;
  /** 0: a hub of the cell; from 1: the landmark of a region of that level. */
  readonly level: number;
  readonly via: HubId;
  /** Taken at once when `via` is lost. */
  readonly backup?: HubId;
  readonly metric: number;
}

export interface Traffic {
  readonly framesSent: number;
  /** Frames as they go into a link's session: without MQTT, TLS and TCP. */
  readonly bytesSent: number;
  readonly framesReceived: number;
  readonly bytesReceived: number;
}

export interface TrafficView {
  readonly total: Traffic;
  /** Over the last ten seconds. */
  readonly perSecond: Traffic;
}

/** What a ping along the routes brought back. */
export interface Echo {
  /** Hubs that passed it on; 0 over a direct link. */
  readonly hops: number;
  /** Unit: ms. */
  readonly rttMs: number;
}

export interface MeshApi {
  status(): MeshStatus;
  /** @returns undefined when nothing came back in time. */
  ping(hub: HubId, timeoutMs: number): Promise<Echo | undefined>;
}
