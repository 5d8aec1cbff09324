/** Completion for fish. Pure. Source: fish manual, `complete`. */
import { allOptions, type Command, type Option, type Positional } from "../command.js";

/** Asks the hub that runs, the one of the folder that the line names. */
const NAMES = `function __mindos_names
    set -l typed (commandline -opc)
    set -l data
    if set -l at (contains -i -- --data $typed)
        set data --data $typed[(math $at + 1)]
    end
    mindos completion $argv[1] $data -- (commandline -ct) 2>/dev/null
end`;

export function fishCompletion(commands: readonly Command[]): string {
  const lines = ["# fish completion for mindos", NAMES, "complete -c mindos -f"];
  for (const { name, summary } of commands)
    lines.push(`complete -c mindos -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
  for (const command of commands) {
    const seen = `__fish_seen_subcommand_from ${command.name}`;
    const when = `-n '${seen}'`;
    for (const [name, option] of Object.entries(allOptions(command)))
      lines.push(`complete -c mindos ${when} ${optionWords(name, option)} -d ${quote(option.description)}`);
    for (const positional of command.positionals) lines.push(...positionalLine(seen, positional));
  }
  return `${lines.join("\n")}\n`;
}

function optionWords(name: string, option: Option): string {
  const short = option.short === undefined ? "" : ` -s ${option.short}`;
  const long = `-l ${name}${short}`;
  if (option.type === "flag") return long;
  if (option.type === "choice") return `${long} -x -a ${quote(option.choices.join(" "))}`;
  if (option.type === "text" && option.completes === "file") return `${long} -r -F`;
  return option.type === "text" && option.completes === "folder"
    ? `${long} -x -a '(__fish_complete_directories)'`
    : `${long} -x`;
}

/** Words of an action are offered until one is there. */
function positionalLine(seen: string, { completes, after }: Positional): string[] {
  if (completes === undefined) return [];
  if (completes === "file") return [`complete -c mindos -n '${seen}' -F`];
  if (typeof completes !== "string") {
    const words = completes.join(" ");
    return [`complete -c mindos -n '${seen}; and not __fish_seen_subcommand_from ${words}' -a ${quote(words)}`];
  }
  const behind = after === undefined ? "" : `; and __fish_seen_subcommand_from ${after.join(" ")}`;
  return [`complete -c mindos -n '${seen}${behind}' -a '(__mindos_names ${completes})'`];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
