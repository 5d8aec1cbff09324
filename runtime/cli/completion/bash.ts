/** Completion for bash 3.2 and newer. Pure. Source: bash manual, “Programmable Completion”. */
import { allOptions, type Command, type Option, type Positional } from "../command.js";

export function bashCompletion(commands: readonly Command[]): string {
  const options = commands.map(
    (command) =>
      `    ${command.name}) options="${Object.keys(allOptions(command))
        .map((name) => `--${name}`)
        .join(" ")}" ;;`,
  );
  const values = commands.flatMap((command) =>
    Object.entries(command.options).flatMap(([name, option]) => valueCase(command.name, name, option)),
  );
  const positionals = commands.flatMap((command) =>
    command.positionals.flatMap((positional, at) => positionalCase(command.name, at + 1, positional)),
  );
  return `# bash completion for mindos; load it with: source <(mindos completion bash)
_mindos() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  local words="" options="" files=0 names="" name="" first="" position=1 i
  local -a data=()
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$current"))
    return
  fi
  case "$command $previous" in
${values.join("\n")}
  esac
  case "$command" in
${options.join("\n")}
    *) return ;;
  esac
  # Which of the command's words this is, and in whose folder the names are.
  for ((i = 2; i < COMP_CWORD; i++)); do
    [ "\${COMP_WORDS[i]}" = --data ] && data=(--data "\${COMP_WORDS[i+1]}")
    case "$command \${COMP_WORDS[i]}" in
      ${commands.flatMap(valuedOptions).join("|")}) i=$((i + 1)) ;;
      *" -"*) ;;
      *) [ "$position" -eq 1 ] && first="\${COMP_WORDS[i]}"; position=$((position + 1)) ;;
    esac
  done
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")); return ;;
  esac
  case "$command $position" in
${positionals.join("\n")}
  esac
  if [ "$files" -eq 1 ]; then
    COMPREPLY=($(compgen -f -- "$current"))
  elif [ -n "$names" ]; then
    # One by one: compgen would run what a name spells.
    while IFS= read -r name; do COMPREPLY+=("$name"); done < <(mindos completion "$names" "\${data[@]}" -- "$current" 2>/dev/null)
  else
    # Options are offered to who has begun one, and where there is nothing else.
    COMPREPLY=($(compgen -W "\${words:-$options}" -- "$current"))
  fi
}
complete -o filenames -F _mindos mindos
`;
}

/** What follows an option that takes a value. */
function valueCase(command: string, name: string, option: Option): string[] {
  const pattern = `    "${command} --${name}")`;
  if (option.type === "choice")
    return [`${pattern} COMPREPLY=($(compgen -W "${option.choices.join(" ")}" -- "$current")); return ;;`];
  if (option.type === "text" && option.completes === "file")
    return [`${pattern} COMPREPLY=($(compgen -f -- "$current")); return ;;`];
  if (option.type === "text" && option.completes === "folder")
    return [`${pattern} COMPREPLY=($(compgen -d -- "$current")); return ;;`];
  return option.type === "flag" ? [] : [`${pattern} return ;;`];
}

/** Patterns of those after which a word is no positional. */
function valuedOptions(command: Command): string[] {
  return Object.entries(command.options).flatMap(([name, option]) => {
    if (option.type === "flag") return [];
    const short = option.short === undefined ? [] : [`"${command.name} -${option.short}"`];
    return [`"${command.name} --${name}"`, ...short];
  });
}

function positionalCase(command: string, position: number, { completes, after }: Positional): string[] {
  if (completes === undefined) return [];
  const set =
    completes === "file"
      ? "files=1"
      : typeof completes === "string"
        ? `names=${completes}`
        : `words="${completes.join(" ")}"`;
  const then = after === undefined ? set : `case "$first" in ${after.join("|")}) ${set} ;; esac`;
  return [`    "${command} ${position}") ${then} ;;`];
}
