/** `npm start` on a fresh machine, with something in npm's place. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const RUN = join(import.meta.dirname, "../../tools/run.js");

test("says what it waits for as soon as it installs, and counts what comes to this machine", () => {
  const root = mkdtempSync(join(tmpdir(), "mindos-run-"));
  try {
    mkdirSync(join(root, "tools"));
    copyFileSync(RUN, join(root, "tools", "run.js"));
    writeFileSync(join(root, "package.json"), '{"type":"module"}');
    const packages = {
      "": {},
      "node_modules/ours": {},
      "node_modules/@scope/ours-too": { os: [process.platform], cpu: [process.arch] },
      "node_modules/ours/node_modules/inside": {},
      "node_modules/elsewhere": { os: ["plan9"] },
    };
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages }));
    const npm = join(root, "npm.js");
    writeFileSync(npm, 'process.stderr.write("no network\\n"); process.exitCode = 1;');
    const { status, stderr } = spawnSync(process.execPath, [join(root, "tools", "run.js"), "start"], {
      encoding: "utf8",
      env: { ...process.env, npm_execpath: npm },
    });
    expect(status).toBe(1);
    const [first, ...rest] = stderr.split("\n");
    expect(first).toBe("mindos: installing 0 of 2 packages from the npm registry, 0 s");
    expect(rest).toContain("no network");
    expect(rest.join("\n")).toContain("Check the connection to the npm registry");
  } finally {
    rmSync(root, { recursive: true });
  }
});
