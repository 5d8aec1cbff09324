/** What V8 compiled of a script is kept, used, and believed only when nobody else can have written it. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { codeCacheFolder, loadScript } from "../../runtime/io/code-cache.js";

let home: string;
let script: string;
let folder: string;
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "mindos-code-")));
  script = join(home, "program.js");
  folder = join(home, "cache", "mindos");
  write("first");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true, force: true });
});

/** A script that says `word` and where it is. */
function write(word: string, path = script): void {
  const body = `function say() { return ${JSON.stringify(word)}; } globalThis.said = [say(), url, typeof require("node:os").EOL];`;
  writeFileSync(path, `(function (require, url) { "use strict"; ${body} })`);
}
const said = (): unknown => (globalThis as { said?: unknown[] }).said?.[0];

/** @returns whether kept code was used. */
function starts(path = script): boolean {
  return loadScript(path, folder) === undefined;
}
async function keep(path = script): Promise<void> {
  const keeps = loadScript(path, folder);
  if (keeps === undefined) throw new Error("there is nothing to keep");
  await keeps();
}
const files = (): string[] => readdirSync(folder);
const kept = (): string => join(folder, files()[0] ?? "");

test("a script runs without kept code, and is told where it is", () => {
  expect(starts()).toBe(false);
  expect((globalThis as { said?: unknown }).said).toEqual(["first", `file://${script}`, "string"]);
});

test("code that was kept is used at the next start", async () => {
  await keep();
  expect(starts()).toBe(true);
  expect(said()).toBe("first");
});

test("nothing is kept where there is no folder for it", () => {
  expect(loadScript(script, undefined)).toBeUndefined();
  expect(said()).toBe("first");
});

