/**
 * What the parts of the mesh have in common. The node (`node/node.ts`) owns the links and hands each part what concerns
 * it; a part says what it wants through its `Sink`. Nothing here does I/O: the node's sink collects effects.
 */
import type { HubId } from "../core/ids.js";
import type { HubAddress, Locator, MemberState, PeerRecord } from "../core/mesh.js";
import type { Message } from "../core/messages.js";
import type { StateEntry } from "../core/messages-state.js";
import type { Rng } from "../core/time.js";

export interface Part {
  /** Monotonic time of the next `tick`; +Infinity when it waits for input alone. Cheap: the node reads it after every input. Unit: ms. */
  readonly deadlineMs: number;
  tick(nowMs: number, rng: Rng): void;
}

export interface Sink {
  /** Over the direct link.
   *  @returns the frame's number on that link, or 0 when there is no link (dropped and counted). */
  send(to: HubId, message: Message): number;
  /** Along routes, wherever it is: best effort, one try. A locator that is known saves asking the directory. */
  route(to: HubId, message: Message, locator?: Locator): void;
  /** A drop or a refusal, by a name of ours. */
  count(name: string, by?: number): void;
  /** For the other parts, the hub and the simulator. */
  notice(notice: MeshNotice): void;
}

export type MeshNotice =
  | { readonly type: "hub-state"; readonly hub: HubId; readonly state: MemberState; readonly incarnation: number }
  /** Many at once: one cut, one announcement. */
  | { readonly type: "cut"; readonly hubs: readonly HubId[] }
  /** A new smoothed round trip of a link. */
  | { readonly type: "rtt"; readonly hub: HubId; readonly rttMs: number }
  /** The link holds back what goes over it, though its hub lives; or does no longer. */
  | { readonly type: "stalled"; readonly hub: HubId }
  /** The link is silent past hope: the node closes it. */
  | { readonly type: "silent"; readonly hub: HubId }
  | { readonly type: "dial"; readonly hub: HubId; readonly addresses: readonly HubAddress[] }
  /** The overlay wants this link no longer, and has said so to the other end, which closes it. */
  | { readonly type: "drop"; readonly hub: HubId; readonly reason: string }
  /** The other end wants it no longer and says nothing more: the node closes it. */
  | { readonly type: "parted"; readonly hub: HubId }
  | { readonly type: "locator"; readonly locator: Locator }
  /** The hubs of this hub's cell, itself among them, have changed. */
  | { readonly type: "cell"; readonly hubs: readonly HubId[] }
  | { readonly type: "peer"; readonly peer: PeerRecord }
  /** No neighbour, or no way to most of the hubs known before. */
  | { readonly type: "isolated"; readonly isolated: boolean }
  /** What a broadcast or a reliable parcel carried, once. */
  | { readonly type: "deliver"; readonly from: HubId; readonly message: Message }
  /** A hub of this home is out; its links are cut already. To be kept over a restart. */
  | { readonly type: "revoked"; readonly revocation: Uint8Array }
  /** A registry has something new. */
  | { readonly type: "state"; readonly entry: StateEntry }
  /** To be kept over a restart under this name; newest wins. */
  | { readonly type: "keep"; readonly key: string; readonly value: Uint8Array };
