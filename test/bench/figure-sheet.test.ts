import { expect, test } from "vitest";
import { FigureSheet } from "../../tools/bench/report/figure-sheet.js";

test("every figure that was asked for is in the line, with the reason where it was not measured", () => {
  const sheet = new FigureSheet(["reachMs", "healMs", "hours"]);
  sheet.set("reachMs", 12.5);
  sheet.missing("hours", "takes hours");
  expect(sheet.toJSON()).toEqual({
    reachMs: 12.5,
    healMs: null,
    hours: null,
    notes: { healMs: "not reached", hours: "takes hours" },
  });
});

test("what JSON has no number for is null, and says which it was", () => {
  const sheet = new FigureSheet([]);
  sheet.set("never", Number.POSITIVE_INFINITY);
  sheet.set("nothing", Number.NaN);
  expect(sheet.toJSON()).toEqual({
    never: null,
    nothing: null,
    notes: { never: "never happened", nothing: "nothing was measured" },
  });
});

test("a figure that is measured after all has no reason any more", () => {
  const sheet = new FigureSheet(["reachMs"]);
  sheet.set("reachMs", 0);
  expect(sheet.toJSON()).toEqual({ reachMs: 0 });
});
