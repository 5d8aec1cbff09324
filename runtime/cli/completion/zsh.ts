/** Completion for zsh. Pure. Source: zsh manual, “Completion System”, _arguments and _describe. */
import { allOptions, type Command, type Option, type Positional } from "../command.js";

export function zshCompletion(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const specs = [
      ...Object.entries(allOptions(command)).map(([name, option]) => optionSpec(name, option)),
      ...command.positionals.map((positional, at) => positionalSpec(positional, at + 1)),
    ];
    return `    ${command.name})\n      _arguments ${specs.join(" ")} ;;`;
  });
  const names = commands.map(({ name, summary }) => quote(`${name}:${summary}`)).join(" ");
  return `#compdef mindos
# zsh completion for mindos
_mindos_names() {
  local -a data names
  local -i at="\${words[(I)--data]}"
  (( at )) && data=(--data "\${words[at+1]}")
  names=(\${(f)"$(mindos completion $1 $data -- "$PREFIX" 2>/dev/null)"})
  compadd -a names
}
_mindos() {
  local -a commands
  commands=(${names})
  if (( CURRENT == 2 )); then
    if [[ "$PREFIX" == -* ]]; then
      compadd -- --help --version
    else
      _describe 'command' commands
    fi
    return
  fi
  local command="\${words[2]}"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join("\n")}
  esac
}
if [ "\${funcstack[1]}" = "_mindos" ]; then
  _mindos "$@"
else
  compdef _mindos mindos
fi
`;
}

function optionSpec(name: string, option: Option): string {
  const description = `[${option.description.replace(/[[\]:]/g, " ")}]`;
  if (option.type === "flag") return quote(`--${name}${description}`);
  return quote(`--${name}${description}:${option.value.replace(/:/g, " ")}:${action(option)}`);
}

function action(option: Option): string {
  if (option.type === "choice") return `(${option.choices.join(" ")})`;
  if (option.type === "text" && option.completes === "file") return "_files";
  return option.type === "text" && option.completes === "folder" ? "_files -/" : " ";
}

function positionalSpec({ name, completes, after, rest }: Positional, at: number): string {
  const what =
    completes === undefined
      ? " "
      : completes === "file"
        ? "_files"
        : typeof completes !== "string"
          ? `(${completes.join(" ")})`
          : after === undefined
            ? // Behind a space it is called as it stands: else with options of compadd behind its name.
              ` _mindos_names ${completes}`
            : `{ (( \${words[(I)(${after.join("|")})]} )) && _mindos_names ${completes} }`;
  return quote(`${rest === true ? "*" : at}:${name}:${what}`);
}

/** For the shell: single quotes, and the single quote itself outside of them. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
