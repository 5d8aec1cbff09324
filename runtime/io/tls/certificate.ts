/**
 * Makes the certificate with which a hub shows its key in TLS. Apart from `tls-identity.ts` so that the ASN.1 library is
 * loaded only when a certificate must be made, which is once in a hub's life.
 * Sources: RFC 5280 §4.1 (the certificate), RFC 8410 §3 and §4 (Ed25519 in it).
 * Why @peculiar/asn1-x509 and not @peculiar/x509 above it: that one brings a dependency injector, a polyfill that writes to
 * `Reflect`, and 10 MiB of memory instead of 3; it signs through WebCrypto, where Ed25519 is experimental on Node 20.
 */
import { createPublicKey, type KeyObject, sign } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Certificate,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";

const ED25519 = "1.3.101.112";
const COMMON_NAME = "2.5.4.3";
/** Before any clock of a board that has none; what holds the key is what counts, not the time. */
const NOT_BEFORE = new Date("2000-01-01T00:00:00Z");
/** "No well-defined expiration", RFC 5280 §4.1.2.5: trust ends by revocation of the membership. */
const NOT_AFTER = new Date("9999-12-31T23:59:59Z");

/** Self-signed. The same key and name give the same bytes, since Ed25519 signatures are deterministic.
 *  @param commonName printable ASCII, at most 64 characters.
 *  @returns DER */
export function makeCertificate(privateKey: KeyObject, commonName: string): Uint8Array {
  const algorithm = new AlgorithmIdentifier({ algorithm: ED25519 });
  const name = new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: commonName }) }),
    ]),
  ]);
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: bufferOf([1]),
    signature: algorithm,
    issuer: name,
    subject: name,
    validity: new Validity({ notBefore: NOT_BEFORE, notAfter: NOT_AFTER }),
    subjectPublicKeyInfo: AsnConvert.parse(spki, SubjectPublicKeyInfo),
  });
  const signature = sign(null, new Uint8Array(AsnConvert.serialize(tbsCertificate)), privateKey);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: bufferOf(signature),
  });
  return new Uint8Array(AsnConvert.serialize(certificate));
}

/** A buffer of exactly these bytes: Node's small ones are views of a shared pool. */
function bufferOf(bytes: ArrayLike<number>): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.length);
  new Uint8Array(copy).set(bytes);
  return copy;
}
