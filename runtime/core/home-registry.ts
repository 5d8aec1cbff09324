/**
 * What every hub of a home comes to know of all: who is in it, and what is set for it. Types only. As routes of the local API
 * (core/status.ts):
 *   GET  /api/members                    → MemberListing[]
 *   GET  /api/settings                   → HomeSetting[]
 *   POST /api/settings/set {name, value} → HomeSetting
 */
import type { HubId } from "./ids.js";
import type { Role } from "./membership.js";
import type { HubAddress } from "./mesh.js";

/** What a member says of itself, signed; its certificates tell the rest. */
export interface MemberBody {
  readonly name: string;
  /** Where it may be dialled. */
  readonly addresses: readonly HubAddress[];
}

/** away: nobody reaches it. elsewhere: in a cell that this hub does not watch. */
export type Presence = "self" | "here" | "away" | "elsewhere";

export interface MemberListing {
  readonly hub: HubId;
  /** As the home's settings have it, else as the hub calls itself. */
  readonly name: string;
  readonly role: Role;
  readonly presence: Presence;
  /** When this hub saw it go; absent where it did not. */
  readonly awaySinceWallMs?: number;
  readonly room?: string;
  readonly addresses: readonly HubAddress[];
  /** When its certificate began, and when it ends. */
  readonly issuedWallMs: number;
  readonly expiresWallMs: number;
}

export interface HomeSetting {
  /** "home.name", "hub.ID.name", "hub.ID.room". */
  readonly name: string;
  /** "" when it was taken back. */
  readonly value: string;
  readonly wallMs: number;
  /** The owner's hub that set it. */
  readonly by: HubId;
}

export interface HomeRegistryApi {
  /** This hub first, then by name. */
  members(): readonly MemberListing[];
  /** Those that have a value, by name. */
  settings(): readonly HomeSetting[];
  /** Everywhere, as soon as the hubs that are away come back; on disk here when it resolves.
   *  @param name "name" of the home, or "HUB.name", "HUB.room" with the hub's name, id or its first digits.
   *  @param value "" takes the setting back.
   *  @throws MindosError BAD_INPUT | HUB_UNKNOWN | HOME_MISSING | NOT_OWNER | HUB_REVOKED | CERTIFICATE_EXPIRED | DISK_FULL */
  set(name: string, value: string): Promise<HomeSetting>;
}
