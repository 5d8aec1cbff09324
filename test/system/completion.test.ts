/** What zsh and fish themselves offer to somebody who types. Where one is not installed its tests are skipped, and the report says so. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { completionScript } from "../../runtime/cli/commands/completion.js";
import { commands } from "../../runtime/cli/commands.gen.js";

const loaded = await Promise.all(commands.map(async ({ load }) => (await load()).command));
const folder = mkdtempSync(join(tmpdir(), "mindos-completion-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RAN = join(folder, "ran");
/** In the place of the program: it names two hubs, and says what it was asked. */
const ANSWERS = ["Villa attic", `$(touch ${RAN})`, "asked:"] as const;
const asked = (words: string): string[] => [...ANSWERS.slice(0, 2), `asked:${words}`];

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** @param candidates of fish, with their descriptions. */
function inFish(line: string): string[] {
  const program = `function mindos; printf '%s\\n' '${ANSWERS[0]}' '${ANSWERS[1]}' "asked:$argv"; end
source ${write("mindos.fish", completionScript("fish", loaded))}
complete -C '${line}'`;
  return execFileSync("fish", ["--no-config", "-c", program], { encoding: "utf8" })
    .split("\n")
    .map((candidate) => candidate.split("\t")[0] ?? "")
    .filter((candidate) => candidate !== "");
}

/** zsh completes only what is typed at its line editor: on a terminal of its own (zsh/zpty), where `compadd` says aloud what it is given. */
const ZSH_TYPIST = `zmodload zsh/zpty
zpty typist zsh -f -i
zpty -w typist "source $SETUP"
zpty -w -n typist "$LINE"$'\\t\\x18'
typeset output chunk
while zpty -r typist chunk; do
  output+=$chunk
  [[ $output == *'<end>'* ]] && break
done
print -r -- $output
zpty -d typist
`;
const ZSH_SETUP = `stty -echo
PROMPT=; RPROMPT=; unset zle_bracketed_paste
autoload -Uz compinit; compinit -u -D
mindos() { printf '%s\\n' '${ANSWERS[0]}' '${ANSWERS[1]}' "asked:$*" }
source $SCRIPT
compadd() {
  [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]] && { builtin compadd "$@"; return }
  local -a hits; local hit
  builtin compadd -A hits "$@"
  for hit in $hits; do print -r -- $'\\n'"<hit>$hit"; done
  builtin compadd "$@"
}
finished() { print -r -- "<end>" }
zle -N finished
bindkey '^I' complete-word
bindkey '^X' finished
`;

function inZsh(line: string): string[] {
  const env = {
    ...process.env,
    SETUP: write("setup.zsh", ZSH_SETUP),
    SCRIPT: write("mindos.zsh", completionScript("zsh", loaded)),
    LINE: line,
  };
  const typist = write("typist.zsh", ZSH_TYPIST);
  const output = execFileSync("zsh", ["-f", typist], { encoding: "utf8", env, timeout: 20_000 });
  // As they would stand on the line: quoted.
  return [...output.matchAll(/^<hit>(.*?)\r?$/gm)].map(([, hit = ""]) => hit.replace(/\\(.)/g, "$1"));
}

const SHELLS = [
  { shell: "fish", offered: inFish },
  { shell: "zsh", offered: inZsh },
] as const;

describe.each(SHELLS)("$shell offers", ({ shell, offered }) => {
  const isInstalled = spawnSync(shell, ["--version"]).status === 0;
  const word = isInstalled ? "" : ` (skipped: ${shell} is not installed)`;

  test.skipIf(!isInstalled).each<[string, readonly string[]]>([
    ["mindos s", ["sensors", "status", "swarm"]],
    ["mindos --", ["--help", "--version"]],
    ["mindos ask --t", ["--timeout"]],
    ["mindos ask status --ti", ["--timeout"]],
    ["mindos hub --inference ", ["auto", "native", "off", "wasm"]],
    ["mindos completion f", ["fish"]],
    ["mindos home ", ["create", "members", "set", "settings"]],
    ["mindos home --data /tmp/attic ", ["create", "members", "set", "settings"]],
    ["mindos home create c", []],
    ["mindos mesh p --w", ["--wait", "--watch", "--ways"]],
    ["mindos nonsense x", []],
    ["mindos revoke ", asked("completion hubs -- ")],
    ["mindos mesh --watch ping ", asked("completion hubs -- ")],
    ["mindos mesh ping V", ["Villa attic"]],
    ["mindos mesh inbox ", []],
    ["mindos mesh send attic ", []],
    ["mindos homes ask ", asked("completion homes -- ")],
    ["mindos homes ask mill ", []],
    ["mindos backbone remove ", asked("completion brokers -- ")],
    ["mindos backbone add ", []],
    ["mindos home --data /tmp/attic set ", asked("completion settings --data /tmp/attic -- ")],
  ])(`behind "%s" what fits there${word}`, (line, expected) => {
    expect(offered(line).sort()).toEqual([...expected].sort());
  });

  test.skipIf(!isInstalled)(`no second hub where one is taken, though it is called as a command is${word}`, () => {
    expect(offered("mindos revoke status ")).not.toContain("Villa attic");
  });

  test.skipIf(!isInstalled)(`files for an option that takes one${word}`, () => {
    write("summer.toml", "");
    expect(offered(`mindos hub --config ${folder}/summ`).join()).toContain("summer.toml");
  });

  test.skipIf(!isInstalled)(`names without running what they spell${word}`, () => {
    expect(offered("mindos revoke ")).toContain(ANSWERS[1]);
    expect(existsSync(RAN)).toBe(false);
  });
});
