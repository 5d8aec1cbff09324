/**
 * What hubs say to each other, as values: the wire room turns these into bytes and back, the mesh and intents rooms
 * decide what to say. Types only. A message is `{ type, …body }`; the frame around it says from whom and to whom.
 */
import type { Origin } from "./advert.js";
import type { Detection } from "./detection.js";
import type { HubId, IntentId, SensorId } from "./ids.js";
import type { Intent, PartialAnswer } from "./intent.js";
import type { HubAdvert, HubLoad } from "./load.js";
import type { HubAddress } from "./mesh.js";
import type { AdmitBody, RevokeBody } from "./messages-admission.js";
import type { GossipBody } from "./messages-broadcast.js";
import type { LookupBody } from "./messages-directory.js";
import type { EchoBody } from "./messages-echo.js";
import type { MembersBody, ProbeBody } from "./messages-liveness.js";
import type { ParcelBody } from "./messages-outbox.js";
import type { NeighbourBody } from "./messages-overlay.js";
import type { RouteBody } from "./messages-routing.js";
import type { SignedBody } from "./messages-signed.js";
import type { SyncBody } from "./messages-state.js";
import type { NoteBody } from "./notes.js";
import type { Quantity } from "./quantity.js";

export interface HelloBody {
  /** Versions of this protocol that the sender speaks; the greatest common one is used. */
  readonly versions: readonly number[];
  readonly id: HubId;
  /** Grows with every start of the hub. */
  readonly epoch: number;
  /** 8 random bytes of this start. */
  readonly boot: Uint8Array;
  readonly name: string;
  /** The sender's certificate of membership, and that of the owner who signed it. */
  readonly chain: readonly Uint8Array[];
  /** Where the sender may be dialled. */
  readonly addresses: readonly HubAddress[];
  /** To a hub of another home only: that the sender's home deals with it. */
  readonly trust?: Uint8Array;
}

/** A heartbeat (`ackOf` absent) or its answer. Any other frame counts as a sign of life too. */
export interface PingBody {
  readonly ackOf?: number;
  /** The sender's own timers were late just now: what it answers late, its processor held up and no link. */
  readonly late?: boolean;
}

export interface AdvertBody extends HubAdvert {
  /** Hubs that the sender has a link with. */
  readonly neighbours: readonly HubId[];
}

export interface NeighbourLoad {
  readonly hub: HubId;
  /** The least round trip of late; 0 while none was measured. Unit: ms. */
  readonly rttMs: number;
}

export interface LoadBody extends Omit<HubLoad, "hub"> {
  readonly neighbours: readonly NeighbourLoad[];
}

export interface ReadingItem {
  readonly quantity: Quantity;
  readonly value: number;
  readonly index: number;
  readonly text?: string;
}

/** One advert's worth of readings of one sensor: what they share is said once. */
export interface ReadingBody {
  readonly sensor: SensorId;
  readonly readings: readonly ReadingItem[];
  readonly wallMs: number;
  readonly rssiDbm: number;
  readonly origin: Origin;
  readonly sequence?: number;
  readonly place?: string;
  readonly name?: string;
  readonly format?: string;
  readonly encrypted?: boolean;
}

/** What was heard in a short while, in the order in which it was heard. */
export interface ReadingsBody {
  readonly heard: readonly ReadingBody[];
}

/** Who asks, the frame says. */
export type IntentBody = Omit<Intent, "requester">;

export interface ResultBody extends PartialAnswer {
  readonly intentId: IntentId;
}

export interface CancelBody {
  readonly intentId: IntentId;
}

export interface ErrorBody {
  /** "TOO_BUSY", … */
  readonly code: string;
  /** As the sender sees it: "remote" means whoever reads this. */
  readonly fault: "local" | "remote";
  readonly detail: string;
  readonly intentId?: IntentId;
  /** The hub that it is about: UNREACHABLE. */
  readonly hub?: HubId;
}

export interface Bodies {
  readonly HELLO: HelloBody;
  readonly PING: PingBody;
  readonly MEMBERS: MembersBody;
  readonly NEIGHBOUR: NeighbourBody;
  readonly ADVERT: AdvertBody;
  readonly LOAD: LoadBody;
  readonly READING: ReadingBody;
  readonly READINGS: ReadingsBody;
  readonly INTENT: IntentBody;
  readonly RESULT: ResultBody;
  readonly CANCEL: CancelBody;
  readonly ERROR: ErrorBody;
  readonly DETECTION: Detection;
  readonly LOOKUP: LookupBody;
  readonly PARCEL: ParcelBody;
  readonly NOTE: NoteBody;
  readonly ECHO: EchoBody;
  readonly SIGNED: SignedBody;
  readonly GOSSIP: GossipBody;
  readonly SYNC: SyncBody;
  readonly PROBE: ProbeBody;
  readonly ADMIT: AdmitBody;
  readonly REVOKE: RevokeBody;
  readonly ROUTE: RouteBody;
}

export type MessageType = keyof Bodies;
export type MessageOf<T extends MessageType> = { readonly type: T } & Bodies[T];
export type Message = { [T in MessageType]: MessageOf<T> }[MessageType];
