import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import {
  DATAGRAM_BYTES,
  DATAGRAM_LINK_BYTES,
  DATAGRAM_TAGGED_BYTES,
  datagramLink,
  decodeDatagram,
  encodeDatagram,
} from "../../runtime/wire/datagram.js";

const LINK = hexToBytes("0011223344556677");

/** With a tag of zeros: it is not this module's to check. */
function whole(tagged: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DATAGRAM_BYTES);
  bytes.set(tagged);
  return bytes;
}

describe("a datagram", () => {
  test.each([
    [{ number: 1, isAnswer: false, isOver: false, byDialler: true }, "10001122334455667700000001"],
    [{ number: 258, isAnswer: false, isOver: false, byDialler: false }, "11001122334455667700000102"],
    [{ number: 0xffffffff, isAnswer: true, isOver: false, byDialler: true }, "120011223344556677ffffffff"],
    [{ number: 7, isAnswer: true, isOver: false, byDialler: false }, "13001122334455667700000007"],
    [{ number: 7, isAnswer: true, isOver: true, byDialler: true }, "16001122334455667700000007"],
  ])("%j is written as PROTOCOL.md says", (head, hex) => {
    expect(bytesToHex(encodeDatagram(LINK, head))).toBe(hex);
  });

  test("reads back as it was written, wherever in a buffer it lies", () => {
    const heads = fc.record({
      number: fc.integer({ min: 0, max: 0xffffffff }),
      isAnswer: fc.boolean(),
      isOver: fc.boolean(),
      byDialler: fc.boolean(),
    });
    const links = fc.uint8Array({ minLength: DATAGRAM_LINK_BYTES, maxLength: DATAGRAM_LINK_BYTES });
    fc.assert(
      fc.property(links, heads, fc.nat({ max: 9 }), (link, head, before) => {
        const tagged = encodeDatagram(link, head);
        expect(tagged).toHaveLength(DATAGRAM_TAGGED_BYTES);
        const buffer = new Uint8Array(before + DATAGRAM_BYTES);
        buffer.set(tagged, before);
        const bytes = buffer.subarray(before);
        expect(datagramLink(bytes)).toEqual(link);
        expect(decodeDatagram(bytes)).toEqual(head);
      }),
    );
  });

  test("of any other length is none", () => {
    const bytes = whole(encodeDatagram(LINK, { number: 1, isAnswer: false, isOver: false, byDialler: true }));
    for (let length = 0; length < DATAGRAM_BYTES; length++)
      expect(datagramLink(bytes.subarray(0, length))).toBeUndefined();
    for (const more of [1, 2, 100, 65_000]) {
      const longer = new Uint8Array(DATAGRAM_BYTES + more);
      longer.set(bytes);
      expect(datagramLink(longer)).toBeUndefined();
    }
  });

  test("of another version, or of a kind that this one does not know, is none", () => {
    const bytes = whole(encodeDatagram(LINK, { number: 1, isAnswer: false, isOver: false, byDialler: true }));
    for (let kind = 0; kind < 256; kind++) {
      bytes[0] = kind;
      const isKnown = kind >= 0x10 && kind <= 0x17;
      expect(datagramLink(bytes) !== undefined).toBe(isKnown);
    }
  });

  test("may be any bytes: they are taken for one or not, and nothing throws", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 64 }),
          fc.uint8Array({ minLength: DATAGRAM_BYTES, maxLength: DATAGRAM_BYTES }),
        ),
        (bytes) => {
          const link = datagramLink(bytes);
          if (link === undefined) return;
          expect(bytes).toHaveLength(DATAGRAM_BYTES);
          expect(encodeDatagram(link, decodeDatagram(bytes))).toEqual(bytes.slice(0, DATAGRAM_TAGGED_BYTES));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
