/**
 * What a hub offers around message brokers at which it meets hubs that it cannot reach directly. Types only. As routes of the
 * local API (core/status.ts):
 *   GET  /api/backbone               → BackboneView[]
 *   POST /api/backbone/add {url, user?, password?, ca?, name?} → BackboneView
 *   POST /api/backbone/remove {url}  → BackboneView
 */
import type { HomesApi } from "./homes.js";
import type { HubId } from "./ids.js";
import type { HomeId } from "./membership.js";

export interface BackboneView {
  /** "mqtts://broker.example:8883": without user and password. */
  readonly url: string;
  readonly name?: string;
  /** Who this hub is at the broker; its password is never shown. */
  readonly user?: string;
  /** idle: no hub runs, or it has no home yet. */
  readonly state: "idle" | "connecting" | "connected" | "waiting";
  /** Why it waits. */
  readonly problem?: string;
  readonly mqtt?: "3.1.1" | "5";
  /** Hubs of the home that are heard there. */
  readonly met: number;
  readonly links: readonly BackboneLinkView[];
  /** Other homes that are met there, as a person here has agreed to. */
  readonly others: readonly OtherHomeMet[];
}

export interface BackboneLinkView {
  readonly hub: HubId;
  /** Absent before the first round trip. Unit: ms. */
  readonly rttMs?: number;
}

export interface OtherHomeMet {
  readonly home: HomeId;
  /** What people here call it. */
  readonly name: string;
  /** Hubs of it that are heard there. */
  readonly met: number;
  readonly links: readonly BackboneLinkView[];
}

export interface NewBackbone {
  /** May hold user and password. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** PEM. */
  readonly ca?: string;
  readonly name?: string;
}

export interface BackboneApi {
  /** Undefined while no hub runs, or it belongs to no home. */
  readonly homes?: HomesApi | undefined;
  backbones(): readonly BackboneView[];
  /** Replaces one with the same address. @throws MindosError BAD_INPUT | BACKBONES_FULL | DATA_DIR_UNUSABLE | DISK_FULL */
  addBackbone(backbone: NewBackbone): Promise<BackboneView>;
  /** @param url or name. @throws MindosError BACKBONE_UNKNOWN | DATA_DIR_UNUSABLE | DISK_FULL */
  removeBackbone(url: string): Promise<BackboneView>;
}
