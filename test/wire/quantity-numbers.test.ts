import { describe, expect, it } from "vitest";
import { QUANTITIES } from "../../runtime/core/quantity.js";
import { QUANTITY_NUMBER_MAX, QUANTITY_NUMBERS, quantityOfNumber } from "../../runtime/wire/quantity-numbers.js";
import { quantityVectors } from "./vectors.js";

describe("numbers of quantities", () => {
  it("are there for every quantity, and lead back to it", () => {
    expect(Object.keys(QUANTITY_NUMBERS).sort()).toEqual(Object.keys(QUANTITIES).sort());
    for (const [name, number] of Object.entries(QUANTITY_NUMBERS)) expect(quantityOfNumber(number)).toBe(name);
    expect(new Set(Object.values(QUANTITY_NUMBERS)).size).toBe(Object.keys(QUANTITIES).length);
  });

  it("never change: a hub of today and one of tomorrow mean the same", () => {
    expect(QUANTITY_NUMBERS).toMatchObject(quantityVectors);
  });

  it("are written down in the vectors, so that the rule above holds for new ones too", () => {
    expect(Object.keys(quantityVectors).sort()).toEqual(Object.keys(QUANTITY_NUMBERS).sort());
  });

  it("fit the wire, and one that is not registered has no name", () => {
    expect(Math.max(...Object.values(QUANTITY_NUMBERS))).toBeLessThanOrEqual(QUANTITY_NUMBER_MAX);
    expect(quantityOfNumber(QUANTITY_NUMBER_MAX)).toBeUndefined();
  });
});
