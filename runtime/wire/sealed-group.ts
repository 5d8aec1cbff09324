/**
 * What the hubs of a home, or of two homes that deal with each other, have in common at a message broker: topics that nobody else can compute, and a key that hides who
 * is there. Pure. Both come from the root's public key, which members know and which is nowhere said in the clear: it keeps
 * strangers and the broker out of the meeting, not former members. Who somebody is, the handshake proves.
 */
import { bytesToHex, concatBytes, hexToBytes } from "../core/bytes.js";
import { type HubId, idToBytes } from "../core/ids.js";
import { ascii, expand, extract, NONCE_BYTES, type SealedCrypto } from "./sealed-crypto.js";
import { SEAL_BYTES } from "./sealed-packet.js";

const TOPIC_ROOT = "mindos/1";
/** 64 bits: two homes at one broker do not meet by chance, and the topic stays short. */
const TAG_BYTES = 8;

export interface SealedGroup {
  /** Where those listen whom this hub wants to meet: the hubs of its home, or of the other one. */
  readonly presenceTopic: string;
  /** Where this hub listens to beacons. Within a home the same. */
  readonly listenTopic: string;
  /** That hub alone listens here. */
  inboxTopic(hub: HubId): string;
  /** @param to for whom; undefined: for all. @returns type ‖ nonce ‖ ciphertext */
  seal(type: number, to: HubId | undefined, plain: Uint8Array): Uint8Array;
  /** @returns undefined when it was not sealed by a member, or for another hub. */
  open(packet: Uint8Array, to: HubId | undefined): Uint8Array | undefined;
  /** How two hubs rank each other when they choose whom to link with: the same for both. The greater is chosen. */
  affinity(a: HubId, b: HubId): number;
  /** Mixed into the keys of sessions. 32 bytes. */
  readonly key: Uint8Array;
}

export const GROUP_OVERHEAD_BYTES = 1 + NONCE_BYTES + SEAL_BYTES;

/** @param rootKey the home's root, Ed25519, raw. */
export function sealedGroupOf(crypto: SealedCrypto, rootKey: Uint8Array): SealedGroup {
  return groupOf(crypto, rootKey, "p", "p");
}

/** What two homes have in common. Hubs of one home do not hear each other there.
 *  @param ownRootKey @param otherRootKey of the two homes, Ed25519, raw. */
export function sealedPairOf(crypto: SealedCrypto, ownRootKey: Uint8Array, otherRootKey: Uint8Array): SealedGroup {
  const isLesser = bytesToHex(ownRootKey) < bytesToHex(otherRootKey);
  const [lesser, greater] = isLesser ? [ownRootKey, otherRootKey] : [otherRootKey, ownRootKey];
  const [presence, listen] = isLesser ? ["p1", "p0"] : ["p0", "p1"];
  return groupOf(crypto, concatBytes(lesser, greater), presence, listen);
}

function groupOf(crypto: SealedCrypto, shared: Uint8Array, presence: string, listen: string): SealedGroup {
  const secret = extract(crypto, ascii("mindos-backbone-v1"), shared);
  const key = expand(crypto, secret, "key");
  const inboxKey = expand(crypto, secret, "inbox");
  const affinityKey = expand(crypto, secret, "affinity");
  const tag = tagOf(expand(crypto, secret, "topic"));
  const extraOf = (type: number, to: HubId | undefined): Uint8Array =>
    concatBytes(Uint8Array.of(type), to === undefined ? new Uint8Array(0) : idToBytes(to));
  return {
    key,
    presenceTopic: `${TOPIC_ROOT}/${tag}/${presence}`,
    listenTopic: `${TOPIC_ROOT}/${tag}/${listen}`,
    inboxTopic: (hub) => `${TOPIC_ROOT}/${tag}/i/${tagOf(crypto.hmacSha256(inboxKey, idToBytes(hub)))}`,
    seal(type, to, plain) {
      const nonce = crypto.randomBytes(NONCE_BYTES);
      return concatBytes(Uint8Array.of(type), nonce, crypto.seal(key, nonce, extraOf(type, to), plain));
    },
    open(packet, to) {
      if (packet.length < GROUP_OVERHEAD_BYTES) return undefined;
      const [nonce, sealed] = [packet.subarray(1, 1 + NONCE_BYTES), packet.subarray(1 + NONCE_BYTES)];
      return crypto.open(key, nonce, extraOf(packet[0] as number, to), sealed);
    },
    affinity(a, b) {
      const pair = a < b ? a + b : b + a;
      const digest = crypto.hmacSha256(affinityKey, hexToBytes(pair));
      return new DataView(digest.buffer, digest.byteOffset).getUint32(0);
    },
  };
}

function tagOf(bytes: Uint8Array): string {
  return bytesToHex(bytes.subarray(0, TAG_BYTES));
}
