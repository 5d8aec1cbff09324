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
  const lines = ["# fish completion for mindos", NAMES, whereabouts(commands), "complete -c mindos -f"];
  const isFirst = "-n 'test (count (commandline -opc)) -eq 1'";
  for (const name of ["help", "version"]) lines.push(`complete -c mindos ${isFirst} -l ${name}`);
  for (const { name, summary } of commands) lines.push(`complete -c mindos ${isFirst} -a ${name} -d ${quote(summary)}`);
  for (const command of commands) {
    const when = `-n '__mindos_at ${command.name}'`;
    for (const [name, option] of Object.entries(allOptions(command)))
      lines.push(`complete -c mindos ${when} ${optionWords(name, option)} -d ${quote(option.description)}`);
    command.positionals.forEach((positional, at) => {
      lines.push(...positionalLine(command.name, at + 1, positional));
    });
  }
  return `${lines.join("\n")}\n`;
}

/** Whether that command is typed; that one of its words; behind one of those. fish's own `__fish_seen_subcommand_from` looks at every word, so that what a hub
 *  is called could pass for a command. */
function whereabouts(commands: readonly Command[]): string {
  const valued = commands.flatMap((command) =>
    Object.entries(command.options).flatMap(([name, option]) => {
      if (option.type === "flag") return [];
      const short = option.short === undefined ? [] : [`'${command.name} -${option.short}'`];
      return [`'${command.name} --${name}'`, ...short];
    }),
  );
  return `function __mindos_at
    set -l typed (commandline -opc)
    test "$typed[2]" = $argv[1]; or return 1
    set -q argv[2]; or return 0
    set -e typed[1..2]
    set -l words
    set -l is_value 0
    for word in $typed
        if test $is_value -eq 1
            set is_value 0
            continue
        end
        switch "$argv[1] $word"
            case ${valued.join(" ")}
                set is_value 1
            case '* -*'
            case '*'
                set -a words $word
        end
    end
    test (count $words) -eq (math $argv[2] - 1); or return 1
    set -q argv[3]; or return 0
    contains -- $words[1] $argv[3..-1]
end`;
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

function positionalLine(command: string, position: number, { completes, after }: Positional): string[] {
  if (completes === undefined) return [];
  const when = `-n '__mindos_at ${[command, position, ...(after ?? [])].join(" ")}'`;
  if (completes === "file") return [`complete -c mindos ${when} -F`];
  const what = typeof completes === "string" ? `(__mindos_names ${completes})` : completes.join(" ");
  return [`complete -c mindos ${when} -a ${quote(what)}`];
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
