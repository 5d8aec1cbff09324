/**
 * Who is at the other end of a link: a two-step challenge (pure).
 *
 *     A ── HELLO(id, key, nonceA) ─────────────► B
 *     A ◄── HELLO(id, key, nonceB) ───────────── B
 *     A ── HELLO(…, nonceA, proof over nonceB) ► B      each side: proof holds → the link is up
 *     A ◄── HELLO(…, nonceB, proof over nonceA) ─ B
 *
 * An id is the hash of the key and the proof is signed with the key over both nonces and both ids, so neither a copied
 * HELLO nor one relayed from another link is believed. Admission to a home (certificates) is not decided here.
 */
import { bytesEqual } from "../core/bytes.js";
import type { HubId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";

export const PROTOCOL_VERSION = 1;

export type Hello = MessageOf<"HELLO">;

/** The cryptography and the exact signed bytes, passed in so that the machine stays pure. */
export interface HelloCrypto {
  hubIdOf(publicKey: Uint8Array): HubId;
  /** What is signed: bound to both nonces and both ids. */
  transcript(parts: {
    readonly peerNonce: Uint8Array;
    readonly ownNonce: Uint8Array;
    readonly ownId: HubId;
    readonly peerId: HubId;
  }): Uint8Array;
  sign(message: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

export interface Self {
  readonly hub: HubId;
  readonly publicKey: Uint8Array;
  readonly epoch: number;
  readonly name: string;
  readonly home: string;
}

export const HOME_DEFAULT = "home";

export type HandshakeState = "waiting" | "challenged" | "proven" | "refused";

/** Why a HELLO was not believed: the name of the counter. */
export type HelloProblem =
  | "mesh.hello.version"
  | "mesh.hello.otherHome"
  | "mesh.hello.self"
  | "mesh.hello.idNotOfKey"
  | "mesh.hello.changed"
  | "mesh.hello.badProof"
  | "mesh.hello.unexpected";

export interface Handshake {
  readonly state: HandshakeState;
  readonly nonce: Uint8Array;
  readonly peer?: Hello;
}

export interface HandshakeStep {
  readonly next: Handshake;
  readonly send?: Hello;
  readonly problem?: HelloProblem;
}

/** @param nonce 16 fresh random bytes. */
export function beginHandshake(self: Self, nonce: Uint8Array): HandshakeStep {
  return { next: { state: "waiting", nonce }, send: helloOf(self, nonce) };
}

/** What to do with a HELLO, by state. A cell that names a problem ends the link. */
const ON_HELLO = {
  waiting: { challenge: onChallenge, proof: unexpected },
  challenged: { challenge: unexpected, proof: onProof },
  proven: { challenge: unexpected, proof: unexpected },
  refused: { challenge: unexpected, proof: unexpected },
} satisfies Record<HandshakeState, Record<"challenge" | "proof", Transition>>;

type Transition = (handshake: Handshake, hello: Hello, self: Self, crypto: HelloCrypto) => HandshakeStep;

export function onHello(handshake: Handshake, hello: Hello, self: Self, crypto: HelloCrypto): HandshakeStep {
  return ON_HELLO[handshake.state][hello.proof === undefined ? "challenge" : "proof"](handshake, hello, self, crypto);
}

function onChallenge(handshake: Handshake, hello: Hello, self: Self, crypto: HelloCrypto): HandshakeStep {
  if (!hello.versions.includes(PROTOCOL_VERSION)) return refuse(handshake, "mesh.hello.version");
  if ((hello.home ?? HOME_DEFAULT) !== self.home) return refuse(handshake, "mesh.hello.otherHome");
  if (hello.id === self.hub) return refuse(handshake, "mesh.hello.self");
  if (crypto.hubIdOf(hello.publicKey) !== hello.id) return refuse(handshake, "mesh.hello.idNotOfKey");
  const message = crypto.transcript({
    peerNonce: hello.nonce,
    ownNonce: handshake.nonce,
    ownId: self.hub,
    peerId: hello.id,
  });
  const send: Hello = { ...helloOf(self, handshake.nonce), proof: crypto.sign(message) };
  return { next: { ...handshake, state: "challenged", peer: hello }, send };
}

function onProof(handshake: Handshake, hello: Hello, self: Self, crypto: HelloCrypto): HandshakeStep {
  const { peer } = handshake;
  if (peer === undefined || hello.proof === undefined) return refuse(handshake, "mesh.hello.unexpected");
  const same =
    hello.id === peer.id && bytesEqual(hello.publicKey, peer.publicKey) && bytesEqual(hello.nonce, peer.nonce);
  if (!same) return refuse(handshake, "mesh.hello.changed");
  const message = crypto.transcript({
    peerNonce: handshake.nonce,
    ownNonce: peer.nonce,
    ownId: peer.id,
    peerId: self.hub,
  });
  if (!crypto.verify(peer.publicKey, message, hello.proof)) return refuse(handshake, "mesh.hello.badProof");
  return { next: { ...handshake, state: "proven" } };
}

function unexpected(handshake: Handshake): HandshakeStep {
  return refuse(handshake, "mesh.hello.unexpected");
}

function refuse(handshake: Handshake, problem: HelloProblem): HandshakeStep {
  return { next: { ...handshake, state: "refused" }, problem };
}

function helloOf(self: Self, nonce: Uint8Array): Hello {
  return {
    type: "HELLO",
    versions: [PROTOCOL_VERSION],
    id: self.hub,
    publicKey: self.publicKey,
    epoch: self.epoch,
    nonce,
    name: self.name,
    home: self.home,
  };
}
