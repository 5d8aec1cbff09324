import { expect, test } from "vitest";
import { hexToBytes } from "../../runtime/core/bytes.js";
import { decryptCcm } from "../../runtime/io/aes-ccm.js";

/** RFC 3610, packet vector #1: eight bytes of header, tag of eight. */
const rfc = {
  key: hexToBytes("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf"),
  nonce: hexToBytes("00000003020100a0a1a2a3a4a5"),
  header: hexToBytes("0001020304050607"),
  plain: hexToBytes("08090a0b0c0d0e0f101112131415161718191a1b1c1d1e"),
  cipher: hexToBytes("588c979a61c663d2f066d0c2c0f989806d5f6b61dac384"),
  tag: hexToBytes("17e8d12cfdf926e0"),
};

test("packet vector 1 of RFC 3610 is decrypted", () => {
  expect(decryptCcm(rfc.key, rfc.nonce, rfc.cipher, rfc.tag, rfc.header)).toEqual(rfc.plain);
});

test("a tag, header, nonce or ciphertext that does not fit gives undefined", () => {
  const changed = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
  expect(decryptCcm(rfc.key, rfc.nonce, rfc.cipher, changed(rfc.tag), rfc.header)).toBeUndefined();
  expect(decryptCcm(rfc.key, rfc.nonce, rfc.cipher, rfc.tag, changed(rfc.header))).toBeUndefined();
  expect(decryptCcm(rfc.key, rfc.nonce, rfc.cipher, rfc.tag)).toBeUndefined();
  expect(decryptCcm(rfc.key, changed(rfc.nonce), rfc.cipher, rfc.tag, rfc.header)).toBeUndefined();
  expect(decryptCcm(rfc.key, rfc.nonce, changed(rfc.cipher), rfc.tag, rfc.header)).toBeUndefined();
  expect(decryptCcm(changed(rfc.key), rfc.nonce, rfc.cipher, rfc.tag, rfc.header)).toBeUndefined();
});

test("a key of another length is the caller's mistake and throws", () => {
  expect(() => decryptCcm(rfc.key.subarray(1), rfc.nonce, rfc.cipher, rfc.tag)).toThrow(RangeError);
});
