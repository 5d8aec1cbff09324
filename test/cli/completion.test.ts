import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allOptions } from "../../runtime/cli/command.js";
import { completionScript as scriptOf } from "../../runtime/cli/commands/completion.js";
import { commands } from "../../runtime/cli/commands.gen.js";
import { candidates } from "../../runtime/cli/completion/names.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { HomeId } from "../../runtime/core/membership.js";

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
    // As a file: fish does not read a program from Node's pipes, which are sockets.
    const folder = mkdtempSync(join(tmpdir(), "mindos-completion-"));
    const path = join(folder, `mindos.${shell}`);
    writeFileSync(path, script);
    const check = [shell === "fish" ? "--no-execute" : "-n", path];
    const { status, stderr } = spawnSync(shell, check, { encoding: "utf8" });
    rmSync(folder, { recursive: true });
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

  test("an action comes before its options, and only in its place", () => {
    const script = completionScript("bash");
    expect(completed(script, ["mindos", "home", ""])).toEqual(["create", "members", "set", "settings"]);
    expect(completed(script, ["mindos", "home", "--data", "/tmp/attic", ""])).toContain("create");
    expect(completed(script, ["mindos", "home", "create", "c"])).toEqual([]);
    expect(completed(script, ["mindos", "mesh", ""])).toEqual(["inbox", "ping", "send"]);
    expect(completed(script, ["mindos", "mesh", "p", "--w"])).toEqual(["--wait", "--watch", "--ways"]);
  });

  test("hubs and settings are asked of the hub, by the folder that the line names, and what a name spells is not run", () => {
    const asked = `mindos() { printf '%s\\n' "Villa attic" '$(touch /tmp/mindos-completion-ran)' "asked:$*"; }`;
    const script = `${completionScript("bash")}\n${asked}`;
    const names = ["$(touch /tmp/mindos-completion-ran)", "Villa attic"];
    expect(completed(script, ["mindos", "revoke", ""])).toEqual([...names, "asked:completion hubs -- "].sort());
    expect(completed(script, ["mindos", "mesh", "ping", "V"])).toEqual([...names, "asked:completion hubs -- V"].sort());
    expect(completed(script, ["mindos", "homes", "ask", "m"])).toEqual(
      [...names, "asked:completion homes -- m"].sort(),
    );
    expect(completed(script, ["mindos", "homes", "ask", "mill", "w"])).toEqual([]);
    expect(completed(script, ["mindos", "backbone", "remove", ""])).toEqual(
      [...names, "asked:completion brokers -- "].sort(),
    );
    expect(completed(script, ["mindos", "backbone", "add", "m"])).toEqual([]);
    expect(completed(script, ["mindos", "home", "--data", "/tmp/attic", "set", ""])).toEqual(
      [...names, "asked:completion settings --data /tmp/attic -- "].sort(),
    );
    expect(existsSync("/tmp/mindos-completion-ran")).toBe(false);
  });
});

describe("the names that are offered", () => {
  const member = (digit: string, name: string, presence: "here" | "self" = "here") => ({
    ...{ hub: digit.repeat(32) as HubId, name, presence },
  });
  const members = [
    member("3", "cellar"),
    member("4", "attic"),
    member("5", "twin"),
    member("6", "twin"),
    member("c", ""),
  ];

  test("are those of hubs, and ids where a name says too little or one is begun", () => {
    expect(candidates("hubs", "", members)).toEqual(["55555555", "66666666", "attic", "cccccccc", "cellar"]);
    expect(candidates("hubs", "c", members)).toEqual(["cccccccc", "cellar"]);
    expect(candidates("hubs", "3", members)).toEqual(["33333333"]);
  });

  test("are not the hub's own where another is meant, and its own too where something is set for it", () => {
    const own = [member("3", "cellar", "self"), member("4", "attic")];
    expect(candidates("hubs", "", own)).toEqual(["attic"]);
    expect(candidates("hubs", "3", own)).toEqual([]);
    expect(candidates("settings", "c", own)).toEqual(["cellar.name", "cellar.room"]);
  });

  test("are those of other homes, and of brokers, which may have an address alone", () => {
    const homes = ["mill", "\u001b[2J"].map((name) => ({ home: "0".repeat(32) as HomeId, name, links: [] }));
    expect(candidates("homes", "", { code: "", homes })).toEqual(["mill"]);
    const brokers = [{ url: "mqtt://a:1883", name: "barn" }, { url: "mqtt://b:1883" }];
    expect(candidates("brokers", "", brokers)).toEqual(["barn", "mqtt://b:1883"]);
  });

  test("are what can be set for the home and for each hub", () => {
    expect(candidates("settings", "", members.slice(0, 1))).toEqual(["cellar.name", "cellar.room", "name"]);
    expect(candidates("settings", "att", members)).toEqual(["attic.name", "attic.room"]);
  });

  test("leave out what would drive a terminal", () => {
    expect(candidates("hubs", "", [member("3", "\u001b[2J")])).toEqual(["33333333"]);
  });
});
