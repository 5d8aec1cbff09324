import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bytesToHex } from "../../../runtime/core/bytes.js";
import { readRevocations, revocationsPath, writeRevocations } from "../../../runtime/io/home/revocations-file.js";

const dir = mkdtempSync(join(tmpdir(), "mindos-revocations-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const path = revocationsPath(dir);
const MAX = 384;

test("as many as a home keeps, each as long as it may be, come back as they were written", async () => {
  expect(await readRevocations(path, MAX)).toEqual([]);
  const all = Array.from({ length: MAX }, (_, at) => new Uint8Array(448).fill(at));
  await writeRevocations(path, all);
  expect((await readRevocations(path, MAX)).map(bytesToHex)).toEqual(all.map(bytesToHex));
  await writeRevocations(path, []);
  expect(await readRevocations(path, MAX)).toEqual([]);
});

test.each([
  ["is no hex", "0102\nvilla\n"],
  ["has an empty line", "0102\n\n03\n"],
  ["is cut short", "0102\n03"],
  ["has a line longer than a revocation", `${"00".repeat(449)}\n`],
  ["is longer than all revocations together", "00\n".repeat(MAX * 300)],
])("a file that %s is damage, not a shorter list", async (_, text) => {
  writeFileSync(path, text);
  await expect(readRevocations(path, MAX)).rejects.toMatchObject({ code: "REVOCATIONS_INVALID" });
});
