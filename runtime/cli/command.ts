/** What a command is: data for parsing, help and completion, and a function that runs it. Pure. */
import type { HubTools, StartHub } from "./hub-tools-port.js";

interface OptionBase {
  readonly description: string;
  readonly short?: string;
}
export type Option = OptionBase &
  (
    | { readonly type: "flag" }
    | {
        readonly type: "text";
        /** How help calls the value: "FILE". */
        readonly value: string;
        readonly default?: string;
        /** What a shell completes. */
        readonly completes?: "file" | "folder";
      }
    | {
        readonly type: "number";
        readonly value: string;
        readonly min: number;
        readonly max: number;
        readonly whole?: boolean;
        readonly default?: number;
      }
    | {
        readonly type: "choice";
        readonly value: string;
        readonly choices: readonly string[];
        readonly default?: string;
      }
    /** Separated by commas. */
    | { readonly type: "list"; readonly value: string }
  );
export type Options = { readonly [name: string]: Option };

type Given<O extends Option> = O extends { readonly type: "flag" }
  ? boolean
  : O extends { readonly type: "number" }
    ? number
    : O extends { readonly type: "choice"; readonly choices: readonly (infer C)[] }
      ? C
      : O extends { readonly type: "list" }
        ? readonly string[]
        : string;
type Absent<O extends Option> = O extends { readonly type: "flag" } | { readonly default: string | number }
  ? never
  : undefined;
export type OptionValues<O extends Options> = { readonly [N in keyof O]: Given<O[N]> | Absent<O[N]> };

export const NAMES_WANTED = ["hubs", "settings", "homes", "brokers"] as const;
export type NamesWanted = (typeof NAMES_WANTED)[number];

export interface Positional {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Takes all words that are left. */
  readonly rest?: boolean;
  /** What a shell completes; names are asked of the hub that runs (`completion/names.ts`). */
  readonly completes?: "file" | NamesWanted | readonly string[];
  /** Completed behind this first word only: HUB of `mindos mesh ping HUB`. */
  readonly after?: readonly string[];
}

export interface Output {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  /** What a table may take: the terminal's columns; Infinity where the text goes to a file or a pipe. */
  readonly tableColumns: number;
  readonly rows: number;
  /** Written, but not yet taken by the reader. Unit: bytes. */
  readonly backlogBytes: number;
  /** A terminal, and the person has not asked for none (NO_COLOR). */
  readonly color: boolean;
}

export interface CommandContext<V = Readonly<Record<string, unknown>>> {
  readonly options: V;
  readonly positionals: readonly string[];
  readonly json: boolean;
  readonly out: Output;
  readonly err: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program that runs, to run it again as another process. */
  readonly program: { readonly execPath: string; readonly script: string };
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP, or when nobody reads standard output any more. */
  stopping(): AbortSignal;
  tools(): Promise<HubTools>;
  startHub(): Promise<StartHub>;
  /** All of them, this one too. */
  commands(): Promise<readonly Command[]>;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly options: Options;
  readonly positionals: readonly Positional[];
  readonly examples: readonly { readonly line: string; readonly does: string }[];
  /** More help, made when it is asked for. */
  readonly notes?: () => Promise<string>;
  /** @returns the exit status. @throws MindosError */
  run(context: CommandContext): Promise<number>;
}

/** Ties the type of `context.options` to the options that are declared. */
export function defineCommand<const O extends Options>(
  definition: Omit<Command, "options" | "run"> & {
    readonly options: O;
    run(context: CommandContext<OptionValues<O>>): Promise<number>;
  },
): Command {
  return { ...definition, run: (context) => definition.run(context as CommandContext<OptionValues<O>>) };
}

/** Every command takes these too. */
export const COMMON_OPTIONS = {
  json: { type: "flag", description: 'Print JSON for programs; an error is {"error": {code, message, remedy}}.' },
  help: { type: "flag", short: "h", description: "Print this help." },
} as const satisfies Options;

export function allOptions(command: Command): Options {
  return { ...command.options, ...COMMON_OPTIONS };
}
