/** The real launcher as a process, with a hub and commands that only say that they run. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LAUNCHER_OPTIONS, SCRIPT_OPTIONS } from "../../tools/build.js";

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "mindos-launcher-"));
  await build({ ...LAUNCHER_OPTIONS, entryPoints: { mindos: "runtime/launcher.ts" }, outdir: home });
  writeFileSync(join(home, "commands.mjs"), 'console.log("a command:", ...process.argv.slice(2));');
  // Ten seconds pass at once.
  const soon =
    "const later = setTimeout; globalThis.setTimeout = (run, ms) => (console.log('after', ms), later(run, 50), { unref() {} });";
  // As a hub does when it listens (`io/young-heap.ts`): V8 refuses code that was kept under other flags than it is started with.
  const small = "require('node:v8').setFlagsFromString('--semi-space-growth-factor=1');";
  writeFileSync(
    join(home, "hub.js"),
    `(function (require) { ${small} ${soon} function say() { console.log("a hub:", ...process.argv.slice(2)); } say(); })`,
  );
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function run(words: readonly string[], cache: string): string {
  const env = { PATH: process.env["PATH"], HOME: home, XDG_CACHE_HOME: cache };
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(home, "mindos.js"), ...words], {
    env,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout;
}

describe("mindos", () => {
  test("runs a hub as a script whose code is kept once it has settled, and used from then on", () => {
    const cache = join(home, "cache");
    expect(run(["hub", "--json"], cache)).toBe("a hub: hub --json\nafter 10000\n");
    expect(readdirSync(join(cache, "mindos"))).toEqual([expect.stringMatching(/^hub\.js-[0-9a-f]{16}\.v8$/)]);
    expect(run(["hub", "--json"], cache)).toBe("a hub: hub --json\n");
  });

  test("runs a hub where no code can be kept", () => {
    const taken = join(home, "taken");
    writeFileSync(taken, "");
    for (let i = 0; i < 2; i++) expect(run(["hub"], taken)).toBe("a hub: hub\nafter 10000\n");
  });

  test("runs everything else as modules, and keeps nothing of them", () => {
    const cache = join(home, "none");
    expect(run(["status", "hub"], cache)).toBe("a command: status hub\n");
    expect(run([], cache)).toBe("a command:\n");
    expect(readdirSync(home)).not.toContain("none");
  });
});

test("the hub is a script of ASCII, which V8 keeps in half the memory, and imports nothing while it runs", async () => {
  await build({ ...SCRIPT_OPTIONS, entryPoints: { built: "runtime/cli/hub-main.ts" }, outdir: home });
  const text = readFileSync(join(home, "built.js"), "latin1");
  expect(text.match(/[^\0-\x7f].{20}/g) ?? []).toEqual([]);
  expect(text.match(/\bimport\(.{20}/g) ?? []).toEqual([]);
  expect(text.length).toBeGreaterThan(500_000);
});
