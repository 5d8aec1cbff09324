/**
 * How two hubs of a home come to share keys over a broker that they do not trust. Pure.
 * SIGMA (Krawczyk 2003, "SIGMA: the 'SIGn-and-MAc' approach") as in TLS 1.3: ephemeral X25519, each end signs the transcript
 * with its Ed25519 key inside a box under keys that only the two can derive. Around it the group's key: a stranger gets no
 * answer, and the broker reads no id.
 *
 *     I ── init: sid, e, id ────────────────────────► R
 *     I ◄── reply: sid, sid', e', [key', signature'] ── R      R's key is proven: I may send
 *     I ── finish: sid', [key, signature] ──────────► R      I's key is proven: R may send
 */
import { bytesEqual, concatBytes } from "../core/bytes.js";
import { HUB_ID_BYTES, type HubId, hubIdFromBytes, idToBytes } from "../core/ids.js";
import {
  ascii,
  type EphemeralKey,
  expand,
  extract,
  nonceOf,
  type SealedCrypto,
  type SealedIdentity,
} from "./sealed-crypto.js";
import { GROUP_OVERHEAD_BYTES, type SealedGroup } from "./sealed-group.js";
import { PACKET, SEAL_BYTES, SESSION_ID_BYTES } from "./sealed-packet.js";

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const INIT_BYTES = SESSION_ID_BYTES + KEY_BYTES + HUB_ID_BYTES;
const REPLY_HEAD_BYTES = 2 * SESSION_ID_BYTES + KEY_BYTES;
const BOX_BYTES = KEY_BYTES + SIGNATURE_BYTES + SEAL_BYTES;
const FINISH_BYTES = 1 + SESSION_ID_BYTES + BOX_BYTES;

export interface HandshakeContext {
  readonly crypto: SealedCrypto;
  readonly group: SealedGroup;
  readonly identity: SealedIdentity;
}

/** What a session is made of. */
export interface SessionSecrets {
  readonly peer: HubId;
  /** By which this end, and by which the other, knows packets to be of this session. */
  readonly ownSid: Uint8Array;
  readonly peerSid: Uint8Array;
  readonly sendKey: Uint8Array;
  readonly receiveKey: Uint8Array;
}

/** What the initiator keeps until the reply. */
export interface Initiation {
  readonly peer: HubId;
  readonly sid: Uint8Array;
  readonly key: EphemeralKey;
  /** To be sent, and sent again, as it is. */
  readonly packet: Uint8Array;
}

/** What the responder keeps until the finish. */
export interface Answering {
  readonly peer: HubId;
  /** Of the other end: the same again is the same init. */
  readonly peerSid: Uint8Array;
  readonly sid: Uint8Array;
  readonly packet: Uint8Array;
  readonly keys: Keys;
}

export interface Init {
  readonly peer: HubId;
  readonly sid: Uint8Array;
  readonly key: Uint8Array;
}

interface Keys {
  readonly transcript: Uint8Array;
  readonly initiatorBox: Uint8Array;
  readonly responderBox: Uint8Array;
  readonly initiatorData: Uint8Array;
  readonly responderData: Uint8Array;
}

type Role = "initiator" | "responder";

export function initiate({ crypto, group, identity }: HandshakeContext, peer: HubId): Initiation {
  const sid = crypto.randomBytes(SESSION_ID_BYTES);
  const key = crypto.keyPair();
  const packet = group.seal(PACKET.init, peer, concatBytes(sid, key.publicKey, idToBytes(identity.hub)));
  return { peer, sid, key, packet };
}

/** @returns undefined when it is no init for this hub. Cheap: nothing is computed with its key. */
export function readInit({ group, identity }: HandshakeContext, packet: Uint8Array): Init | undefined {
  if (packet.length !== GROUP_OVERHEAD_BYTES + INIT_BYTES) return undefined;
  const plain = group.open(packet, identity.hub);
  if (plain === undefined) return undefined;
  const [sid, key, id] = cut(plain, SESSION_ID_BYTES, KEY_BYTES, HUB_ID_BYTES);
  return { peer: hubIdFromBytes(id), sid, key };
}

/** @returns undefined for a key that nobody honest sends. */
export function answer(context: HandshakeContext, init: Init): Answering | undefined {
  const { crypto, group, identity } = context;
  const key = crypto.keyPair();
  const shared = key.agree(init.key);
  if (shared === undefined) return undefined;
  const sid = crypto.randomBytes(SESSION_ID_BYTES);
  const hello = [idToBytes(init.peer), idToBytes(identity.hub), init.sid, sid, init.key, key.publicKey];
  const keys = keysOf(context, shared, hello);
  const head = group.seal(PACKET.reply, init.peer, concatBytes(init.sid, sid, key.publicKey));
  const packet = concatBytes(head, sealProof(context, "responder", keys));
  return { peer: init.peer, peerSid: init.sid, sid, packet, keys };
}