test("the file and its folder are closed to others", async () => {
  await keep();
  expect(statSync(kept()).mode & 0o777).toBe(0o600);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("a script that has changed by one letter is compiled anew, and takes the place of the old one", async () => {
  await keep();
  write("fir5t");
  expect(starts()).toBe(false);
  expect(said()).toBe("fir5t");
  await keep();
  expect(files()).toHaveLength(1);
  expect(starts()).toBe(true);
  expect(said()).toBe("fir5t");
});

test("a script that was replaced while it ran does not get the code of the old one", async () => {
  const keeps = loadScript(script, folder);
  write("fir5t");
  await keeps?.();
  expect(starts()).toBe(false);
  expect(said()).toBe("fir5t");
});

test("a stack names the script, line and column, with kept code too", async () => {
  writeFileSync(script, `(function () {\n  globalThis.said = [new Error("here").stack];\n})`);
  await keep();
  expect(said()).toContain(`${script}:2:22`);
  expect(starts()).toBe(true);
  expect(said()).toContain(`${script}:2:22`);
});

describe("what is damaged is not believed, and mended:", () => {
  test.each([
    [
      "a flipped bit in the code",
      (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(bytes.length - 20) ^ 1, bytes.length - 20),
    ],
    ["a flipped bit in V8's own head", (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(70) ^ 1, 70)],
    ["a flipped bit in the digest", (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(3) ^ 1, 3)],
  ])("%s", async (_what, damage) => {
    await keep();
    const bytes = readFileSync(kept());
    damage(bytes);
    writeFileSync(kept(), bytes);
    expect(starts()).toBe(false);
    expect(said()).toBe("first");
    await keep();
    expect(starts()).toBe(true);
  });

  test.each([0, 10, 64, 400])("a file that was cut after %d bytes", async (length) => {
    await keep();
    truncateSync(kept(), length);
    expect(starts()).toBe(false);
    await keep();
    expect(starts()).toBe(true);
  });
});

describe("what another may have written is not believed:", () => {
  test.each([0o644, 0o660, 0o606])("a file of mode %o", async (mode) => {
    await keep();
    chmodSync(kept(), mode);
    expect(starts()).toBe(false);
  });

  test.each([0o770, 0o707])("a file in a folder of mode %o, and none is written there", async (mode) => {
    await keep();
    chmodSync(folder, mode);
    expect(starts()).toBe(false);
    rmSync(kept());
    await keep();
    expect(files()).toEqual([]);
  });

  test("a file of another user, and nothing is made in that user's home", async () => {
    await keep();
    const owner = process.geteuid?.() ?? 0;
    vi.spyOn(process as Required<typeof process>, "geteuid").mockReturnValue(owner + 1);
    expect(starts()).toBe(false);
    rmSync(join(home, "cache"), { recursive: true });
    await keep();
    expect(existsSync(join(home, "cache"))).toBe(false);
  });

  test("a symbolic link to a file, or to the folder", async () => {
    await keep();
    const file = kept();
    renameSync(file, join(home, "elsewhere"));
    symlinkSync(join(home, "elsewhere"), file);
    expect(starts()).toBe(false);
    renameSync(join(home, "elsewhere"), file);
    renameSync(folder, join(home, "moved"));
    symlinkSync(join(home, "moved"), folder);
    expect(starts()).toBe(false);
  });

  test("a file under another script's name", async () => {
    await keep();
    const bytes = readFileSync(kept());
    const other = join(home, "other.js");
    write("first", other);
    await keep(other);
    for (const name of files()) writeFileSync(join(folder, name), bytes);
    expect([starts(), starts(other)].sort()).toEqual([false, true]);
  });
});

describe("where nothing can be kept", () => {
  test("a start without a folder that can be made goes on, and keeping says why", async () => {
    writeFileSync(join(home, "cache"), "a file where the folder would be");
    const keeps = loadScript(script, folder);
    expect(said()).toBe("first");
    await expect(keeps?.()).rejects.toThrow("ENOTDIR");
  });

  test("a folder in the file's place is left alone", async () => {
    await keep();
    const file = kept();
    rmSync(file);
    mkdirSync(file);
    expect(starts()).toBe(false);
    await expect(keep()).rejects.toThrow();
    expect(statSync(file).isDirectory()).toBe(true);
  });
});

test("of several that start together one writes", async () => {
  const [one, other] = [loadScript(script, folder), loadScript(script, folder)];
  await one?.();
  const first = statSync(kept()).ino;
  await other?.();
  expect(statSync(kept()).ino).toBe(first);
});

test("a user has four files; the oldest go", async () => {
  for (let i = 0; i < 6; i++) {
    const path = join(home, `program-${i}.js`);
    write("first", path);
    await keep(path);
    for (const name of files().filter((each) => each.startsWith(`program-${i}`))) utimesSync(join(folder, name), i, i);
  }
  expect(
    files()
      .map((name) => name.slice(0, 9))
      .sort(),
  ).toEqual(["program-2", "program-3", "program-4", "program-5"]);
});

test("another build of the same version of Node has a file of its own", async () => {
  await keep();
  const build = join(home, "node");
  const { execPath } = process;
  try {
    process.execPath = build;
    writeFileSync(build, "one build");
    expect(starts()).toBe(false);
    await keep();
    expect(starts()).toBe(true);
    writeFileSync(build, "the next build");
    expect(starts()).toBe(false);
    rmSync(build);
    expect(starts()).toBe(false);
  } finally {
    process.execPath = execPath;
  }
  expect(starts()).toBe(true);
});

test.each(["", "relative"])(
  "a home that is no absolute path (%j) has no folder: the working folder may be anybody's",
  (none) => {
    vi.stubEnv("HOME", none);
    expect(codeCacheFolder({})).toBeUndefined();
    vi.unstubAllEnvs();
  },
);

test("the folder is XDG's, else .cache in the home", () => {
  expect(codeCacheFolder({ XDG_CACHE_HOME: "/var/cache" })).toBe("/var/cache/mindos");
  for (const none of [undefined, "", "relative"]) {
    expect(codeCacheFolder({ XDG_CACHE_HOME: none })).toMatch(/^\/.*\/\.cache\/mindos$/);
  }
});
