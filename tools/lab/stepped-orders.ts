/** What a hub in stepped time is told, and what it says: the frames of its links, as bytes. Types only. */
import type { HubId } from "../../runtime/core/ids.js";
import type { HubAddress, PeerRecord } from "../../runtime/core/mesh.js";

export type SteppedInput = {
  /** Simulated time. Unit: ms. */
  readonly atMs: number;
} & (
  | { readonly type: "opened"; readonly linkId: number; readonly dialled: boolean; readonly peer: HubId }
  | { readonly type: "closed"; readonly linkId: number }
  | { readonly type: "frame"; readonly linkId: number; readonly bytes: Uint8Array }
  | { readonly type: "found"; readonly peer: PeerRecord }
  | { readonly type: "dial-failed"; readonly hub: HubId }
);

export type SteppedOutput =
  | { readonly type: "frame"; readonly linkId: number; readonly bytes: Uint8Array }
  | { readonly type: "close"; readonly linkId: number }
  | { readonly type: "dial"; readonly hub: HubId; readonly addresses: readonly HubAddress[] };

export type SteppedOrder =
  /** Everything up to that time happens. Answered with what the hub says: `SteppedOutput[]`. */
  | { readonly type: "step"; readonly untilMs: number; readonly inputs: readonly SteppedInput[] }
  /** Answered with `SteppedUsage`. */
  | { readonly type: "usage" };

/** As it is: nothing is collected for it. */
export interface SteppedUsage {
  readonly rssMiB: number;
  /** What V8 has taken for objects. */
  readonly heapMiB: number;
  /** What objects occupy of that, those included that nobody needs any more, and what they hold outside. */
  readonly inUseMiB: number;
  readonly cpuMs: number;
  readonly links: number;
  readonly hubsAlive: number;
  readonly counters: Readonly<Record<string, number>>;
}
