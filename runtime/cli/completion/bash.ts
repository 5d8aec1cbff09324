/** Completion for bash 3.2 and newer. Pure. Source: bash manual, “Programmable Completion”. */
import { allOptions, type Command, type Option } from "../command.js";

export function bashCompletion(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const options = Object.entries(allOptions(command)).map(([name]) => `--${name}`);
    const actions = command.positionals.flatMap(({ completes }) => (Array.isArray(completes) ? completes : []));
    const files = command.positionals.some(({ completes }) => completes === "file");
    return `    ${command.name}) words="${actions.join(" ")}"; options="${options.join(" ")}"; files=${files ? 1 : 0} ;;`;
  });
  const values = commands.flatMap((command) =>
    Object.entries(command.options).flatMap(([name, option]) => valueCase(command.name, name, option)),
  );
  return `# bash completion for mindos; load it with: source <(mindos completion bash)
_mindos() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}" words="" options="" files=0
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${commands.map(({ name }) => name).join(" ")} --help --version" -- "$current"))
    return
  fi
  case "$command $previous" in
${values.join("\n")}
  esac
  case "$command" in
${cases.join("\n")}
    *) return ;;
  esac
  if [ "$files" -eq 1 ]; then
    case "$current" in
      -*) ;;
      *) COMPREPLY=($(compgen -f -- "$current")); return ;;
    esac
  fi
  # Options are offered to who has begun one, and where there is nothing else.
  case "$current" in
    -*) words="$options" ;;
    *) [ -n "$words" ] || words="$options" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
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
