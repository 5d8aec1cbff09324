/** Certificates of membership and revocations ↔ signed bytes: PROTOCOL.md, Certificates. Pure. */
import * as v from "valibot";
import { bytesToHex, hexToBytes } from "../core/bytes.js";
import type { Certificate, HomeId, Revocation, RevocationReason, Role, Signed, Trust } from "../core/membership.js";
import { leaf, type RecordCodec, record } from "./codec.js";
import { boundedBytes, byteString, hubId, label, registered, uint53 } from "./fields.js";
import { CERTIFICATE_BYTES_MAX } from "./messages/admission.js";
import { HUB_NAME_BYTES_MAX, PUBLIC_KEY_BYTES } from "./messages/link.js";
import type { FrameProblem } from "./problems.js";
import { readSignedRecord, type Sign, signRecord } from "./signed-record.js";

const CERTIFICATE_LABEL = "mindos-certificate-v1";
const REVOCATION_LABEL = "mindos-revocation-v1";
const TRUST_LABEL = "mindos-trust-v1";
const HOME_ID_BYTES = 16;
/** Home 18, key 35, name 123, role 2, serial 10, times 20: 208 with the map's head, and COSE around it. */
const CERTIFICATE_PAYLOAD_BYTES_MAX = 224;
/** Home 18, hub 18, time 10, reason 2, and the issuer's certificate. */
const REVOCATION_PAYLOAD_BYTES_MAX = 64 + CERTIFICATE_BYTES_MAX;
/** Home 18, key 35, times 20, and the issuer's certificate. */
const TRUST_PAYLOAD_BYTES_MAX = 80 + CERTIFICATE_BYTES_MAX;

const homeId = leaf<Uint8Array, HomeId>({
  expected: "a home id",
  schema: v.pipe(v.instance(Uint8Array), v.length(HOME_ID_BYTES)),
  fromWire: (wire) => bytesToHex(wire) as HomeId,
  toWire: (id) => hexToBytes(id),
});

export const certificate: RecordCodec<Certificate> = record<Certificate>({
  home: { key: 1, codec: homeId },
  publicKey: { key: 2, codec: byteString(PUBLIC_KEY_BYTES) },
  name: { key: 3, codec: label(HUB_NAME_BYTES_MAX) },
  role: { key: 4, codec: registered<Role>("role", { member: 0, owner: 1 }) },
  serial: { key: 5, codec: uint53 },
  issuedWallMs: { key: 6, codec: uint53 },
  expiresWallMs: { key: 7, codec: uint53 },
});

export const revocation: RecordCodec<Revocation> = record<Revocation>({
  home: { key: 1, codec: homeId },
  hub: { key: 2, codec: hubId },
  wallMs: { key: 3, codec: uint53 },
  reason: {
    key: 4,
    codec: registered<RevocationReason>("reason", { lost: 0, stolen: 1, replaced: 2, retired: 3 }),
    optional: true,
  },
  issuer: { key: 5, codec: boundedBytes(1, CERTIFICATE_BYTES_MAX), optional: true },
});

export const trust: RecordCodec<Trust> = record<Trust>({
  home: { key: 1, codec: homeId },
  otherRootKey: { key: 2, codec: byteString(PUBLIC_KEY_BYTES) },
  issuer: { key: 5, codec: boundedBytes(1, CERTIFICATE_BYTES_MAX), optional: true },
  issuedWallMs: { key: 6, codec: uint53 },
  expiresWallMs: { key: 7, codec: uint53 },
});

/** @param sign with the root's key or an owner's. @throws MindosError BAD_INPUT */
export function signCertificate(value: Certificate, sign: Sign): Uint8Array {
  return signRecord(value, certificate, CERTIFICATE_LABEL, sign);
}

/** @throws MindosError BAD_INPUT */
export function signRevocation(value: Revocation, sign: Sign): Uint8Array {
  return signRecord(value, revocation, REVOCATION_LABEL, sign);
}

/** @throws MindosError BAD_INPUT */
export function signTrust(value: Trust, sign: Sign): Uint8Array {
  return signRecord(value, trust, TRUST_LABEL, sign);
}

/** What it says; whether the signature holds is the caller's to ask. Never throws. */
export function readCertificate(bytes: Uint8Array): Signed<Certificate> | FrameProblem {
  return readSignedRecord(bytes, certificate, CERTIFICATE_LABEL, CERTIFICATE_PAYLOAD_BYTES_MAX);
}

/** As `readCertificate`. */
export function readRevocation(bytes: Uint8Array): Signed<Revocation> | FrameProblem {
  return readSignedRecord(bytes, revocation, REVOCATION_LABEL, REVOCATION_PAYLOAD_BYTES_MAX);
}

/** As `readCertificate`. */
export function readTrust(bytes: Uint8Array): Signed<Trust> | FrameProblem {
  return readSignedRecord(bytes, trust, TRUST_LABEL, TRUST_PAYLOAD_BYTES_MAX);
}
