/** The cryptography of sealed sessions, by OpenSSL. Not pure: node:crypto. */
import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
} from "node:crypto";
import { concatBytes, hexToBytes } from "../../core/bytes.js";
import type { EphemeralKey, SealedCrypto } from "../../wire/sealed-crypto.js";
import { MEMBERSHIP_CRYPTO } from "../home/home-keys.js";

const CIPHER = "chacha20-poly1305";
const TAG_BYTES = 16;
const KEY_BYTES = 32;
/** DER before the raw 32 bytes of an X25519 key. RFC 8410 §4. */
const SPKI_PREFIX = hexToBytes("302a300506032b656e032100");

export const SEALED_CRYPTO: SealedCrypto = {
  keyPair,
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
  sha256: MEMBERSHIP_CRYPTO.sha256,
  hmacSha256: MEMBERSHIP_CRYPTO.hmacSha256,
  verify: MEMBERSHIP_CRYPTO.verify,
  hubIdOf: MEMBERSHIP_CRYPTO.hubIdOf,
  seal(key, nonce, extra, plain) {
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(extra, { plaintextLength: plain.length });
    return concatBytes(cipher.update(plain), cipher.final(), cipher.getAuthTag());
  },
  open(key, nonce, extra, sealed) {
    const bodyBytes = sealed.length - TAG_BYTES;
    if (bodyBytes < 0) return undefined;
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(extra, { plaintextLength: bodyBytes });
    decipher.setAuthTag(sealed.subarray(bodyBytes));
    try {
      return concatBytes(decipher.update(sealed.subarray(0, bodyBytes)), decipher.final());
    } catch {
      return undefined; // not genuine
    }
  },
};

function keyPair(): EphemeralKey {
  const { privateKey, publicKey } = generateKeyPairSync("x25519");
  const der = publicKey.export({ format: "der", type: "spki" });
  return {
    publicKey: new Uint8Array(der.subarray(der.length - KEY_BYTES)),
    agree(peerKey) {
      try {
        const peer = Buffer.from(concatBytes(SPKI_PREFIX, peerKey));
        const shared = diffieHellman({
          privateKey,
          publicKey: createPublicKey({ key: peer, format: "der", type: "spki" }),
        });
        return new Uint8Array(shared);
      } catch {
        return undefined; // OpenSSL refuses a secret of zeros, RFC 7748 §6.1
      }
    },
  };
}
