import { expect, test } from "vitest";
import { oldestOfGreatest } from "../../runtime/core/bounded.js";

const items = ["a1", "b1", "b2", "a2", "c1"];
const owner = (item: string): string => item.slice(0, 1);

test("whoever has most makes room with its oldest, the first of several", () => {
  expect(oldestOfGreatest(items, owner)).toBe("a1");
  expect(oldestOfGreatest([...items, "b3"], owner)).toBe("b1");
  expect(oldestOfGreatest(items, owner, (item) => (item === "c1" ? 10 : 1))).toBe("c1");
  expect(oldestOfGreatest([], owner)).toBeUndefined();
});
