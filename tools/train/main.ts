/**
 * `npm run train -- NAME [--out FOLDER]`: makes the model in models/NAME anew from its data.
 * `--quick --out FOLDER` makes a poor one in seconds, to try the pipeline; it never replaces the one that ships.
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { MindosError, messageOf } from "../../runtime/core/errors.js";

type Trainer = (argv: readonly string[], folder: string) => Promise<void>;

const TRAINERS: Readonly<Record<string, () => Promise<Trainer>>> = {
  "climate-anomaly": async () => (await import("./climate-anomaly.js")).run,
};

async function main(argv: readonly string[]): Promise<number> {
  const [name = "", ...rest] = argv;
  const trainer = Object.hasOwn(TRAINERS, name) ? TRAINERS[name] : undefined;
  if (trainer === undefined) {
    const usage = `npm run train -- NAME [--out FOLDER [--quick]], with NAME one of: ${Object.keys(TRAINERS).join(", ")}`;
    if (name !== "" && name !== "--help") console.error(`There is no model "${name}" to train.`);
    console.error(usage);
    return name === "--help" ? 0 : 2;
  }
  const out = rest.indexOf("--out");
  const folder = out >= 0 ? rest[out + 1] : join(dirname(fileURLToPath(import.meta.url)), "../../models", name);
  if (folder === undefined || (out < 0 && rest.includes("--quick"))) {
    console.error(out < 0 ? "--quick needs --out: it must not replace the model that ships." : "--out needs a folder.");
    return 2;
  }
  try {
    const started = performance.now();
    await (await trainer())(rest, resolve(folder));
    console.log(`trained in ${Math.round((performance.now() - started) / 1000)} s`);
    return 0;
  } catch (error) {
    console.error(messageOf(error));
    if (error instanceof MindosError) console.error(error.remedy);
    return error instanceof MindosError ? error.exitCode : 1;
  }
}

process.exit(await main(process.argv.slice(2)));
