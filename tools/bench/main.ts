/**
 * `npm run bench -- NAME [options]`: a table for people and, as the last line, one JSON object of named figures.
 * A bench is a file of this folder that exports `run(argv)`.
 */
import { readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

type Figures = Readonly<Record<string, unknown>>;

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && name !== "main.ts")
  .map((name) => name.slice(0, -3))
  .sort();

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || !names.includes(name)) {
    const wrong = name !== undefined && name !== "--help";
    const say = name === "--help" ? console.log : console.error;
    if (wrong) say(`there is no bench "${name}"\n`);
    say("npm run bench -- NAME [options]; NAME --help tells more of one\n");
    for (const known of names) say(`  ${known.padEnd(8)}  ${summaryOf(join(folder, `${known}.ts`))}`);
    return wrong || name === undefined ? 2 : 0;
  }
  const file = join(folder, `${name}.ts`);
  if (rest.includes("--help")) {
    console.log(headerOf(file));
    return 0;
  }
  const { run } = (await import(pathToFileURL(file).href)) as {
    run: (argv: readonly string[]) => Promise<Figures>;
  };
  console.log(
    `bench ${name}: Node ${process.versions.node}, ${process.platform}-${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
  );
  const figures = await run(rest).catch((error: unknown) => {
    if (!isMistake(error)) throw error;
    console.error(`${error.message}\nnpm run bench -- ${name} --help tells what there is`);
    return undefined;
  });
  if (figures === undefined) return 2;
  console.log(JSON.stringify({ bench: name, arch: process.arch, ...figures }));
  return 0;
}

/** What a bench says of itself at the top of its file: what it measures, and its options. */
function headerOf(file: string): string {
  const header = /^\/\*\*([\s\S]*?)\*\//.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  return header.replaceAll(/^ \* ?/gm, "").trim();
}

/** What it measures, on one line: the first sentence behind how it is called. */
function summaryOf(file: string): string {
  const [, text = ""] = /`npm run bench[^`]*`: ([\s\S]*?)[.;](?:\s|$)/.exec(headerOf(file)) ?? [];
  return text.replaceAll(/\s+/g, " ");
}

/** The caller's, not the bench's. */
function isMistake(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error instanceof RangeError || String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
}

process.exit(await main(process.argv.slice(2)));
