import { expect, it } from "vitest";
import { target } from "../fuzz/frames.js";

it("5,000 changed, cut and spliced frames give a value or a typed problem, and values are written back byte for byte", () => {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
  const outcomes = new Set<string>();
  for (let i = 0; i < 5_000; i++) {
    outcomes.add(
      target.run(
        Uint8Array.from({ length: 20 }, () => Math.floor(random() * 256)),
        random,
      ),
    );
  }
  expect([...outcomes]).toContain("value");
  expect([...outcomes].filter((outcome) => outcome.startsWith("problem:")).length).toBeGreaterThan(15);
});
