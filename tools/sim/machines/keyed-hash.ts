/**
 * Stands in for SHA-256 and Ed25519 at a hundredth of their cost: FNV-1a over the bytes, then MurmurHash3's finaliser. Nobody in a
 * simulation computes proofs that it may not: forgeries are bent messages, whose proofs no longer fit.
 */
import { bytesEqual } from "../../../runtime/core/bytes.js";
import type { HubId } from "../../../runtime/core/ids.js";
import type { OriginAuthority } from "../../../runtime/mesh/broadcast/origin.js";
import type { Authority } from "../../../runtime/mesh/directory/authority.js";
import { type StatementCrypto, statementBytes } from "../../../runtime/mesh/liveness/statement.js";

/** Ed25519: key (32) and signature (64). */
const PROOF_BYTES = 96;
const HASH_BYTES = 32;

/** @returns 32 bytes. */
export function hash(bytes: Uint8Array): Uint8Array {
  return spread(bytes, HASH_BYTES);
}

export const STATEMENTS: StatementCrypto = {
  prove: (statement) => spread(statementBytes(statement), PROOF_BYTES),
  holds: (statement, proof) => bytesEqual(spread(statementBytes(statement), PROOF_BYTES), proof),
};

/** What is signed names the hub, so one key does for all. */
export const PLACES: Authority & OriginAuthority = {
  sign: (bytes) => spread(bytes, PROOF_BYTES),
  verify: (_hub: HubId, proof, bytes) => bytesEqual(spread(bytes, PROOF_BYTES), proof),
  isMember: () => true,
};

function spread(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length);
  const view = new DataView(out.buffer);
  let state = 0x811c_9dc5;
  for (let i = 0; i < bytes.length; i++) state = Math.imul(state ^ (bytes[i] as number), 0x0100_0193);
  for (let at = 0; at < length; at += 4) {
    state = mix(state + 0x9e37_79b9 + at);
    view.setUint32(at, state);
  }
  return out;
}

function mix(value: number): number {
  let state = value >>> 0;
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
