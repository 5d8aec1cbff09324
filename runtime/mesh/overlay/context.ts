/** What the pieces of the overlay share. */
import type { HubId } from "../../core/ids.js";
import type { HubAddress, PeerRecord } from "../../core/mesh.js";
import type { Coordinates } from "../coordinates/coordinates.js";
import type { Sink } from "../part.js";
import type { OverlayLink, OverlayLinks } from "./links.js";
import type { PeerMemory } from "./peer-memory.js";
import type { OverlaySettings } from "./settings.js";

export interface OverlaySelf {
  readonly hub: HubId;
  /** Where others may dial this hub; empty for one that can only dial. */
  readonly addresses: readonly HubAddress[];
}

export interface OverlayContext {
  readonly self: OverlaySelf;
  readonly settings: OverlaySettings;
  readonly sink: Sink;
  readonly links: OverlayLinks;
  readonly peers: PeerMemory;
  readonly coordinates: Coordinates;
}

export function ownRecord({ self, coordinates }: OverlayContext): PeerRecord {
  return { hub: self.hub, addresses: self.addresses, coordinate: coordinates.own };
}

/** Measured, else estimated, else further than anything that is known. Unit: ms. */
export function linkDistanceMs({ coordinates }: OverlayContext, { neighbour, coordinate }: OverlayLink): number {
  if (!Number.isNaN(neighbour.rttMs)) return neighbour.rttMs;
  return coordinate === undefined ? UNKNOWN_MS : coordinates.distanceTo(coordinate);
}

const UNKNOWN_MS = 10_000;
