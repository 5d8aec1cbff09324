/**
 * What `mindos` does from its words to its exit status. Loads next to nothing before it knows which command is wanted,
 * so that it answers soon after the process starts.
 */
import { writeSync } from "node:fs";
import { MindosError } from "../core/errors.js";
import type { Command, CommandContext } from "./command.js";
import { onReaderGone, outputOf, stopOnSignals } from "./outputs.js";
import { loadStartHub, loadTools } from "./rooms.js";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

/** What stands without a command; also typed without their dashes. */
const OPTIONS_ALONE = ["help", "--version"];
const words = process.argv.slice(2);
let commands: readonly CommandEntry[] = [];
const asJson = words.includes("--json");
const debug = process.env["MINDOS_DEBUG"] === "1";
const out = outputOf(process.stdout, process.env);
const err = outputOf(process.stderr, process.env);
const stop = new AbortController();
let signalsWatched = false;
let stopAsked = false;

function stopping(): AbortSignal {
  stopAsked = true;
  if (!signalsWatched) stopOnSignals(stop);
  signalsWatched = true;
  return stop.signal;
}

async function run([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined || name === "help" || name === "--help" || name === "-h") return help(rest[0]);
  if (name === "--version" || name === "-V") {
    out.write(`mindos ${(await import("./version.js")).VERSION}\n`);
    return 0;
  }
  const command = await findCommand(name);
  const { parseArguments } = await import("./arguments.js");
  const { options, positionals } = parseArguments(command, rest);
  if (options["help"] === true) return help(name);
  const json = options["json"] === true;
  const program = { execPath: process.execPath, script: process.argv[1] ?? "" };
  const context: CommandContext = {
    ...{ options, positionals, json, out, err, env: process.env, program, stopping },
    tools: loadTools,
    startHub: loadStartHub,
    commands: async () => (await Promise.all(commands.map(({ load }) => load()))).map(({ command }) => command),
  };
  return command.run(context);
}

/** @throws MindosError COMMAND_UNKNOWN with the nearest name. */
async function findCommand(name: string): Promise<Command> {
  const entry = commands.find((known) => known.name === name);
  if (entry !== undefined) return (await entry.load()).command;
  const [{ nearest }, { didYouMean }] = await Promise.all([import("../core/nearest.js"), import("./arguments.js")]);
  const names = [...commands.map((known) => known.name), ...OPTIONS_ALONE];
  const what = name.startsWith("-") ? `the option "${name}" stands before a command` : `there is no command "${name}"`;
  throw new MindosError("COMMAND_UNKNOWN", `${what}${didYouMean(nearest(name.replace(/^-+/, ""), names))}`);
}

async function help(name: string | undefined): Promise<number> {
  const { commandHelp, overviewHelp } = await import("./help.js");
  out.write(
    name === undefined ? overviewHelp(commands, out.columns) : await commandHelp(await findCommand(name), out.columns),
  );
  return 0;
}

/** What is written must have left before the process ends; handles left open by a library must not keep it. */
function leave(exitCode: number): void {
  process.stderr.write("", () => process.stdout.write("", () => process.exit(exitCode)));
}

/** A bug. The screen of a swarm restores the terminal while the process exits; the message comes after that. */
let crashed = false;
function crash(error: unknown): void {
  if (crashed) return;
  crashed = true;
  const tell = (text: string): void => {
    try {
      writeSync(asJson ? 1 : 2, text);
    } catch {
      // Nobody reads it.
    }
  };
  import("./failure.js")
    .then(({ failureText }) => process.on("exit", () => tell(failureText(error, { json: asJson, debug }))))
    .finally(() => process.exit(1));
}

/** Runs the process to its end: called once. @param known the commands that there are. */
export async function runProgram(known: readonly CommandEntry[]): Promise<void> {
  commands = known;
  onReaderGone(process.stdout, () => (stopAsked ? stop.abort("EPIPE") : process.exit(0)));
  onReaderGone(process.stderr, () => undefined);
  process.on("uncaughtException", crash);
  process.on("unhandledRejection", crash);
  try {
    leave(await run(words));
  } catch (error) {
    const { exitCodeOf, failureText } = await import("./failure.js");
    const command = commands.find(({ name }) => name === words[0])?.name;
    (asJson ? out : err).write(failureText(error, { json: asJson, debug, command }));
    leave(exitCodeOf(error));
  }
}
