/** Completion for fish. Pure. Source: fish manual, `complete`. */
import { allOptions, type Command, type Option, type Positional } from "../command.js";

export function fishCompletion(commands: readonly Command[]): string {
  const lines = ["# fish completion for mindos", "complete -c mindos -f"];
  for (const { name, summary } of commands)
    lines.push(`complete -c mindos -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
  for (const command of commands) {
    const when = `-n '__fish_seen_subcommand_from ${command.name}'`;
    for (const [name, option] of Object.entries(allOptions(command)))
      lines.push(`complete -c mindos ${when} ${optionWords(name, option)} -d ${quote(option.description)}`);
    for (const positional of command.positionals) lines.push(...positionalLine(when, positional));
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

function positionalLine(when: string, { completes }: Positional): string[] {
  if (completes === "file") return [`complete -c mindos ${when} -F`];
  return completes === undefined ? [] : [`complete -c mindos ${when} -a ${quote(completes.join(" "))}`];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
