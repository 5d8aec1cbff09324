import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { allOptions } from "../../runtime/cli/command.js";
import { completionScript as scriptOf } from "../../runtime/cli/commands/completion.js";
import { commands } from "../../runtime/cli/commands.gen.js";

const loaded = await Promise.all(commands.map(async ({ load }) => (await load()).command));
const completionScript = (shell: (typeof SHELLS)[number]): string => scriptOf(shell, loaded);
const SHELLS = ["bash", "zsh", "fish"] as const;
const isInstalled = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

/** What bash offers for the words typed so far, the last of them unfinished. */
function completed(script: string, words: readonly string[]): string[] {
  const typed = words.map((word) => `'${word}'`).join(" ");
  const probe = `${script}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _mindos; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync("bash", ["--norc", "-c", probe], { encoding: "utf8" })
    .split("\n")
    .filter((word) => word !== "")
    .sort();
}

describe.each(SHELLS)("the completion for %s", (shell) => {
  test("knows every command and every option", async () => {
    const script = completionScript(shell);
    for (const { name, load } of commands) {
      expect(script).toContain(name);
      for (const option of Object.keys(allOptions((await load()).command)))
        expect(script).toContain(shell === "fish" ? `-l ${option}` : `--${option}`);
    }
  });

  test.runIf(isInstalled(shell))("is valid to the shell itself", async () => {
    const script = completionScript(shell);
    const { status, stderr } = spawnSync(shell, shell === "fish" ? ["--no-execute"] : ["-n"], {
      input: script,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});

describe.runIf(isInstalled("bash"))("in bash", () => {
  test("commands, options and choices are completed", async () => {
    const script = completionScript("bash");
    expect(completed(script, ["mindos", "s"])).toEqual(["sensors", "status", "swarm"]);
    expect(completed(script, ["mindos", "ask", "--t"])).toEqual(["--timeout"]);
    expect(completed(script, ["mindos", "hub", "--inference", ""])).toEqual(["auto", "native", "off", "wasm"]);
    expect(completed(script, ["mindos", "completion", "f"])).toEqual(["fish"]);
    expect(completed(script, ["mindos", "nonsense", "x"])).toEqual([]);
  });
});
