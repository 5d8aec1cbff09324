/** Hubs as far as TLS knows them: a fresh key and its certificate, without files. */
import { createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import type { HubId } from "../../runtime/core/ids.js";
import { hubIdOfKey } from "../../runtime/io/home/identity.js";
import { makeCertificate } from "../../runtime/io/tls/certificate.js";
import type { TlsIdentity } from "../../runtime/io/tls/identity.js";

export interface TlsHub {
  readonly id: HubId;
  readonly tls: TlsIdentity;
}

export function makeTlsHub(): TlsHub {
  const { privateKey } = generateKeyPairSync("ed25519");
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const id = hubIdOfKey(new Uint8Array(spki.subarray(spki.length - 32)));
  return {
    id,
    tls: {
      key: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
      cert: new X509Certificate(makeCertificate(privateKey, id)).toString(),
    },
  };
}

/** Lowest id first: which side's session stays depends on it. */
export function makeTlsHubs(count: number): TlsHub[] {
  return Array.from({ length: count }, makeTlsHub).sort((a, b) => (a.id < b.id ? -1 : 1));
}
