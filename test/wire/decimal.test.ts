import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesToHex } from "../../runtime/core/bytes.js";
import { encodeCbor } from "../../runtime/wire/cbor.js";
import { EXPONENT_MIN, fromDecimal, MANTISSA_MAX, toDecimal } from "../../runtime/wire/decimal.js";
import { decimalVectors } from "./vectors.js";

const mantissas = fc.integer({ min: -MANTISSA_MAX, max: MANTISSA_MAX }).filter((mantissa) => mantissa % 10 !== 0);
const exponents = fc.integer({ min: EXPONENT_MIN, max: -1 });

describe("decimals", () => {
  it.each(decimalVectors)("$value is written as $hex", ({ value, hex }) => {
    expect(bytesToHex(encodeCbor(toDecimal(value)))).toBe(hex);
    expect(fromDecimal(toDecimal(value))).toBe(value);
  });

  it("give back the very number, whatever finite number it was", () => {
    const any = fc.double({ noNaN: true, noDefaultInfinity: true });
    const ordinary = fc.double({ min: -1000, max: 1000, noNaN: true });
    fc.assert(
      fc.property(fc.oneof(any, ordinary), (value) => Object.is(fromDecimal(toDecimal(value)), value)),
      { numRuns: 5000 },
    );
  });

  it("are short for every number with few digits", () => {
    fc.assert(
      fc.property(mantissas, exponents, (mantissa, exponent) => {
        const value = Number(`${mantissa}e${exponent}`);
        expect(toDecimal(value)).toEqual([mantissa, exponent]);
        expect(encodeCbor(toDecimal(value)).length).toBeLessThan(9);
      }),
      { numRuns: 1000 },
    );
  });

  it("are as exact as the decimal that a person would write", () => {
    fc.assert(
      fc.property(mantissas, exponents, (mantissa, exponent) => {
        expect(fromDecimal([mantissa, exponent])).toBe(Number(`${mantissa}e${exponent}`));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["a mantissa that ends in 0", [210, -1]],
    ["zero with an exponent", [0, -1]],
    ["an exponent of 0", [5, 0]],
    ["a positive exponent", [5, 1]],
    ["an exponent below the least", [5, -19]],
    ["a fraction as the mantissa", [0.5, -1]],
    ["a fraction as the exponent", [5, -1.5]],
    ["a mantissa beyond 32 bits", [MANTISSA_MAX + 2, -1]],
    ["NaN as the exponent", [5, Number.NaN]],
  ] as const)("have one form: %s is refused", (_name, decimal) => {
    expect(fromDecimal(decimal)).toBeUndefined();
  });

  it("have one form: a float64 of a number with a short decimal is refused", () => {
    expect(fromDecimal(21.5)).toBeUndefined();
  });
});
