/**
 * COSE_Sign1 (RFC 9052 §4.2), untagged, with Ed25519 (EdDSA, RFC 9053 §2.2), in the CBOR profile of PROTOCOL.md §2. Pure.
 * Narrowed so that there is one form only: the protected header says the algorithm and nothing else, the unprotected one
 * is empty. What sets one kind of statement apart from another is a label, which is signed as external_aad.
 * Signed bytes are kept and passed on as they came, never made again.
 */
import { bytesEqual } from "../core/bytes.js";
import { MindosError } from "../core/errors.js";
import { type CborValue, decodeCbor, encodeCbor } from "./cbor.js";
import type { FrameProblem } from "./problems.js";

/** {1: -8}: the algorithm is EdDSA. */
const PROTECTED = Uint8Array.of(0xa1, 0x01, 0x27);
const SIGNATURE_BYTES = 64;
/** Array, protected, empty map, two heads of byte strings and the signature. */
export const COSE1_OVERHEAD_BYTES_MAX = 1 + 4 + 1 + 3 + 2 + SIGNATURE_BYTES;
/** Longer payloads belong in chunks that are named by their hash, and only the hash is signed. */
export const COSE1_PAYLOAD_BYTES_MAX = 4096;

export interface Cose1 {
  readonly payload: Uint8Array;
  /** The Sig_structure of RFC 9052 §4.4: what `signature` covers. */
  readonly toBeSigned: Uint8Array;
  readonly signature: Uint8Array;
}

/** @param label names the kind of statement, as "mindos-certificate-v1".
 *  @throws MindosError BAD_INPUT when the payload is longer than `COSE1_PAYLOAD_BYTES_MAX`. */
export function signCose1(payload: Uint8Array, sign: (message: Uint8Array) => Uint8Array, label: string): Uint8Array {
  if (payload.length > COSE1_PAYLOAD_BYTES_MAX) {
    throw new MindosError("BAD_INPUT", `a payload of ${payload.length} bytes, at most ${COSE1_PAYLOAD_BYTES_MAX}`);
  }
  return encodeCbor([PROTECTED, new Map(), payload, sign(toBeSigned(payload, label))]);
}

/** Takes it apart without judging the signature: often the payload says whose it must be.
 *  @param payloadBytesMax at most `COSE1_PAYLOAD_BYTES_MAX`. */
export function readCose1(
  bytes: Uint8Array,
  label: string,
  payloadBytesMax = COSE1_PAYLOAD_BYTES_MAX,
): Cose1 | FrameProblem {
  const bytesMax = payloadBytesMax + COSE1_OVERHEAD_BYTES_MAX;
  const decoded = decodeCbor(bytes, { bytesMax, depthMax: 2, itemsMax: 16, textBytesMax: 0 });
  if ("problem" in decoded) return decoded;
  const parts = decoded.value;
  if (!Array.isArray(parts) || parts.length !== 4) return bad("expected an array of 4");
  const [header, unprotected, payload, signature] = parts as readonly CborValue[];
  if (!(header instanceof Uint8Array) || !bytesEqual(header, PROTECTED)) return bad("expected EdDSA and nothing else");
  if (!(unprotected instanceof Map) || unprotected.size > 0) return bad("expected no unprotected header");
  if (!(payload instanceof Uint8Array) || payload.length > payloadBytesMax) return bad("payload");
  if (!(signature instanceof Uint8Array) || signature.length !== SIGNATURE_BYTES) return bad("signature");
  return { payload, toBeSigned: toBeSigned(payload, label), signature };
}

/** @returns the payload when the signature holds. */
export function openCose1(
  bytes: Uint8Array,
  label: string,
  verify: (message: Uint8Array, signature: Uint8Array) => boolean,
): { readonly payload: Uint8Array } | FrameProblem {
  const read = readCose1(bytes, label);
  if ("problem" in read) return read;
  return verify(read.toBeSigned, read.signature) ? { payload: read.payload } : bad("the signature does not hold");
}

function toBeSigned(payload: Uint8Array, label: string): Uint8Array {
  return encodeCbor(["Signature1", PROTECTED, new TextEncoder().encode(label), payload]);
}

function bad(detail: string): FrameProblem {
  return { problem: "BAD_FIELD", detail: `COSE_Sign1: ${detail}` };
}
