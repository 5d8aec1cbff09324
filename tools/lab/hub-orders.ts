/** What a hub of a lab is told to do, and what it says; and the clock that they share. */
import type { ConfigInput } from "../../runtime/config/config.js";
import type { HomeSetting, MemberListing } from "../../runtime/core/home-registry.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { PeerRecord } from "../../runtime/core/mesh.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import type { WayView } from "../../runtime/mesh/node/inputs.js";

export interface HubStart {
  readonly config: ConfigInput;
}

export type HubOrder =
  /** As discovery would tell. */
  | { readonly type: "found"; readonly peers: readonly PeerRecord[] }
  | { readonly type: "pings"; readonly to: readonly HubId[]; readonly timeoutMs: number }
  | { readonly type: "links" | "ways" | "usage" | "stop" | "stamps" | "registries" }
  /** As an owner: a setting of the home. */
  | { readonly type: "set"; readonly name: string; readonly value: string }
  | { readonly type: "revoke"; readonly hub: HubId }
  /** Numbered readings, one every so often; each is stamped. */
  | { readonly type: "pace"; readonly to: HubId; readonly count: number; readonly everyMs: number }
  /** As many frames with 64-byte bodies as the way takes. */
  | { readonly type: "flood"; readonly to: HubId; readonly ms: number }
  /** A numbered reading that must arrive. */
  | { readonly type: "deliver"; readonly to: HubId; readonly number: number };

/** Undefined: no answer in time. */
export interface LabEcho {
  readonly hops: number;
  readonly rttMs: number;
}

export interface LabUsage {
  readonly rssMiB: number;
  readonly cpuMs: number;
  readonly counters: Readonly<Record<string, number>>;
}

/** What a hub holds of its home. */
export interface LabRegistries {
  readonly members: readonly MemberListing[];
  /** Whose adverts are known. */
  readonly adverts: readonly HubId[];
  readonly settings: readonly HomeSetting[];
}

export interface FloodFigures {
  readonly frames: number;
  readonly ms: number;
}

/** [number, time]. Unit: ms of the machine's monotonic clock, which all processes share. */
export type Stamps = readonly (readonly [number: number, atMs: number])[];

/** Those that a lab watches. */
export type LabEventName =
  | "hub-state"
  | "mesh-cut"
  | "link-up"
  | "link-down"
  | "isolated"
  | "revoked"
  | "problem"
  | "hub-started";

export interface LabEvent {
  /** Unit: ms of the machine's monotonic clock. */
  readonly atMs: number;
  readonly event: Extract<MindosEvent, { event: LabEventName }>;
}

/** What a hub says by itself. */
export type HubSaying =
  | LabEvent
  /** A reading of "deliver" has come. */
  | { readonly arrived: number; readonly atMs: number };

export type Ways = readonly WayView[];

/** The machine's monotonic clock: one for all processes, in whatever namespace. Unit: ms. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
