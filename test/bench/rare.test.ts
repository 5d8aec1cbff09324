import { expect, test } from "vitest";
import { upper95 } from "../../tools/bench/report/rare.js";

test("nothing seen means at most three expected, as the rule of three says", () => {
  expect(upper95(0)).toBeCloseTo(-Math.log(0.05), 9);
});

test("a few events bound their mean as in Garwood's table", () => {
  expect(upper95(1)).toBeCloseTo(4.744, 3);
  expect(upper95(10)).toBeCloseTo(16.962, 3);
});
