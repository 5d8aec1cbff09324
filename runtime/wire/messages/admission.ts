/** How hubs are let in and put out: ADMIT and REVOKE, and the chain that HELLO carries. Pure. */
import type { AdmitBody, AdmitOp, AdmitRefusal, RevokeBody } from "../../core/messages-admission.js";
import { type Codec, list, record } from "../codec.js";
import { boundedBytes, byteString, label, registered } from "../fields.js";
import { ADDRESSES_MAX, hubAddress } from "./overlay.js";

/** The signed value is at most 208 bytes, COSE_Sign1 adds 73. */
export const CERTIFICATE_BYTES_MAX = 304;
/** 52 bytes, the certificate of the owner who signed, and COSE_Sign1. */
export const REVOCATION_BYTES_MAX = 448;
/** 73 bytes, the certificate of the owner who signed, and COSE_Sign1. */
export const TRUST_BYTES_MAX = 460;
/** A certificate, and that of the owner who signed it. */
export const CHAIN_MAX = 2;
/** 16 of the longest fill 7 KiB of a control frame's 8. */
export const REVOCATIONS_PER_MESSAGE_MAX = 16;

/** Own certificate first. */
export const chain: Codec<readonly Uint8Array[]> = list(boundedBytes(1, CERTIFICATE_BYTES_MAX), CHAIN_MAX, 1);

const OPS: Readonly<Record<AdmitOp, number>> = {
  commit: 0,
  offer: 1,
  reveal: 2,
  confirm: 3,
  grant: 4,
  refuse: 5,
  renew: 6,
};

const REFUSALS: Readonly<Record<AdmitRefusal, number>> = {
  noInvitation: 0,
  badCommitment: 1,
  badProof: 2,
  unexpected: 3,
  declined: 4,
  tooLate: 5,
  revoked: 6,
};

export const admit = record<AdmitBody>({
  op: { key: 1, codec: registered<AdmitOp>("op", OPS) },
  commitment: { key: 2, codec: byteString(32), optional: true },
  nonce: { key: 3, codec: byteString(16), optional: true },
  publicKey: { key: 4, codec: byteString(32), optional: true },
  rootKey: { key: 5, codec: byteString(32), optional: true },
  name: { key: 6, codec: label(120), optional: true },
  mac: { key: 7, codec: byteString(32), optional: true },
  signature: { key: 8, codec: byteString(64), optional: true },
  chain: { key: 9, codec: chain, optional: true },
  reason: { key: 10, codec: registered<AdmitRefusal>("reason", REFUSALS), optional: true },
  addresses: { key: 12, codec: list(hubAddress, ADDRESSES_MAX), optional: true },
});

export const revoke = record<RevokeBody>({
  revocations: { key: 1, codec: list(boundedBytes(1, REVOCATION_BYTES_MAX), REVOCATIONS_PER_MESSAGE_MAX, 1) },
});
