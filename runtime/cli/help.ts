/** Help texts, made from the same data that parses the arguments. Pure. */
import { allOptions, type Command, type Option } from "./command.js";
import { wrapText } from "./text-width.js";

const WIDTH_MAX = 100;
const INDENT = "  ";
/** A longer left side gets its description on the next line. */
const LEFT_WIDTH_MAX = 26;

export interface Summary {
  readonly name: string;
  readonly summary: string;
}

export function overviewHelp(commands: readonly Summary[], columns: number): string {
  const width = Math.min(columns, WIDTH_MAX);
  return [
    "mindos: hubs and sensors that sense, infer and decide together, on your own machines.",
    "",
    "Usage: mindos COMMAND [options]",
    "",
    "Commands:",
    ...pairs(
      ORDER.flatMap((name) => commands.filter((command) => command.name === name))
        .concat(commands.filter(({ name }) => !ORDER.includes(name)))
        .map(({ name, summary }) => [name, summary]),
      width,
    ),
    "",
    "Options:",
    ...pairs(
      [
        ["-h, --help", "Print this help; `mindos COMMAND --help` tells about one command."],
        ["-V, --version", "Print the version."],
      ],
      width,
    ),
    "",
    "Begin with:",
    ...pairs(
      [
        ["mindos swarm", "Three hubs on this machine, fed with recorded data from real sensors."],
        ["mindos doctor", "What this machine has for it, and what is missing."],
      ],
      width,
    ),
    "",
  ].join("\n");
}

/** The order in which a person meets them; a command that is not named here follows by itself. */
const ORDER: readonly string[] = ["swarm", "hub", "ask", "status", "sensors", "record", "doctor", "completion"];

export async function commandHelp(command: Command, columns: number): Promise<string> {
  const width = Math.min(columns, WIDTH_MAX);
  const lines = [`mindos ${command.name}: ${command.summary}`, "", `Usage: ${usageOf(command)}`];
  if (command.positionals.length > 0)
    lines.push(
      "",
      "Arguments:",
      ...pairs(
        command.positionals.map((p) => [p.name, p.description]),
        width,
      ),
    );
  const options = Object.entries(allOptions(command)).map(([name, option]): [string, string] => [
    optionLabel(name, option),
    option.description + defaultNote(option),
  ]);
  lines.push("", "Options:", ...pairs(options, width));
  if (command.examples.length > 0)
    lines.push(
      "",
      "Examples:",
      ...command.examples.flatMap(({ line, does }) => [`${INDENT}# ${does}`, `${INDENT}${line}`]),
    );
  if (command.notes !== undefined) lines.push("", (await command.notes()).trimEnd());
  return `${lines.join("\n")}\n`;
}

export function usageOf(command: Command): string {
  const words = command.positionals.map(({ name, required, rest }) => {
    const word = rest === true ? `${name}…` : name;
    return required ? word : `[${word}]`;
  });
  return ["mindos", command.name, ...words, "[options]"].join(" ");
}

function optionLabel(name: string, option: Option): string {
  const short = option.short === undefined ? "" : `-${option.short}, `;
  if (option.type === "flag") return `${short}--${name}`;
  return `${short}--${name} ${option.type === "choice" ? option.choices.join("|") : option.value}`;
}

function defaultNote(option: Option): string {
  if (option.type === "flag" || option.type === "list" || option.default === undefined || option.default === "")
    return "";
  return ` Default: ${/\s/.test(String(option.default)) ? JSON.stringify(option.default) : option.default}.`;
}

/** Two columns: what, and what it does. */
export function pairs(rows: readonly (readonly [string, string])[], width: number): string[] {
  const left = Math.min(LEFT_WIDTH_MAX, Math.max(...rows.map(([label]) => label.length)));
  return rows.flatMap(([label, text]) => {
    const [first = "", ...rest] = wrapText(text, Math.max(20, width - left - 2 * INDENT.length));
    const hanging = INDENT + " ".repeat(left) + INDENT;
    const more = rest.map((line) => hanging + line);
    if (label.length > left) return [INDENT + label, hanging + first, ...more];
    return [INDENT + label.padEnd(left) + INDENT + first, ...more];
  });
}
