/**
 * Who may broadcast in a hub's name: the hub itself. Pure.
 * A payload crosses hubs that could change it, so its origin signs it, and each hub verifies that before it delivers or passes it on: a
 * forged one dies at its first honest neighbour. The key travels with the signature, as in `directory/authority.ts`. What is signed by its own
 * writer already (revocations, entries of registries) is signed all the same: its origin's rate is charged for it, and a forger could use that up.
 */
import { concatBytes } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Message, MessageType } from "../../core/messages.js";

/** The cryptography, passed in. Without it nothing is signed and everything believed: for simulations. */
export interface OriginAuthority {
  /** @returns this hub's public key (32 bytes) and its signature (64 bytes). */
  sign(bytes: Uint8Array): Uint8Array;
  /** @returns whether the key is the hub's, the signature the key's, and the hub not out of the home. */
  verify(hub: HubId, proof: Uint8Array, bytes: Uint8Array): boolean;
  /** @returns whether its papers were seen to hold, and it is not out since. A key alone makes nobody a member: anybody can make keys. */
  isMember(hub: HubId): boolean;
}

/** What carries its writer's certificates, and so tells of hubs that are not known yet. */
const PROVES_ITSELF: ReadonlySet<MessageType> = new Set(["ADMIT", "REVOKE", "SYNC"]);

/** @returns whether `src` may say this to all. A newcomer may as soon as its entry among the members has come, which it says first. */
export function mayBroadcast(
  src: HubId,
  message: Message | undefined,
  authority: OriginAuthority | undefined,
): boolean {
  const provesItself = message !== undefined && PROVES_ITSELF.has(message.type);
  return authority === undefined || provesItself || authority.isMember(src);
}

const LABEL = Uint8Array.from("mindos-broadcast-v1", (character) => character.charCodeAt(0));

/** @param named what the broadcast's id is the hash of. */
export function proofOf(named: Uint8Array, authority: OriginAuthority | undefined): Uint8Array | undefined {
  return authority?.sign(concatBytes(LABEL, named));
}

export function isProven(
  src: HubId,
  proof: Uint8Array | undefined,
  named: Uint8Array,
  authority: OriginAuthority | undefined,
): boolean {
  if (authority === undefined) return true;
  return proof !== undefined && authority.verify(src, proof, concatBytes(LABEL, named));
}
