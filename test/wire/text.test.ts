import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "../../runtime/core/text.js";
import { cleanText, isPrintable, isWellFormed, utf8Length } from "../../runtime/wire/text.js";

/** Any 16-bit units: lone surrogates, control characters, anything. */
const anyText = fc
  .array(fc.oneof(fc.nat({ max: 0xffff }), fc.integer({ min: 0xd7f0, max: 0xe010 }), fc.nat({ max: 0x7f })), {
    maxLength: 40,
  })
  .map((units) => String.fromCharCode(...units));

describe("text", () => {
  it("has the length that an encoder gives it", () => {
    fc.assert(
      fc.property(anyText, (text) => utf8Length(text) === new TextEncoder().encode(text).length),
      { numRuns: 500 },
    );
  });

  it("is well-formed when it survives UTF-8", () => {
    const survives = (text: string): boolean => Buffer.from(text, "utf8").toString("utf8") === text;
    fc.assert(
      fc.property(anyText, (text) => isWellFormed(text) === survives(text)),
      { numRuns: 500 },
    );
  });

  it("is printable when nothing needs replacing", () => {
    fc.assert(
      fc.property(anyText, (text) => isPrintable(text) === (printable(text, 1000) === text)),
      { numRuns: 500 },
    );
  });

  it("can be cleaned, whatever it is: printable, within the bytes, and cleaning again changes nothing", () => {
    fc.assert(
      fc.property(anyText, fc.nat({ max: 40 }), (text, bytesMax) => {
        const clean = cleanText(text, bytesMax);
        expect(utf8Length(clean)).toBeLessThanOrEqual(bytesMax);
        expect(isPrintable(clean)).toBe(true);
        expect(isWellFormed(clean)).toBe(true);
        expect(cleanText(clean, bytesMax)).toBe(clean);
      }),
      { numRuns: 500 },
    );
  });

  it("stays as it is when it is clean and short enough", () => {
    expect(cleanText("Küche ☕ 水 𐅑", 19)).toBe("Küche ☕ 水 𐅑");
    expect(cleanText("Küche ☕ 水 𐅑", 18)).toBe("Küche ☕ 水 ");
  });
});
