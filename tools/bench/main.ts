/**
 * `npm run bench -- NAME [options]`: a table for people and, as the last line, one JSON object of named figures.
 * A bench is a file of this folder that exports `run(argv)`.
 */
import { readdirSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

type Figures = Readonly<Record<string, number | string | boolean>>;

const folder = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".ts") && name !== "main.ts")
  .map((name) => name.slice(0, -3))
  .sort();

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "--help" || !names.includes(name)) {
    const wrong = name !== undefined && name !== "--help";
    console.error(
      `${wrong ? `there is no bench "${name}"\n` : ""}npm run bench -- NAME, with NAME one of: ${names.join(", ")}`,
    );
    return wrong || name === undefined ? 2 : 0;
  }
  const { run } = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as {
    run: (argv: readonly string[]) => Promise<Figures>;
  };
  console.log(
    `bench ${name}: Node ${process.versions.node}, ${process.platform}-${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
  );
  const figures = await run(rest);
  console.log(JSON.stringify({ bench: name, arch: process.arch, ...figures }));
  return 0;
}

process.exit(await main(process.argv.slice(2)));
