/** `mindos completion`: scripts for three shells, made from the same data as the help texts. */
import { MindosError } from "../../core/errors.js";
import { type Command, defineCommand } from "../command.js";
import { bashCompletion } from "../completion/bash.js";
import { fishCompletion } from "../completion/fish.js";
import { zshCompletion } from "../completion/zsh.js";

const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

export const command = defineCommand({
  name: "completion",
  summary: "Print a completion script for your shell.",
  options: {},
  positionals: [{ name: "SHELL", description: "bash, zsh or fish.", required: true, completes: SHELLS }],
  examples: [
    { line: "source <(mindos completion bash)", does: "For this shell; put it into ~/.bashrc to keep it." },
    { line: "mindos completion zsh > ~/.zfunc/_mindos", does: "For zsh, with ~/.zfunc in fpath." },
    { line: "mindos completion fish > ~/.config/fish/completions/mindos.fish", does: "For fish." },
  ],
  async run({ positionals, json, out, commands }) {
    const shell = SHELLS.find((name) => name === positionals[0]);
    if (shell === undefined)
      throw new MindosError(
        "BAD_USAGE",
        `there is no completion for "${positionals[0]}"; there is one for ${SHELLS.join(", ")}`,
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
