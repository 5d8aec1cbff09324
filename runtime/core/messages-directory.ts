/** LOOKUP: where a hub is, kept by others and asked of them. Types only. See `runtime/mesh/README.md`, Directory. */
import type { HubId } from "./ids.js";
import type { Locator } from "./mesh.js";

export type LookupOp = "register" | "ask" | "answer" | "search";

/** Where a hub is, in its own words. */
export interface Place {
  readonly epoch: number;
  /** Grows with every change of the locator within an epoch. */
  readonly version: number;
  readonly locator: Locator;
  /** How long it is kept when it is not said again. Unit: s. */
  readonly lifetimeS: number;
  /** Its public key (32 bytes) and its signature (64 bytes). Absent where nobody asks for it. */
  readonly proof?: Uint8Array;
}

/** Who wants to know, and where the answer goes. */
export interface Asker {
  readonly hub: HubId;
  readonly locator: Locator;
}

export interface SearchedRegion {
  /** 0: one hub of the cell. */
  readonly level: number;
  /** Its landmark, or that hub. */
  readonly id: HubId;
}

export interface LookupBody {
  readonly op: LookupOp;
  /** Whose place it is about. */
  readonly hub: HubId;
  /** How often the message was passed on. */
  readonly hops: number;
  /** Which copy. Bit 0: in the second of the highest regions; bit 1: at the second hub of the cell. */
  readonly rank: number;
  /** In "register", and in an "answer" that knows. */
  readonly place?: Place;
  /** In "ask", "search" and "answer". */
  readonly asker?: Asker;
  /** In "search": where to look. In "register" and "ask": where the hub that chose last has sent it. */
  readonly region?: SearchedRegion;
}

export const LOOKUP_RANK_MAX = 3;
/** Two and a half of the longest intervals between registrations, and some. */
export const LOOKUP_LIFETIME_S_MAX = 21_600;
export const PLACE_PROOF_BYTES = 96;
