/** A record inside COSE_Sign1 ↔ what it says, with what its signature covers. Pure. */
import type { Signed } from "../core/membership.js";
import { decodeCbor, encodeCbor } from "./cbor.js";
import { Reader, type RecordCodec, SKIP } from "./codec.js";
import { readCose1, signCose1 } from "./cose.js";
import type { FrameProblem } from "./problems.js";

export type Sign = (message: Uint8Array) => Uint8Array;

/** @param label as `signCose1`. @throws MindosError BAD_INPUT */
export function signRecord<T extends object>(value: T, codec: RecordCodec<T>, label: string, sign: Sign): Uint8Array {
  return signCose1(encodeRecord(value, codec), sign, label);
}

/** What it says; whether the signature holds is the caller's to ask. Never throws. */
export function readSignedRecord<T extends object>(
  bytes: Uint8Array,
  codec: RecordCodec<T>,
  label: string,
  payloadBytesMax: number,
): Signed<T> | FrameProblem {
  const cose = readCose1(bytes, label, payloadBytesMax);
  if ("problem" in cose) return cose;
  const read = readRecord(cose.payload, codec, payloadBytesMax);
  return "problem" in read ? read : { ...read, toBeSigned: cose.toBeSigned, signature: cose.signature };
}

/** @throws MindosError BAD_INPUT */
export function encodeRecord<T extends object>(value: T, codec: RecordCodec<T>): Uint8Array {
  return encodeCbor(codec.write(value));
}

/** Never throws. */
export function readRecord<T extends object>(
  bytes: Uint8Array,
  codec: RecordCodec<T>,
  bytesMax: number,
): { readonly value: T } | FrameProblem {
  const decoded = decodeCbor(bytes, { bytesMax, depthMax: 4, itemsMax: 512, textBytesMax: 4096 });
  if ("problem" in decoded) return decoded;
  const reader = new Reader();
  const value = codec.read(decoded.value, reader);
  return value === undefined || value === SKIP ? reader.toProblem() : { value };
}
