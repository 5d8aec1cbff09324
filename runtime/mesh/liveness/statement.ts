/**
 * What a hub says of itself and nobody else can: that it lives in this incarnation, or that it leaves. Pure.
 * The signed bytes are specified in wire/PROTOCOL.md, MEMBERS.
 */
import { concatBytes } from "../../core/bytes.js";
import { type HubId, idToBytes } from "../../core/ids.js";
import { MEMBER_PROOF_BYTES } from "../../core/messages-liveness.js";

/** Sets the signature apart from every other use of the key. */
const CONTEXT = new TextEncoder().encode("mindos-member-v1");
const PUBLIC_KEY_BYTES = 32;
const STATE_BYTES = { alive: 0, left: 3 } as const;

export interface Statement {
  readonly hub: HubId;
  readonly state: "alive" | "left";
  readonly epoch: number;
  readonly incarnation: number;
}

/** Signing and checking, passed in; a proof is opaque to the rest of this room. */
export interface StatementCrypto {
  /** By this hub's key. @returns `MEMBER_PROOF_BYTES` bytes. */
  prove(statement: Statement): Uint8Array;
  /** Never throws. */
  holds(statement: Statement, proof: Uint8Array): boolean;
}

/** What every Ed25519 library offers, and the hash that makes a key an id. */
export interface StatementKeys {
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
  hubIdOf(publicKey: Uint8Array): HubId;
  sign(message: Uint8Array): Uint8Array;
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** The key travels with the signature, since a hub far away in the cell has never met its owner. */
export function statementCryptoOf(keys: StatementKeys): StatementCrypto {
  return {
    prove: (statement) => concatBytes(keys.publicKey, keys.sign(statementBytes(statement))),
    holds: (statement, proof) => {
      if (proof.length !== MEMBER_PROOF_BYTES) return false;
      const key = proof.subarray(0, PUBLIC_KEY_BYTES);
      if (keys.hubIdOf(key) !== statement.hub) return false;
      return keys.verify(key, statementBytes(statement), proof.subarray(PUBLIC_KEY_BYTES));
    },
  };
}

/** 16 bytes of context, id (16), state (1), epoch (8, big-endian), incarnation (4, big-endian). */
export function statementBytes({ hub, state, epoch, incarnation }: Statement): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(13));
  numbers.setUint8(0, STATE_BYTES[state]);
  numbers.setBigUint64(1, BigInt(epoch));
  numbers.setUint32(9, incarnation);
  return concatBytes(CONTEXT, idToBytes(hub), new Uint8Array(numbers.buffer));
}
