/**
 * The name of a broadcast: the first 48 bits of a hash over everything that must arrive unchanged. Pure.
 * It depends on the content, so that nobody can take the name of a message that they cannot foresee: a forged one with the same
 * origin and number is another message, and does not keep the true one from being delivered. 10,000 at once
 * collide with a chance of 2e-7; hitting a given one takes 2^48 hashes while it is under way.
 */
import type { HubId } from "../../core/ids.js";
import { type BroadcastScope, IHAVE_BYTES, MESSAGE_ID_BYTES } from "../../core/messages-broadcast.js";

/** SHA-256, or in a simulation something cheaper that spreads as well. At least 6 bytes. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

/** A whole number below 2^48. */
export type MessageId = number;

const HEAD_BYTES = 49;

export function messageIdOf(hash: Hash, named: Uint8Array): MessageId {
  return readId(hash(named), 0);
}

/** All that must arrive unchanged: the id is its hash, and the origin signs it. */
export function namedBytes(
  scope: BroadcastScope,
  src: HubId,
  epoch: number,
  seq: number,
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  // The 32 digits as they are: parsing them costs more than hashing 16 bytes more.
  for (let i = 0; i < 32; i++) bytes[i] = src.charCodeAt(i);
  view.setFloat64(32, epoch);
  view.setFloat64(40, seq);
  bytes[48] = scope === "cell" ? 1 : 0;
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}

export function readId(bytes: Uint8Array, at: number): MessageId {
  let id = 0;
  for (let i = 0; i < MESSAGE_ID_BYTES; i++) id = id * 256 + (bytes[at + i] ?? 0);
  return id;
}

export function writeId(bytes: Uint8Array, at: number, id: MessageId): void {
  let rest = id;
  for (let i = MESSAGE_ID_BYTES - 1; i >= 0; i--) {
    bytes[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** graft: the ids alone. */
export function packIds(ids: readonly MessageId[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * MESSAGE_ID_BYTES);
  for (const [index, id] of ids.entries()) writeId(bytes, index * MESSAGE_ID_BYTES, id);
  return bytes;
}

/** ihave: each id with its hops. */
export function packAnnouncements(ids: readonly MessageId[], roundOf: (id: MessageId) => number): Uint8Array {
  const bytes = new Uint8Array(ids.length * IHAVE_BYTES);
  for (const [index, id] of ids.entries()) {
    writeId(bytes, index * IHAVE_BYTES, id);
    bytes[index * IHAVE_BYTES + MESSAGE_ID_BYTES] = roundOf(id);
  }
  return bytes;
}
