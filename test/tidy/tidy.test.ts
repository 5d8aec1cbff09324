/** The house rules that no linter knows. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { staleRegistries } from "../../tools/registries.js";

const root = join(import.meta.dirname, "../..");
const TOP = ["boards", "firmware-bridge", "models", "runtime", "test", "tools"];
const LINES_MAX = 400;

function below(folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    return statSync(join(root, path)).isDirectory() ? below(path) : [path];
  });
}
const files = TOP.flatMap(below);
const sources = files.filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".gen.ts"));
const text = (path: string): string => readFileSync(join(root, path), "utf8");
const matching = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.filter((path) => pattern.test(text(path)));

test("the registries are fresh", () => {
  expect(staleRegistries()).toEqual([]);
});

test("the layers hold: nobody imports what the table does not allow", () => {
  const cruise = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const args = [
    cruise,
    "--config",
    ".dependency-cruiser.cjs",
    "--output-type",
    "err",
    "runtime",
    "firmware-bridge",
    "boards",
    "tools",
    "test",
  ];
  expect(execFileSync(process.execPath, args, { cwd: root, encoding: "utf8" })).toContain(
    "no dependency violations found",
  );
  // It reads every file of the project: on a busy machine that took a minute.
}, 300_000);

test("the top level holds what the plan names, and nothing else", () => {
  const entries = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "");
  const tops = [...new Set(entries.map((path) => path.split("/")[0] ?? ""))].filter((name) => !name.startsWith("."));
  const configuration = [
    "package.json",
    "package-lock.json",
    "README.md",
    "LICENSE",
    "NOTICE",
    "biome.json",
    "tsconfig.json",
    "vitest.config.ts",
  ];
  expect(tops.filter((name) => !TOP.includes(name) && !configuration.includes(name))).toEqual([]);
});

describe("every source file", () => {
  test(`has at most ${LINES_MAX} lines`, () => {
    expect(sources.filter((path) => text(path).split("\n").length > LINES_MAX + 1)).toEqual([]);
  });

  test("has a kebab-case name", () => {
    expect(sources.filter((path) => !/\/[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d)?\.tsx?$/.test(path))).toEqual([]);
  });

  test("has no default export, unless a tool demands one", () => {
    expect(matching(sources, /^export default\b/m)).toEqual([]);
  });

  test("leaves nothing to be done later", () => {
    const words = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"];
    expect(matching(sources, new RegExp(`\\b(${words.join("|")})\\b`))).toEqual([]);
  });

  test("is no barrel", () => {
    expect(
      sources.filter(
        (path) =>
          text(path).trim() !== "" &&
          /^(\s*(\/\*[\s\S]*?\*\/|\/\/.*|export (\*|\{[^}]*\}) from .*;)\s*)+$/.test(text(path)),
      ),
    ).toEqual([]);
  });

  test("outside the tests says at its head what it is for", () => {
    const told = /^(#!.*\n)?\s*(\/\*\*|\/\/)/;
    const data = /^boards\/[^/]+\.ts$/;
    expect(sources.filter((path) => !path.startsWith("test/") && !data.test(path) && !told.test(text(path)))).toEqual(
      [],
    );
  });
});

test("pure rooms use no clock, timer or random number of their own", () => {
  const pure = sources.filter((path) =>
    /^(runtime\/(core|wire|mesh|intents|inference|agents|config)|firmware-bridge\/decoders)\/|^firmware-bridge\/[^/]+\.ts$/.test(
      path,
    ),
  );
  expect(pure.length).toBeGreaterThan(30);
  expect(
    matching(pure, /\bDate\.now|\bnew Date\(\)|\bsetTimeout\(|\bsetInterval\(|\bMath\.random|\bperformance\.now/),
  ).toEqual([]);
});

describe("tests", () => {
  const tests = sources.filter((path) => path.startsWith("test/"));
  test("are all run: none is skipped, alone or postponed", () => {
    const marks = new RegExp(`\\b(it|test|describe)\\.(${["sk" + "ip", "on" + "ly", "to" + "do"].join("|")})\\b`);
    expect(matching(tests, marks)).toEqual([]);
  });
});

test("the lock file names no host", () => {
  expect(text("package-lock.json")).not.toMatch(/"resolved":/);
});

test("every folder of models has weights, a manifest and a card", () => {
  for (const name of readdirSync(join(root, "models"))) {
    for (const file of ["manifest.json", "model.onnx", "README.md"])
      expect(existsSync(join(root, "models", name, file)), `${name}/${file}`).toBe(true);
  }
});
