/** What goes into the border's machine and what comes out. Types only. */
import type { HubId, IntentId } from "../../core/ids.js";
import type { Tick } from "../../core/machine.js";
import type { HomeId } from "../../core/membership.js";
import type { Message, ResultBody } from "../../core/messages.js";
import type { RoutedFrame } from "../../core/routed.js";
import type { RevocationVerdict } from "../admission/revocations.js";
import type { HeardFrame } from "../node/inputs.js";

export type Facts = ResultBody["facts"];

export type FederationInput =
  | Tick
  | {
      readonly type: "link-opened";
      readonly linkId: number;
      /** Proven by the channel. */
      readonly peer: HubId;
      /** Whose meeting it was: the peer must belong to that home. */
      readonly home: HomeId;
    }
  | { readonly type: "link-closed"; readonly linkId: number }
  | { readonly type: "frame"; readonly linkId: number; readonly heard: HeardFrame }
  /** A person here asks that home. */
  | {
      readonly type: "ask";
      readonly id: IntentId;
      readonly home: HomeId;
      readonly question: string;
      readonly timeoutMs: number;
    }
  /** What this home says to a `question`; without facts: nothing. */
  | { readonly type: "answer"; readonly linkId: number; readonly id: IntentId; readonly facts?: Facts | undefined }
  /** Of this home: others are told. */
  | { readonly type: "revoked"; readonly revocations: readonly Uint8Array[] };

export type FederationEffect =
  | {
      readonly type: "send";
      readonly linkId: number;
      readonly frame: { readonly seq: number; readonly message: Message } | RoutedFrame;
    }
  | { readonly type: "close"; readonly linkId: number; readonly reason: string }
  | { readonly type: "up"; readonly hub: HubId; readonly home: HomeId; readonly name: string }
  | { readonly type: "down"; readonly hub: HubId; readonly home: HomeId }
  /** To be put to this home. */
  | {
      readonly type: "question";
      readonly linkId: number;
      readonly home: HomeId;
      readonly id: IntentId;
      readonly question: string;
      readonly remainingMs: number;
    }
  | {
      readonly type: "answered";
      readonly id: IntentId;
      readonly home: HomeId;
      readonly hub: HubId;
      readonly facts: Facts;
    }
  | {
      readonly type: "failed";
      readonly id: IntentId;
      readonly why: "unreachable" | "busy" | "refused" | "timeout";
    }
  /** Another home has put hubs out. */
  | { readonly type: "keep-revocations"; readonly home: HomeId }
  | { readonly type: "count"; readonly name: string };

/** Who may be there, and what this hub shows. */
export interface FederationGate {
  papers(home: HomeId): { readonly chain: readonly Uint8Array[]; readonly trust?: Uint8Array };
  /** @returns undefined when the hub may be here, else the name of the counter. */
  check(home: HomeId, peer: HubId, chain: readonly Uint8Array[], trust: Uint8Array | undefined): string | undefined;
  revoke(home: HomeId, revocation: Uint8Array): RevocationVerdict;
  isRevoked(home: HomeId, hub: HubId): boolean;
  /** Of this home, for hubs of others. */
  revocations(): readonly Uint8Array[];
}
