import { expect, test } from "vitest";
import { chooseTwo, score } from "../../../runtime/mesh/directory/rendezvous.js";
import { generator, hubIdOf } from "../static-ways.js";

const random = generator(8);
const candidates = Array.from({ length: 16 }, () => hubIdOf(random));
const keys = Array.from({ length: 8000 }, () => hubIdOf(random));

test("a score is the same everywhere: three that are written down", () => {
  const ids = ["00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"] as never[];
  const [a, b] = ids as [never, never];
  expect([score(a, b), score(b, a), score(a, a)].map((one) => one.toFixed(12))).toEqual([
    "0.792533253220",
    "0.018655709685",
    "0.808119114699",
  ]);
});

test("scores are uniform, and keys fall evenly on the candidates", () => {
  const mean = keys.reduce((sum, key) => sum + score(key, candidates[0] as never), 0) / keys.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
  const held = new Map<string | undefined, number>();
  for (const key of keys) {
    const [first] = chooseTwo(key, candidates);
    held.set(first, (held.get(first) ?? 0) + 1);
  }
  for (const count of held.values()) expect(Math.abs(count / 500 - 1)).toBeLessThan(0.2);
});

test("a candidate that goes moves its own keys alone, to those who were second", () => {
  const left = candidates.slice(1);
  for (const key of keys) {
    const [first, second] = chooseTwo(key, candidates);
    expect(chooseTwo(key, left)[0]).toBe(first === candidates[0] ? second : first);
  }
});

test("with fewer than two candidates there is no second", () => {
  expect(chooseTwo(keys[0] as never, [])).toEqual([undefined, undefined]);
  expect(chooseTwo(keys[0] as never, candidates.slice(0, 1))).toEqual([candidates[0], undefined]);
});
