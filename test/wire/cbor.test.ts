import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import { MindosError } from "../../runtime/core/errors.js";
import { type CborValue, compareKeys, decodeCbor, encodeCbor } from "../../runtime/wire/cbor.js";
import { FRAME_LIMITS } from "../../runtime/wire/frame.js";
import { decodeHexStrictly, encodeIndependently } from "./second-codec.js";
import { cborVectors, invalidCborVectors } from "./vectors.js";

const positiveZero = (value: number): number => (value === 0 ? 0 : value);
const text = fc.string({ unit: "binary", maxLength: 80 }).filter((value) => !value.startsWith("\ufeff"));
const key = fc.oneof(fc.integer({ min: -300, max: 300 }), text, fc.maxSafeInteger().map(positiveZero));
const { tree: anyValue } = fc.letrec<{ tree: CborValue }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", maxDepth: 6 },
    fc.maxSafeInteger().map(positiveZero),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(positiveZero),
    text,
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie("tree"), { maxLength: 30 }),
    fc.array(fc.tuple(key, tie("tree")), { maxLength: 8 }).map((entries) => new Map(entries)),
  ),
}));

function decoded(bytes: Uint8Array): unknown {
  const result = decodeCbor(bytes, FRAME_LIMITS);
  return "problem" in result ? result : result.value;
}

describe("vectors: RFC 8949 appendix A as far as the profile goes, and its edges", () => {
  it.each(cborVectors)("$name is written as $hex and read back", ({ hex, value }) => {
    expect(bytesToHex(encodeCbor(value))).toBe(hex);
    expect(decoded(hexToBytes(hex))).toStrictEqual(value);
  });

  it.each(cborVectors)("$name is the same for another codec, both ways", ({ hex, value }) => {
    expect(decodeHexStrictly(hex)).toStrictEqual(value);
    expect(bytesToHex(encodeIndependently(value))).toBe(hex);
  });

  it.each(invalidCborVectors)("$name ($hex) is refused as $problem", ({ hex, problem }) => {
    expect(decodeCbor(hexToBytes(hex), FRAME_LIMITS)).toMatchObject({ problem });
  });
});

describe("encoding", () => {
  it("gives any value of the profile one encoding, which reads back as the same value", () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        fc.pre(bytes.length <= FRAME_LIMITS.bytesMax);
        expect(decoded(bytes)).toStrictEqual(value);
        expect(bytesToHex(bytes)).toBe(bytesToHex(encodeIndependently(value)));
      }),
      { numRuns: 300 },
    );
  });

  it("does not depend on the order in which a map was filled", () => {
    const entries = fc.uniqueArray(fc.tuple(key, fc.integer({ min: 0, max: 9 })), {
      selector: ([k]) => k,
      maxLength: 12,
    });
    fc.assert(
      fc.property(entries, (pairs) => {
        const there = encodeCbor(new Map(pairs));
        const back = encodeCbor(new Map([...pairs].reverse()));
        expect(bytesToHex(there)).toBe(bytesToHex(back));
      }),
      { numRuns: 200 },
    );
  });

  it("orders keys as their encoded bytes are ordered", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const bytewise = Buffer.compare(encodeCbor(a), encodeCbor(b));
        expect(Math.sign(compareKeys(a, b))).toBe(bytewise);
      }),
      { numRuns: 500 },
    );
  });

  it("writes minus zero as 0", () => {
    expect(bytesToHex(encodeCbor(-0))).toBe("00");
  });

  it("gives every frame bytes of its own", () => {
    const first = encodeCbor("first");
    const copy = first.slice();
    for (let i = 0; i < 100; i++) encodeCbor("second".repeat(50));
    expect(first).toEqual(copy);
    expect(first.buffer.byteLength).toBe(first.length);
    expect(Object.getPrototypeOf(first)).toBe(Uint8Array.prototype);
  });

  it("writes a Buffer and a view of another array as plain bytes", () => {
    expect(bytesToHex(encodeCbor(Buffer.from([1, 2])))).toBe("420102");
    expect(bytesToHex(encodeCbor(new Uint8Array([0, 1, 2, 3]).subarray(1, 3)))).toBe("420102");
  });

  const cycle: unknown[] = [];
  cycle.push(cycle);
  it.each([
    ["NaN", Number.NaN],
    ["infinity", Number.NEGATIVE_INFINITY],
    ["a lone surrogate", "a\ud800"],
    ["a reversed pair", "\udc00\ud800"],
    ["a byte order mark", "\ufeffa"],
    ["undefined", undefined],
    ["a BigInt", 1n],
    ["a date", new Date(0)],
    ["a plain object", { a: 1 }],
    ["a function", () => 1],
    ["a cycle", cycle],
    ["a float as a key", new Map([[1.5, 1]])],
    ["a key beyond 2^53", new Map([[2 ** 53, 1]])],
    ["a boolean as a key", new Map([[true, 1]])],
    ["a lone surrogate as a key", new Map([["\ud800", 1]])],
  ])("refuses %s, the caller's mistake", (_name, value) => {
    expect(() => encodeCbor(value as CborValue)).toThrow(MindosError);
    expect(() => encodeCbor([value as CborValue])).toThrow(/./);
  });
});

describe("decoding", () => {
  it("leaves the bytes that it was given as they were, without a property of cbor-x's", () => {
    const bytes = hexToBytes("820105");
    decodeCbor(bytes, FRAME_LIMITS);
    expect(Object.getOwnPropertyNames(bytes).filter((name) => !/^\d+$/.test(name))).toEqual([]);
  });

  it("copies byte strings, so that an id does not keep a frame alive", () => {
    const bytes = hexToBytes("4401020304");
    const value = decoded(bytes) as Uint8Array;
    bytes.fill(0);
    expect(bytesToHex(value)).toBe("01020304");
    expect(value.buffer.byteLength).toBe(4);
  });

  it("reads a part of a larger buffer", () => {
    const larger = hexToBytes("ffff8201053333");
    expect(decoded(larger.subarray(2, 5))).toEqual([1, 5]);
  });

  it("reads 64-bit integers as numbers", () => {
    expect(decoded(hexToBytes("1b0000019e70448800"))).toBe(1_780_000_000_000);
  });
});
