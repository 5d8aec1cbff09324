/**
 * The identity as TLS wants it: the hub's Ed25519 key and a certificate that carries its public half. Whoever connects
 * proves with it that the key is his (RFC 8446 §4.4.3); that the key may be here is decided by others. Nobody checks the
 * certificate's names, times or signature: it is only the envelope of the key, and there is no authority above it.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { bytesEqual } from "../../core/bytes.js";
import { readSmallFile, writeFileAtomic } from "../files/atomic-file.js";
import type { Identity } from "../home/identity.js";
import { storageError } from "../store/errors.js";

const FILE_NAME = "tls-certificate.pem";
const KEY_BYTES = 32;
/** DER of an Ed25519 SubjectPublicKeyInfo before its 32 bytes, RFC 8410 §4. */
const SPKI_BYTES = 44;

/** PEM, as `node:tls` takes it. `key` is the hub's secret: never to be logged or stored. */
export interface TlsIdentity {
  readonly key: string;
  readonly cert: string;
}

/** Reads the certificate of this key, or makes it and keeps it (0600). One that is damaged or of another key is replaced.
 *  @throws MindosError DATA_DIR_UNUSABLE | DISK_FULL */
export async function loadTlsIdentity(identity: Identity, directory: string): Promise<TlsIdentity> {
  const path = join(directory, FILE_NAME);
  const key = identity.exportTlsKey();
  const kept = await readSmallFile(path).catch(() => undefined);
  if (kept !== undefined && isOfKey(kept, identity.publicKey)) return { key, cert: kept };
  const { makeCertificate } = await import("./certificate.js");
  const cert = new X509Certificate(makeCertificate(createPrivateKey(key), identity.hub)).toString();
  try {
    await writeFileAtomic(path, cert);
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
  return { key, cert };
}

/** The key that the other end has proven to hold. To be asked once the handshake is over ("secure", "secureConnect").
 *  @returns 32 bytes, raw; undefined without a certificate, or when its key is not Ed25519. */
export function peerKeyOf(socket: TLSSocket): Uint8Array | undefined {
  const certificate = socket.getPeerX509Certificate();
  return certificate && keyOfCertificate(certificate);
}

function isOfKey(pem: string, publicKey: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(pem);
    const key = keyOfCertificate(certificate);
    return key !== undefined && bytesEqual(key, publicKey) && certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

function keyOfCertificate(certificate: X509Certificate): Uint8Array | undefined {
  try {
    const { publicKey } = certificate;
    if (publicKey.asymmetricKeyType !== "ed25519") return undefined;
    const der = publicKey.export({ format: "der", type: "spki" });
    return der.length === SPKI_BYTES ? new Uint8Array(der.subarray(SPKI_BYTES - KEY_BYTES)) : undefined;
  } catch {
    return undefined; // a key that OpenSSL cannot read
  }
}
