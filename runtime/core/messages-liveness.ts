/** What hubs say to each other about who lives: MEMBERS and PROBE (wire/PROTOCOL.md §4). Types and bounds only. */
import type { HubId } from "./ids.js";
import type { MemberState } from "./mesh.js";

/** More than the hubs that one failure takes from a cell (64), so that a mass loss is two messages. */
export const MEMBER_UPDATES_MAX = 32;
/** Enough to see that several agree; each costs 17 bytes. */
export const MEMBER_OBSERVERS_MAX = 3;
/** Ed25519: raw public key (32), then signature (64). */
export const MEMBER_PROOF_BYTES = 96;

/**
 * One hub's state as somebody says it. `alive` and `left` are the hub's own words and carry its proof; `suspect` and
 * `dead` are others' and name who observed it.
 */
export interface MemberUpdate {
  readonly hub: HubId;
  readonly state: MemberState;
  /** Which start of that hub is meant. */
  readonly epoch: number;
  /** Raised by the hub itself, from 0 at each start, whenever it refutes a suspicion. */
  readonly incarnation: number;
  readonly observers: readonly HubId[];
  /** Signature by `hub` over its newest own statement; always there when `incarnation` is above 0. */
  readonly proof?: Uint8Array;
}

export interface MembersBody {
  readonly updates: readonly MemberUpdate[];
}

export type ProbeVerdict = "alive" | "silent";

/** An indirect probe: "do you hear `subject`?", or, with a verdict, the answer. */
export interface ProbeBody {
  readonly subject: HubId;
  readonly verdict?: ProbeVerdict;
  /** To be handed on to this neighbour of the reader; absent: for the reader. */
  readonly to?: HubId;
  /** Whose words these are when they were handed on; absent: the sender's. */
  readonly by?: HubId;
}
