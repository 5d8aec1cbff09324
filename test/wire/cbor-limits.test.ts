import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex, concatBytes, hexToBytes } from "../../runtime/core/bytes.js";
import { decodeCbor, encodeCbor } from "../../runtime/wire/cbor.js";
import { checkCbor } from "../../runtime/wire/cbor-limits.js";
import { CONTROL_LIMITS, FRAME_LIMITS } from "../../runtime/wire/frame.js";
import { decodeStrictly } from "./second-codec.js";

const small = { bytesMax: 32, depthMax: 2, itemsMax: 5, textBytesMax: 4 };
const filled = (head: string, length: number, byte: number): Uint8Array =>
  concatBytes(hexToBytes(head), new Uint8Array(length).fill(byte));

/** What one call takes from the heap: the median, since a collection or a compilation falls into some calls. */
function heapBytesOf(call: () => unknown): number {
  // Until it is compiled: the interpreter puts numbers on the heap.
  for (let i = 0; i < 200; i++) call();
  const taken = Array.from({ length: 15 }, () => {
    const before = process.memoryUsage();
    call();
    const after = process.memoryUsage();
    return after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  });
  return taken.sort((a, b) => a - b)[7] ?? Number.NaN;
}

describe("bounds", () => {
  it.each([
    ["bytes at the bound", `581e${"00".repeat(30)}`, undefined],
    ["one byte more", `581f${"00".repeat(31)}`, "TOO_LARGE"],
    ["depth at the bound", "818100", undefined],
    ["one level more", "81818100", "TOO_DEEP"],
    ["an empty array one level deeper", "818180", "TOO_DEEP"],
    ["an empty map one level deeper", "8181a0", "TOO_DEEP"],
    ["items at the bound", "8400000000", undefined],
    ["one item more", "850000000000", "TOO_MANY_ITEMS"],
    ["a map, which counts four", "81a0", undefined],
    ["a map and an item", "82a000", "TOO_MANY_ITEMS"],
    ["text at the bound", "6461616161", undefined],
    ["one byte of text more", "656161616161", "TEXT_TOO_LONG"],
  ])("%s", (_name, hex, problem) => {
    expect(checkCbor(hexToBytes(hex), small)?.problem).toBe(problem);
  });

  it("tells where the problem is, and nothing of what was sent", () => {
    expect(checkCbor(hexToBytes("8261611800"), FRAME_LIMITS)).toEqual({
      problem: "NOT_CANONICAL",
      detail: "at byte 3",
    });
  });
});

describe("random bytes", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.constantFrom(0x82, 0x83, 0xa1, 0x61, 0x41, 0x18, 0xfb), fc.uint8Array({ maxLength: 12 }))
      .map(([head, rest]) => Uint8Array.of(head, ...rest)),
  );

  it("what passes is what another strict codec reads too, and is written back byte for byte", () => {
    let passed = 0;
    fc.assert(
      fc.property(bytes, (input) => {
        const result = decodeCbor(input, FRAME_LIMITS);
        if ("problem" in result) {
          expect(result.problem).not.toBe("UNREADABLE");
          return;
        }
        passed += 1;
        expect(decodeStrictly(input)).toStrictEqual(result.value);
        expect(bytesToHex(encodeCbor(result.value))).toBe(bytesToHex(input));
      }),
      { numRuns: 2000 },
    );
    expect(passed).toBeGreaterThan(50);
  });
});

describe("hostile frames of 64 KiB", () => {
  const bytesMax = FRAME_LIMITS.bytesMax;
  const hostile: [string, Uint8Array][] = [
    ["a list of 65,533 zeros", filled("99fffd", 65_533, 0)],
    ["a list of 65,533 empty maps", filled("99fffd", 65_533, 0xa0)],
    ["a list of 65,533 empty lists", filled("99fffd", 65_533, 0x80)],
    ["a list of 65,533 empty texts", filled("99fffd", 65_533, 0x60)],
    ["65,536 nested lists", filled("", bytesMax, 0x81)],
    ["32,768 nested maps", Uint8Array.from({ length: bytesMax }, (_, i) => (i % 2 === 0 ? 0xa1 : 0x00))],
    ["65,536 lists that declare 4,294,967,295 items", filled("9affffffff", bytesMax - 5, 0x9a)],
    ["a text of 65,533 bytes", filled("79fffd", 65_533, 0x61)],
  ];

  it.each(hostile)("%s is refused before anything is allocated for it", (_name, bytes) => {
    expect(bytes.length).toBe(bytesMax);
    expect(["TOO_MANY_ITEMS", "TOO_DEEP", "TEXT_TOO_LONG", "TRUNCATED"]).toContain(
      checkCbor(bytes, FRAME_LIMITS)?.problem,
    );
    // An array of so many items would be 512 KiB.
    expect(heapBytesOf(() => decodeCbor(bytes, FRAME_LIMITS))).toBeLessThan(64 * 1024);
  });

  it("the costliest frame that passes holds under 2 MiB", () => {
    const maps = Math.floor((FRAME_LIMITS.itemsMax - 1) / 4);
    const head = hexToBytes(`99${maps.toString(16).padStart(4, "0")}`);
    const bytes = concatBytes(head, new Uint8Array(maps).fill(0xa0));
    const result = decodeCbor(bytes, FRAME_LIMITS);
    expect(heapBytesOf(() => decodeCbor(bytes, FRAME_LIMITS))).toBeLessThan(2 * 1024 * 1024);
    expect("value" in result).toBe(true);
  });

  it("a control frame may not be longer than 8 KiB", () => {
    expect(checkCbor(filled("591ffd", 8189, 0), CONTROL_LIMITS)).toBeUndefined();
    expect(checkCbor(filled("591ffe", 8190, 0), CONTROL_LIMITS)?.problem).toBe("TOO_LARGE");
  });
});
