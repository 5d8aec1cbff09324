/** Every decoder of the registry, by one suite: its vectors, and what holds for all bytes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decoders } from "../../../firmware-bridge/decoders/registry.gen.js";
import { ADVERT_DATA_BYTES_MAX } from "../../../runtime/core/advert.js";
import { hexToBytes } from "../../../runtime/core/bytes.js";
import { type DecodeContext, type Decoded, DecodeError, type Decoder } from "../../../runtime/core/decoder.js";
import { isQuantity } from "../../../runtime/core/quantity.js";
import { decryptCcm } from "../../../runtime/io/aes-ccm.js";
import { advertVectors, contextOf, plain } from "../advert-vectors.js";

const address = new Uint8Array([0xa4, 0xc1, 0x38, 0x8d, 0x18, 0xb2]);
const contexts: readonly DecodeContext[] = [
  { address, decryptCcm },
  { address, decryptCcm, key: new Uint8Array(16) },
  // A cipher that believes everything lets random bytes reach the parser behind it.
  { address, key: new Uint8Array(16), decryptCcm: (_key, _nonce, ciphertext) => ciphertext },
];

test("decoders have ids of their own", () => {
  expect(new Set(decoders.map((decoder) => decoder.id)).size).toBe(decoders.length);
});

describe.each(decoders.map((decoder): [string, Decoder] => [decoder.id, decoder]))("%s", (id, decoder) => {
  const vectors = advertVectors(id);

  test("has vectors of a value and of an error, each with its source", () => {
    expect(vectors.some((vector) => vector.expected)).toBe(true);
    expect(vectors.some((vector) => vector.error)).toBe(true);
    for (const vector of vectors) {
      expect(vector.source).not.toBe("");
      expect(
        [vector.expected, vector.error, vector.otherFormat].filter((outcome) => outcome !== undefined),
      ).toHaveLength(1);
      expect(
        decoder.serviceUuids.includes(vector.uuid ?? "") || decoder.companyIds.includes(vector.companyId ?? -1),
      ).toBe(true);
    }
    expect(new Set(vectors.map((vector) => vector.name)).size).toBe(vectors.length);
  });

  test.each(vectors.map((vector): [string, typeof vector] => [vector.name, vector]))("%s", (_, vector) => {
    const data = hexToBytes(vector.data);
    const before = data.slice();
    const outcome = attempt(decoder, data, contextOf(vector));
    if (vector.error) expect(outcome).toMatchObject({ name: "DecodeError", code: vector.error, fault: "remote" });
    else expect(plain(outcome as Decoded | undefined)).toStrictEqual(vector.expected);
    expect(data).toEqual(before);
  });

  test("gives a well-formed value, undefined or a DecodeError for any bytes", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.uint8Array({ maxLength: ADVERT_DATA_BYTES_MAX }),
      mutated(vectors.map((vector) => vector.data)),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(...contexts), (data, context) => {
        const outcome = attempt(decoder, data, context);
        if (outcome !== undefined && !(outcome instanceof DecodeError)) expectWellFormed(outcome, decoder);
      }),
      { numRuns: 2_000 },
    );
  });
});

function attempt(decoder: Decoder, data: Uint8Array, context: DecodeContext): Decoded | DecodeError | undefined {
  try {
    return decoder.decode(data, context);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
}

function expectWellFormed(decoded: Decoded, decoder: Decoder): void {
  expect(decoded.format).toBe(decoder.id);
  const places = new Set<string>();
  for (const { quantity, value, index } of decoded.measurements) {
    expect(isQuantity(quantity)).toBe(true);
    expect(Number.isFinite(value)).toBe(true);
    expect(Object.is(value, -0)).toBe(false);
    expect(Number.isInteger(index) && index >= 0).toBe(true);
    places.add(`${quantity}/${index}`);
  }
  expect(places.size).toBe(decoded.measurements.length);
}

function mutated(hexes: readonly string[]): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(fc.constantFrom(...hexes), fc.array(fc.tuple(fc.nat(64), fc.nat(255)), { maxLength: 4 }), fc.nat(64))
    .map(([hex, edits, cut]) => {
      const data = hexToBytes(hex);
      for (const [at, byte] of edits) if (at < data.length) data[at] = byte;
      return data.subarray(0, cut < data.length && cut % 2 === 0 ? cut : data.length);
    });
}
