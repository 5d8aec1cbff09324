/**
 * `npm run fuzz -- [TARGET …] [--count N] [--seed S]`: random and mutated bytes into every parser of bytes that come
 * from outside. An outcome is a value or a typed error; anything else, or a run that hangs, is a crash: it is printed
 * with the seed and the bytes that made it, and the exit status is 1.
 *
 * A target is a file of test/fuzz/ that exports `target`.
 */
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

interface Target {
  readonly name: string;
  run(bytes: Uint8Array, random: () => number): string;
}
interface Job {
  readonly name: string;
  readonly count: number;
  readonly seed: number;
}
type Report =
  | { readonly type: "progress"; readonly done: number; readonly seed: number }
  | { readonly type: "crash"; readonly seed: number; readonly hex: string; readonly stack: string }
  | { readonly type: "done"; readonly outcomes: Readonly<Record<string, number>> };

/** No parser here needs more than a fraction of a millisecond: a run of this length hangs. */
const HANG_MS = 10_000;
const CRASHES_MAX = 10;
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const folder = join(root, "test/fuzz");
const targetNames = readdirSync(folder)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => name.slice(0, -3))
  .sort();

/** Mulberry32: small, fast, and the same everywhere for one seed. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function randomBytes(random: () => number): Uint8Array {
  const bytes = new Uint8Array(Math.floor(random() ** 3 * 600));
  for (let i = 0; i < bytes.length; i++) bytes[i] = random() * 256;
  return bytes;
}

async function work({ name, count, seed }: Job): Promise<void> {
  const { target } = (await import(pathToFileURL(join(folder, `${name}.ts`)).href)) as { target: Target };
  const outcomes: Record<string, number> = {};
  let crashes = 0;
  for (let i = 0; i < count && crashes < CRASHES_MAX; i++) {
    const random = mulberry32(seed + i);
    const bytes = randomBytes(random);
    if (i % 1000 === 0) parentPort?.postMessage({ type: "progress", done: i, seed: seed + i } satisfies Report);
    try {
      const outcome = target.run(bytes, random);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    } catch (error) {
      crashes += 1;
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({
        type: "crash",
        seed: seed + i,
        hex: Buffer.from(bytes).toString("hex"),
        stack,
      } satisfies Report);
    }
  }
  parentPort?.postMessage({ type: "done", outcomes } satisfies Report);
}

interface Outcome {
  readonly crashes: number;
  readonly hangs: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** A worker of its own, so that a hang is seen from outside. tsx does not reach workers by itself: register it there. */
function fuzzTarget(job: Job): Promise<Outcome> {
  return new Promise((resolve) => {
    const boot = `import("tsx/esm/api").then((api) => { api.register(); return import(${JSON.stringify(import.meta.url)}); });`;
    const worker = new Worker(boot, { eval: true, workerData: job });
    let crashes = 0;
    let hangs = 0;
    let lastSeed = job.seed;
    let lastHeardMs = Date.now();
    const finish = (outcomes: Readonly<Record<string, number>>): void => {
      clearInterval(watchdog);
      void worker.terminate();
      resolve({ crashes, hangs, outcomes });
    };
    const watchdog = setInterval(() => {
      if (Date.now() - lastHeardMs < HANG_MS) return;
      hangs += 1;
      console.error(`hang: ${job.name} within 1,000 runs of --seed ${lastSeed}`);
      finish({});
    }, 500);
    worker.on("message", (report: Report) => {
      lastHeardMs = Date.now();
      if (report.type === "progress") lastSeed = report.seed;
      else if (report.type === "crash") {
        crashes += 1;
        console.error(
          `crash: npm run fuzz -- ${job.name} --count 1 --seed ${report.seed}\n  bytes ${report.hex}\n  ${report.stack}`,
        );
      } else finish(report.outcomes);
    });
    worker.on("error", (error) => {
      crashes += 1;
      console.error(`crash: ${job.name} near --seed ${lastSeed}: ${error.stack ?? error.message}`);
      finish({});
    });
  });
}

const USAGE = `Random and changed bytes into every parser of bytes that come from outside.

npm run fuzz -- [TARGET …] [--count N] [--seed S]

  TARGET      ${targetNames.join(", ")}. Default: all
  --count N   how many runs, shared by the targets. Default: 100000
  --seed S    what the randomness comes from: the same seed gives the same bytes. Default: 1
  --help      prints this

The exit status is 0, or 1 when something crashed or hung, or 2 when the options are wrong.
`;

/** @returns undefined when an option is not known or lacks its value. */
function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        count: { type: "string", default: "100000" },
        seed: { type: "string", default: "1" },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`fuzz: ${error.message}`);
    return undefined;
  }
}

async function main(): Promise<number> {
  const given = optionsOf(process.argv.slice(2));
  if (given === undefined) {
    console.error("npm run fuzz -- --help tells what there is");
    return 2;
  }
  const { values, positionals } = given;
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const wanted = positionals.length === 0 ? targetNames : positionals;
  const unknown = wanted.filter((name) => !targetNames.includes(name));
  const count = Number(values.count);
  const seed = Number(values.seed);
  if (unknown.length > 0 || !Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
    const wrong =
      unknown.length > 0 ? `no target is called ${unknown.join(", ")}` : "N and S are whole numbers, N from 1";
    console.error(`fuzz: ${wrong}\nnpm run fuzz -- --help tells what there is`);
    return 2;
  }
  const each = Math.ceil(count / wanted.length);
  let crashes = 0;
  let hangs = 0;
  for (const name of wanted) {
    const startedMs = Date.now();
    const result = await fuzzTarget({ name, count: each, seed });
    crashes += result.crashes;
    hangs += result.hangs;
    const perSecond = Math.round(each / Math.max(0.001, (Date.now() - startedMs) / 1000));
    console.log(`${name}: ${each} runs, ${perSecond}/s, ${result.crashes} crashes, ${result.hangs} hangs`);
    for (const [outcome, times] of Object.entries(result.outcomes).sort((a, b) => b[1] - a[1]))
      console.log(`  ${String(times).padStart(9)}  ${outcome}`);
  }
  console.log(JSON.stringify({ count: each * wanted.length, targets: wanted, crashes, hangs }));
  return crashes + hangs === 0 ? 0 : 1;
}

if (isMainThread) process.exit(await main());
else await work(workerData as Job);
