/** AES-128-CCM (RFC 3610) by Node's OpenSSL, for the decoders of encrypted adverts. */
import { createDecipheriv } from "node:crypto";
import type { CcmDecrypt } from "../core/decoder.js";

export const decryptCcm: CcmDecrypt = (key, nonce, ciphertext, tag, additionalData) => {
  const decipher = createDecipheriv("aes-128-ccm", key, nonce, { authTagLength: tag.length });
  decipher.setAuthTag(tag);
  if (additionalData) decipher.setAAD(additionalData, { plaintextLength: ciphertext.length });
  const plain = decipher.update(ciphertext);
  try {
    decipher.final();
  } catch {
    // The only failure left: everything that a caller could get wrong has thrown above.
    return undefined;
  }
  return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
};