/** @returns the session, and the packet that ends the handshake; undefined when it is not the answer of that hub. */
export function finish(
  context: HandshakeContext,
  initiation: Initiation,
  packet: Uint8Array,
): { readonly session: SessionSecrets; readonly packet: Uint8Array } | undefined {
  const { group, identity } = context;
  const parts = readReply(group, identity.hub, packet);
  if (parts === undefined || !bytesEqual(parts.sid, initiation.sid)) return undefined;
  const { sid, peerSid, key, box } = parts;
  const shared = initiation.key.agree(key);
  if (shared === undefined) return undefined;
  const { peer } = initiation;
  const hello = [idToBytes(identity.hub), idToBytes(peer), sid, peerSid, initiation.key.publicKey, key];
  const keys = keysOf(context, shared, hello);
  if (!isProof(context, "responder", keys, box, peer)) return undefined;
  return {
    session: { peer, ownSid: sid, peerSid, sendKey: keys.initiatorData, receiveKey: keys.responderData },
    packet: concatBytes(Uint8Array.of(PACKET.finish), peerSid, sealProof(context, "initiator", keys)),
  };
}

/** @returns the session; undefined when it was not that hub that began. */
export function accept(
  context: HandshakeContext,
  answering: Answering,
  packet: Uint8Array,
): SessionSecrets | undefined {
  if (packet.length !== FINISH_BYTES) return undefined;
  const { keys, peer, peerSid, sid } = answering;
  const box = packet.subarray(1 + SESSION_ID_BYTES);
  if (!isProof(context, "initiator", keys, box, peer)) return undefined;
  return { peer, ownSid: sid, peerSid, sendKey: keys.responderData, receiveKey: keys.initiatorData };
}

/** @returns the initiator's session id that a reply answers. */
export function sidOfReply({ group, identity }: HandshakeContext, packet: Uint8Array): Uint8Array | undefined {
  return readReply(group, identity.hub, packet)?.sid;
}

function readReply(group: SealedGroup, self: HubId, packet: Uint8Array) {
  const headBytes = GROUP_OVERHEAD_BYTES + REPLY_HEAD_BYTES;
  if (packet.length !== headBytes + BOX_BYTES) return undefined;
  const plain = group.open(packet.subarray(0, headBytes), self);
  if (plain === undefined) return undefined;
  const [sid, peerSid, key] = cut(plain, SESSION_ID_BYTES, SESSION_ID_BYTES, KEY_BYTES);
  return { sid, peerSid, key, box: packet.subarray(headBytes) };
}

function keysOf({ crypto, group }: HandshakeContext, shared: Uint8Array, hello: readonly Uint8Array[]): Keys {
  const transcript = crypto.sha256(concatBytes(ascii("mindos-sealed-v1"), ...hello));
  const secret = extract(crypto, group.key, shared);
  const key = (label: string): Uint8Array => expand(crypto, secret, label, transcript);
  return {
    transcript,
    initiatorBox: key("initiator box"),
    responderBox: key("responder box"),
    initiatorData: key("initiator data"),
    responderData: key("responder data"),
  };
}

function proven(role: Role, { transcript }: Keys): Uint8Array {
  return concatBytes(ascii(`mindos-sealed-${role}-v1`), transcript);
}

function boxKey(role: Role, keys: Keys): Uint8Array {
  return role === "initiator" ? keys.initiatorBox : keys.responderBox;
}

/** The key of a box seals one message: its number may be 0. */
function sealProof({ crypto, identity }: HandshakeContext, role: Role, keys: Keys): Uint8Array {
  const plain = concatBytes(identity.publicKey, identity.sign(proven(role, keys)));
  return crypto.seal(boxKey(role, keys), nonceOf(0), keys.transcript, plain);
}

function isProof({ crypto }: HandshakeContext, role: Role, keys: Keys, box: Uint8Array, peer: HubId): boolean {
  const plain = crypto.open(boxKey(role, keys), nonceOf(0), keys.transcript, box);
  if (plain === undefined) return false;
  const [publicKey, signature] = cut(plain, KEY_BYTES, SIGNATURE_BYTES);
  return crypto.hubIdOf(publicKey) === peer && crypto.verify(publicKey, proven(role, keys), signature);
}

function cut<L extends readonly number[]>(bytes: Uint8Array, ...lengths: L): { readonly [K in keyof L]: Uint8Array } {
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return bytes.subarray(at - length, at);
  }) as { readonly [K in keyof L]: Uint8Array };
}
