import { expect, test } from "vitest";
import { isOutOfReach } from "../../tools/sim/measures/reach.js";

const LOST = 0xffff;
/** Ten seconds of pings. @param last how long the last answers took, ms */
const answers = (...last: number[]) => Uint16Array.from([...new Array(100 - last.length).fill(3), ...last]);

test("a pair with a good way is out of reach when the last ping was not answered within a second", () => {
  expect(isOutOfReach(answers(), true)).toBe(false);
  expect(isOutOfReach(answers(1400), true)).toBe(true);
  expect(isOutOfReach(answers(LOST), true)).toBe(true);
});

test("a pair that only bad links connect is out of reach when nothing comes through for five seconds", () => {
  const silent = (rounds: number) => new Array<number>(rounds).fill(LOST);
  expect(isOutOfReach(answers(1400), false)).toBe(false);
  expect(isOutOfReach(answers(...silent(49)), false)).toBe(false);
  expect(isOutOfReach(answers(...silent(50)), false)).toBe(true);
  expect(isOutOfReach(answers(...silent(49), 2000), false)).toBe(false);
});
