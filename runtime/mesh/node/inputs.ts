/** What goes into the mesh's node and what comes out: the door between the mesh and its two drivers. Types only. */
import type { HubId } from "../../core/ids.js";
import type { Tick } from "../../core/machine.js";
import type { Datagram, HubAddress, Locator, PeerRecord } from "../../core/mesh.js";
import type { AdvertBody, Message, MessageOf } from "../../core/messages.js";
import type { StateEntry } from "../../core/messages-state.js";
import type { StoreOperation } from "../../core/ports.js";
import type { EncodedPayload, RoutedFrame } from "../../core/routed.js";
import type { Outcome } from "../outbox/outbox-sink.js";
import type { MeshNotice } from "../part.js";

/** A frame of a link as it was heard: between its two ends, or on its way. */
export type HeardFrame =
  | { readonly form: "link"; readonly seq: number; readonly message: Message }
  | { readonly form: "routed"; readonly frame: RoutedFrame };

export type NodeInput =
  | Tick
  /** This process was kept from the processor: what came meanwhile was not late, this hub was. */
  | { readonly type: "starved"; readonly forMs: number }
  | {
      readonly type: "link-opened";
      readonly linkId: number;
      readonly dialled: boolean;
      /** Proven by the channel. */
      readonly peer: HubId;
    }
  | { readonly type: "link-closed"; readonly linkId: number; readonly reason: string }
  | { readonly type: "frame"; readonly linkId: number; readonly heard: HeardFrame }
  /** Beside a link: a ping, or the answer to one. @see Datagram */
  | ({ readonly type: "datagram"; readonly linkId: number } & Datagram)
  /** Discovery has found a hub, or a person has named one. */
  | { readonly type: "found"; readonly peer: PeerRecord }
  | { readonly type: "dial-failed"; readonly hub: HubId }
  /** How busy this hub is: told to the cell now, and to those that come later. */
  | { readonly type: "announce"; readonly message: MessageOf<"LOAD"> }
  /** What a registry tells of another hub: what it offers. */
  | { readonly type: "offers"; readonly advert: AdvertBody }
  /** To one hub, wherever it is. `reliable`: kept until it is acknowledged. */
  | { readonly type: "send"; readonly to: HubId; readonly message: Message; readonly reliable?: Reliability }
  | { readonly type: "publish"; readonly scope: "cell" | "everyone"; readonly message: Message }
  /** Writes an entry of this hub's own into a replicated registry, and spreads it; `state` notices follow where it is new.
   *  See `State.put`, which throws for what the registry refuses. */
  | {
      readonly type: "put";
      readonly registry: string;
      /** Hex of 1 to 64 bytes. */
      readonly key: string;
      readonly major: number;
      readonly minor: number;
      readonly value: Uint8Array;
    }
  /** Asks a hub for an echo along the routes; an `echo` effect follows, or nothing. */
  | { readonly type: "ping"; readonly to: HubId; readonly nonce: number }
  /** What the codec of a link has to say to its other end. */
  | { readonly type: "say"; readonly linkId: number; readonly message: MessageOf<"ERROR"> }
  /** Revocations that a person has signed here, in the order to be told. */
  | { readonly type: "revoke"; readonly revocations: readonly Uint8Array[] }
  /** This hub is about to leave: what it has not delivered goes to neighbours, while links last. */
  | { readonly type: "hand-over" }
  /** This hub leaves in good order: it says so. */
  | { readonly type: "leave" }
  /** Everything that was to be written up to this serial survives a loss of power. */
  | { readonly type: "written"; readonly serial: number }
  | { readonly type: "write-failed"; readonly serial: number }
  /** What `write` effects of earlier runs have put and not deleted, before any link opens. */
  | { readonly type: "restore-parcels"; readonly entries: readonly (readonly [string, Uint8Array])[] }
  /** Entries of the registries that an earlier run held, before any link opens. */
  | { readonly type: "restore-entries"; readonly entries: readonly StateEntry[] }
  /** What was kept by `keep` effects in an earlier run, before any link opens. */
  | { readonly type: "restore"; readonly key: string; readonly value: Uint8Array };

export interface Reliability {
  /** 0 (whenever) … 7 (now). */
  readonly priority: number;
  /** At most 72 h. Unit: ms. */
  readonly ttlMs: number;
}

export type NodeEffect =
  | { readonly type: "send"; readonly linkId: number; readonly seq: number; readonly message: Message }
  | { readonly type: "forward"; readonly linkId: number; readonly frame: RoutedFrame }
  | ({ readonly type: "datagram"; readonly linkId: number } & Datagram)
  | { readonly type: "close"; readonly linkId: number; readonly reason: string }
  | { readonly type: "dial"; readonly hub: HubId; readonly addresses: readonly HubAddress[] }
  | { readonly type: "link-up"; readonly hub: HubId; readonly linkId: number; readonly name: string }
  | { readonly type: "link-down"; readonly hub: HubId; readonly reason: string }
  /** What another hub said to this one, or to its cell, or to everyone. */
  | {
      readonly type: "deliver";
      readonly from: HubId;
      readonly message: Message;
      /** `from` has said it; else a hub on the way may have put it into its mouth. */
      readonly proven: boolean;
      /** It came reliably, and `from` is told that it has arrived once the next `write` is done: what must outlive this process goes along with that. */
      readonly isAcknowledged?: true;
    }
  | { readonly type: "echo"; readonly from: HubId; readonly nonce: number; readonly hops: number }
  /** What another hub says is wrong with this one: CLONED, EPOCH_BEHIND, NOT_ADMITTED. `proven`: it is a member itself. */
  | { readonly type: "told"; readonly by: HubId; readonly proven: boolean; readonly error: MessageOf<"ERROR"> }
  | { readonly type: "count"; readonly name: string; readonly by: number }
  | { readonly type: "keep"; readonly key: string; readonly value: Uint8Array }
  /** All or nothing, in the order of the serials; `written` or `write-failed` follows. */
  | { readonly type: "write"; readonly operations: readonly StoreOperation[]; readonly serial: number }
  /** What became of a reliable message, which may be of an earlier run. */
  | { readonly type: "settled"; readonly to: HubId; readonly content: EncodedPayload; readonly outcome: Outcome }
  /** For people: what the mesh noticed. */
  | { readonly type: "notice"; readonly notice: MeshNotice };

/** A way as people see it. */
export interface WayView {
  readonly destination: HubId;
  readonly level: number;
  readonly via: HubId;
  readonly backup?: HubId;
  readonly metric: number;
}

export interface MeshView {
  readonly locator: Locator;
  readonly cell: readonly HubId[];
  readonly ways: readonly WayView[];
}
