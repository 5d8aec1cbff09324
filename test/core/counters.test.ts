import { expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";

test("names beyond 2,048 are counted as one", () => {
  const counters = createCounters();
  for (let at = 0; at < 5000; at++) counters.count(`name ${at}`);
  counters.count("name 1");
  const totals = counters.snapshot();
  expect(Object.keys(totals)).toHaveLength(2049);
  expect(totals["counters.other"]).toBe(5000 - 2048);
  expect(totals["name 1"]).toBe(2);
});
