/** What is said while a hub joins a home, when its certificate is renewed, and when one is revoked. Types only. */

import type { HubAddress } from "./mesh.js";

/**
 * commit, offer, reveal, confirm and grant are the exchange of an invitation, in this order, over a connection of its own;
 * refuse may take the place of any. renew and grant also travel between members.
 */
export type AdmitOp = "commit" | "offer" | "reveal" | "confirm" | "grant" | "refuse" | "renew";

export type AdmitRefusal =
  | "noInvitation"
  | "badCommitment"
  | "badProof"
  | "unexpected"
  | "declined"
  | "tooLate"
  | "revoked";

/** One flat body: which fields an op needs, its machine checks (mesh/admission). */
export interface AdmitBody {
  readonly op: AdmitOp;
  /** commit: SHA-256 of what reveal will say. 32 bytes. */
  readonly commitment?: Uint8Array;
  /** offer, reveal: 16 fresh random bytes. */
  readonly nonce?: Uint8Array;
  /** offer: the inviter's; reveal: the joiner's. Ed25519, 32 bytes. */
  readonly publicKey?: Uint8Array;
  /** offer: of the home. Ed25519, 32 bytes. */
  readonly rootKey?: Uint8Array;
  /** offer: of the home; reveal: of the joining hub. */
  readonly name?: string;
  /** commit, offer: proof of knowing the code, bound to the channel. 32 bytes. */
  readonly mac?: Uint8Array;
  /** reveal: by the joiner's key over the transcript. 64 bytes. */
  readonly signature?: Uint8Array;
  /** grant: the new certificate, and its issuer's unless the root signed it. renew: the old ones. */
  readonly chain?: readonly Uint8Array[];
  readonly reason?: AdmitRefusal;
  /** grant: where the inviter's links come in, so that the new hub finds it where nothing is announced. */
  readonly addresses?: readonly HubAddress[];
}

export interface RevokeBody {
  /** COSE_Sign1 each, as `Membership.revoke` takes them. */
  readonly revocations: readonly Uint8Array[];
}
