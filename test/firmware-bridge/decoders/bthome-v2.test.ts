import { createCipheriv } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decoder } from "../../../firmware-bridge/decoders/bthome-v2.js";
import {
  BTHOME_OBJECTS,
  BUTTON_EVENTS,
  COMMAND_OPCODES,
} from "../../../firmware-bridge/decoders/tables/bthome-v2-objects.js";
import { bytesToHex, concatBytes, hexToBytes } from "../../../runtime/core/bytes.js";
import { type CcmDecrypt, DecodeError } from "../../../runtime/core/decoder.js";
import { decryptCcm } from "../../../runtime/io/aes-ccm.js";
import { advertVectors, plain } from "../advert-vectors.js";

const address = hexToBytes("5448e68f80a5");
const context = { address, decryptCcm };
const ids = BTHOME_OBJECTS.flatMap((object) => (object ? [object.id] : []));
const vectors = advertVectors("bthome-v2");

/** The format's side of encryption, as a sensor does it. */
function encrypt(key: Uint8Array, info: number, counter: number, objects: Uint8Array): Uint8Array {
  const counterBytes = new Uint8Array(4);
  new DataView(counterBytes.buffer).setUint32(0, counter, true);
  const nonce = concatBytes(address, new Uint8Array([0xd2, 0xfc, info]), counterBytes);
  const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: 4 });
  const ciphertext = concatBytes(cipher.update(objects), cipher.final());
  return concatBytes(new Uint8Array([info]), ciphertext, counterBytes, cipher.getAuthTag());
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return "value";
  } catch (error) {
    if (error instanceof DecodeError) return error.code;
    throw error;
  }
}

describe("the object table", () => {
  test("has every id of the format's current page, and no other", () => {
    const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
    expect(ids).toEqual([...range(0x00, 0x2f), ...range(0x3a, 0x65), 0xf0, 0xf1, 0xf2]);
  });

  test("has a vector for each of its ids", () => {
    const seen = new Set<number>();
    for (const vector of vectors) {
      if (!vector.expected || vector.expected.encrypted) continue;
      const data = hexToBytes(vector.data);
      seen.add(data[data[0]! & 2 ? 7 : 1]!);
    }
    expect(ids.filter((id) => !seen.has(id))).toEqual([]);
  });

  test("has a vector for each event that it names", () => {
    const fired = (quantity: string): number[] => [
      ...new Set(
        vectors.flatMap((vector) =>
          (vector.expected?.measurements ?? []).filter((m) => m.quantity === quantity).map((m) => m.value),
        ),
      ),
    ];
    expect(fired("button").sort((a, b) => a - b)).toEqual([...BUTTON_EVENTS.keys()]);
    for (const opcode of fired("command")) expect(COMMAND_OPCODES.has(opcode)).toBe(true);
  });

  test("gives every raw number of two bytes as the shortest decimal of its resolution", () => {
    for (let raw = 0; raw < 65_536; raw += 7) {
      const data = new Uint8Array([0x40, 0x03, raw & 0xff, raw >> 8]);
      const shown = String(decoder.decode(data, context)?.measurements[0]?.value);
      expect(shown).toBe(String(Number(`${Math.floor(raw / 100)}.${String(raw % 100).padStart(2, "0")}`)));
    }
  });

  test("stops at each id that it does not know, and keeps what came before", () => {
    for (let id = 0; id < 256; id++) {
      if (BTHOME_OBJECTS[id]) continue;
      const decoded = decoder.decode(new Uint8Array([0x40, 0x01, 0x61, id, 0xff, 0xff]), context);
      expect(decoded?.unknownObjectId).toBe(id);
      expect(decoded?.measurements).toEqual([{ quantity: "battery", value: 97, index: 0 }]);
      expect(codeOf(() => decoder.decode(new Uint8Array([0x40, id, 0x61]), context))).toBe("UNKNOWN_OBJECT_ID");
    }
  });
});

describe("encryption", () => {
  const key = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const counter = fc.integer({ min: 0, max: 0xffff_ffff });
  const info = fc.constantFrom(0x41, 0x45);
  const objects = fc.constantFrom(
    ...vectors.filter((vector) => vector.expected && /^4[04]/.test(vector.data)).map((vector) => vector.data.slice(2)),
  );

  test("what a sensor encrypts is read as if it were plain, with its counter", () => {
    fc.assert(
      fc.property(key, info, counter, objects, (key, info, counter, hex) => {
        const decoded = decoder.decode(encrypt(key, info, counter, hexToBytes(hex)), { ...context, key });
        const clear = decoder.decode(concatBytes(new Uint8Array([info & ~1]), hexToBytes(hex)), context);
        expect(plain(decoded)).toEqual({ ...(plain(clear) as object), encrypted: true, counter });
      }),
      { numRuns: 200 },
    );
  });

  test("any bit changed on the way is found", () => {
    fc.assert(
      fc.property(key, info, counter, objects, fc.nat(), (key, info, counter, hex, position) => {
        const data = encrypt(key, info, counter, hexToBytes(hex));
        const bit = position % (data.length * 8);
        data[bit >> 3]! ^= 1 << (bit & 7);
        // Bit 0 says that it is plain, bits 5 to 7 are the version: refused before the tag is looked at. Bit 1 moves
        // the start of the ciphertext, which may leave too little of it.
        expect(["KEY_WRONG", "NOT_ENCRYPTED", "BAD_VERSION", "TRUNCATED"]).toContain(
          codeOf(() => decoder.decode(data, { ...context, key })),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("the nonce is address, UUID, device information and counter, and no data is authenticated beside", () => {
    let asked: Parameters<CcmDecrypt> | undefined;
    const spy: CcmDecrypt = (...args) => {
      asked = args;
      return undefined;
    };
    const key = new Uint8Array(16);
    const data = hexToBytes("41e445f3c9962b332211006c7c4519");
    expect(codeOf(() => decoder.decode(data, { address, key, decryptCcm: spy }))).toBe("KEY_WRONG");
    const [, nonce, ciphertext, tag, additional] = asked!;
    expect(bytesToHex(nonce)).toBe("5448e68f80a5d2fc4133221100");
    expect(bytesToHex(ciphertext)).toBe("e445f3c9962b");
    expect(bytesToHex(tag)).toBe("6c7c4519");
    expect(additional).toBeUndefined();
  });
});

test("an advert of the largest size with objects of one kind is read in a moment, each numbered", () => {
  const data = new Uint8Array(1_649).fill(0x01);
  data[0] = 0x40;
  const decoded = decoder.decode(data, context);
  expect(decoded?.measurements).toHaveLength(824);
  expect(decoded?.measurements.at(-1)).toEqual({ quantity: "battery", value: 1, index: 823 });
});
