import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const CHILD = join(import.meta.dirname, "young-heap-child.ts");

/** In a process of its own: V8's flags are a whole process's. Unit: MiB. */
function youngMiB(...words: readonly string[]): number {
  return Number(execFileSync(process.execPath, ["--import", "tsx", CHILD, ...words], { encoding: "utf8" }));
}

test("the young generation of a hub does not double, however much outlives a collection", () => {
  expect(youngMiB()).toBeGreaterThan(16);
  // The loader of TypeScript has had it grow before.
  expect(youngMiB("small")).toBeLessThanOrEqual(8);
});
