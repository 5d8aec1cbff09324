/** A hub as far as TLS knows it, for benches: a fresh key and its certificate, without files. */
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import type { HubId } from "../../../runtime/core/ids.js";
import { hubIdOfKey } from "../../../runtime/io/home/identity.js";
import { makeCertificate } from "../../../runtime/io/tls/certificate.js";
import type { TlsIdentity } from "../../../runtime/io/tls/identity.js";

const KEY_BYTES = 32;

export interface BenchHub {
  readonly id: HubId;
  readonly tls: TlsIdentity;
}

export function makeBenchHub(): BenchHub {
  const { privateKey } = generateKeyPairSync("ed25519");
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const id = hubIdOfKey(new Uint8Array(spki.subarray(spki.length - KEY_BYTES)));
  const key = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  return { id, tls: { key, cert: new X509Certificate(makeCertificate(privateKey, id)).toString() } };
}
