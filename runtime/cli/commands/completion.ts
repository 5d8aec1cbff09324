/** `mindos completion`: scripts for three shells, made from the same data as the help texts. */
import { MindosError } from "../../core/errors.js";
import { type Command, defineCommand, NAMES_WANTED } from "../command.js";
import { bashCompletion } from "../completion/bash.js";
import { fishCompletion } from "../completion/fish.js";
import { namesFor } from "../completion/names.js";
import { zshCompletion } from "../completion/zsh.js";
import { plain } from "../format.js";
import { HUB_OPTIONS } from "../hub-finder.js";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export const command = defineCommand({
  name: "completion",
  summary: "Print a completion script for your shell.",
  options: { data: HUB_OPTIONS.data },
  positionals: [
    {
      name: "SHELL",
      description:
        'bash, zsh or fish. "hubs", "settings", "homes" and "brokers" print the names that the scripts offer, one a line.',
      required: true,
      completes: SHELLS,
    },
    { name: "BEGUN", description: "With those: what the names begin with.", required: false },
  ],
  examples: [
    { line: "source <(mindos completion bash)", does: "For this shell; put it into ~/.bashrc to keep it." },
    { line: "mindos completion zsh > ~/.zfunc/_mindos", does: "For zsh, with ~/.zfunc in fpath." },
    { line: "mindos completion fish > ~/.config/fish/completions/mindos.fish", does: "For fish." },
  ],
  async run({ options, positionals, json, out, commands, ...context }) {
    const [given, begun = ""] = positionals;
    const wanted = NAMES_WANTED.find((names) => names === given);
    if (wanted !== undefined) {
      const names = await namesFor(wanted, begun, options.data, context);
      out.write(json ? `${JSON.stringify(names)}\n` : names.map((name) => `${name}\n`).join(""));
      return 0;
    }
    const shell = SHELLS.find((name) => name === given);
    if (shell === undefined)
      throw new MindosError(
        "BAD_USAGE",
        `there is no completion for "${plain(given ?? "")}"; there is one for ${SHELLS.join(", ")}`,
      );
    const script = completionScript(shell, await commands());
    out.write(json ? `${JSON.stringify({ shell, script })}\n` : script);
    return 0;
  },
});

export function completionScript(shell: Shell, commands: readonly Command[]): string {
  switch (shell) {
    case "bash":
      return bashCompletion(commands);
    case "zsh":
      return zshCompletion(commands);
    case "fish":
      return fishCompletion(commands);
  }
}
