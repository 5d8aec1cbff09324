/**
 * `npm run bench -- hub [--only size|start|memory|latency] [--starts N] [--without-node-red]`: size, start-up, memory and latency of
 * the hub, with bare Node and Node-RED measured in the same run.
 * Peers are pinned and installed into .bench/ on the first run. Memory is VmRSS of /proc/PID/status; times are medians.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureAdvertLatency } from "./latency/advert-latency.js";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** The newest that runs on Node 20, as the hub does. */
const NODE_RED_VERSION = "4.1.15";
/** Where the hubs of this bench keep their code, apart from those that this machine runs otherwise. */
const caches = mkdtempSync(join(tmpdir(), "mindos-bench-code-"));
process.once("exit", () => rmSync(caches, { recursive: true, force: true }));
/** Resident memory settles when the first collections are over. Unit: ms. */
const SETTLE_MS = 15_000;

interface Event {
  readonly event: string;
  readonly [field: string]: unknown;
}

type Figures = Readonly<Record<string, number | string>>;

interface Options {
  readonly starts: number;
  readonly withNodeRed: boolean;
}

const PARTS: Readonly<Record<string, (options: Options) => Promise<Figures>>> = {
  size: async () => ({ bundleBytes: sizeBelow(join(root, "dist")) }),
  start: measureStarts,
  memory: measureMemory,
  latency: measureLatency,
};

const BOUNDS: Readonly<Record<string, string>> = {
  bundleBytes: "≤ 700000",
  startRatio: "≤ 4",
  hubRssMiB: "≤ 75 and < Node-RED",
  inferenceRssMiB: "≤ 110",
  advertToRemoteP99Ms: "≤ 20",
};

/** `--only latency` measures that part alone: size, start, memory or latency. */
export async function run(argv: readonly string[]): Promise<Record<string, number | string>> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      starts: { type: "string", default: "7" },
      "without-node-red": { type: "boolean", default: false },
      only: { type: "string" },
    },
  });
  const { only } = values;
  if (only !== undefined && !Object.hasOwn(PARTS, only))
    throw new RangeError(`no part is called "${only}": there are ${Object.keys(PARTS).join(", ")}`);
  const options = { starts: Number(values.starts), withNodeRed: !values["without-node-red"] };
  const figures: Record<string, number | string> = {};
  for (const [name, measure] of Object.entries(PARTS))
    if (only === undefined || only === name) Object.assign(figures, await measure(options));
  for (const [name, value] of Object.entries(figures))
    console.log(`  ${name.padEnd(22)} ${String(value).padStart(10)}  ${BOUNDS[name] ?? ""}`);
  return figures;
}

async function measureStarts({ starts }: Options): Promise<Figures> {
  const bareNodeStarts: number[] = [];
  const hubStarts: number[] = [];
  const firstStarts: number[] = [];
  await keepCode();
  // In turn, so that a machine that slows down slows all.
  for (let i = 0; i < starts; i++) {
    bareNodeStarts.push(await timeBareNode());
    hubStarts.push(await timeHubStart(caches));
    firstStarts.push(await timeHubStart(join(caches, "none")));
  }
  const bareNodeStartMs = median(bareNodeStarts);
  const startToListeningMs = median(hubStarts);
  return {
    bareNodeStartMs,
    startToListeningMs,
    uncachedStartToListeningMs: median(firstStarts),
    startRatio: round(startToListeningMs / bareNodeStartMs),
  };
}

async function measureMemory({ withNodeRed }: Options): Promise<Figures> {
  const bareNodeRssMiB = await settledRss(
    spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"], { stdio: "ignore" }),
  );
  await keepCode();
  const hubRssMiB = await idleHubRss();
  const inferenceRssMiB = await inferenceRss();
  const nodeRedRssMiB = withNodeRed ? await nodeRedRss() : -1;
  return { bareNodeRssMiB, hubRssMiB, nodeRedRssMiB, inferenceRssMiB, nodeRed: NODE_RED_VERSION };
}

/** Within what a hub tells its cell at once (5 a second), and far beyond it, when what it hears is gathered. */
async function measureLatency(): Promise<Figures> {
  const [steady, busy] = await measureAdvertLatency([
    { advertsPerSecond: 4, seconds: 50 },
    { advertsPerSecond: 100, seconds: 20 },
  ]);
  if (steady === undefined || busy === undefined) throw new Error("a load was not played");
  return {
    advertToRemoteP50Ms: round(steady.p50Ms),
    advertToRemoteP99Ms: round(steady.p99Ms),
    advertsSent: steady.sent,
    advertsArrived: steady.arrived,
    busyAdvertsSent: busy.sent,
    busyAdvertsArrived: busy.arrived,
    busyAdvertToRemoteP99Ms: round(busy.p99Ms),
  };
}

function sizeBelow(path: string): number {
  if (!statSync(path).isDirectory()) return path.endsWith(".stamp") ? 0 : statSync(path).size;
  return readdirSync(path).reduce((sum, name) => sum + sizeBelow(join(path, name)), 0);
}

function timeBareNode(): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ["-e", "0"], { stdio: "ignore" });
  return new Promise((resolve) => child.on("exit", () => resolve(performance.now() - startedMs)));
}

function hubCommand(dataDir: string, ...rest: readonly string[]): string[] {
  return [join(root, "dist/mindos.js"), "hub", "--json", "--data", dataDir, "--port", "0", "--http-port", "0", ...rest];
}

interface StartedHub {
  readonly child: ChildProcess;
  readonly until: (event: string) => Promise<Event>;
}

function startHub(dataDir: string, ...rest: readonly string[]): StartedHub {
  return startHubKeeping(caches, dataDir, ...rest);
}

function startHubKeeping(cache: string, dataDir: string, ...rest: readonly string[]): StartedHub {
  const child = spawn(process.execPath, hubCommand(dataDir, ...rest), {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, XDG_CACHE_HOME: cache },
  });
  if (child.stdout === null) throw new Error("no standard output");
  const seen: Event[] = [];
  const waiting: { readonly event: string; resolve(event: Event): void }[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as Event;
    seen.push(event);
    for (const each of waiting) if (each.event === event.event) each.resolve(event);
  });
  const until = (event: string): Promise<Event> =>
    new Promise((resolve, reject) => {
      const known = seen.find((each) => each.event === event);
      if (known) return resolve(known);
      waiting.push({ event, resolve });
      setTimeout(() => reject(new Error(`the hub did not say "${event}" within 60 s`)), 60_000).unref();
    });
  return { child, until };
}

function freshDir(): string {
  return mkdtempSync(join(tmpdir(), "mindos-bench-"));
}

async function stopAndRemove(child: ChildProcess, dataDir?: string): Promise<void> {
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGTERM");
  await ended;
  if (dataDir) rmSync(dataDir, { recursive: true, force: true });
}

/** A hub runs until it has kept its code: then the starts that are measured find it, as after a reboot. */
async function keepCode(): Promise<void> {
  const kept = join(caches, "mindos");
  if (existsSync(kept)) return;
  const dataDir = freshDir();
  const hub = startHub(dataDir);
  await hub.until("hub-started");
  await sleep(SETTLE_MS);
  await stopAndRemove(hub.child, dataDir);
  if (!existsSync(kept)) throw new Error("the hub has kept no code");
}

/** From the start of the process until its MQTT port takes a connection. A second start, as after a reboot: the identity
 *  exists already. @param cache where it looks for kept code; no hub lives long enough here to leave any. */
async function timeHubStart(cache: string): Promise<number> {
  const dataDir = freshDir();
  const first = startHubKeeping(cache, dataDir);
  await first.until("hub-started");
  await stopAndRemove(first.child);
  const startedMs = performance.now();
  const hub = startHubKeeping(cache, dataDir);
  const { mqttPort } = await hub.until("hub-started");
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(mqttPort), "127.0.0.1", () => {
      socket.destroy();
      resolve();
    });
    socket.on("error", reject);
  });
  const tookMs = performance.now() - startedMs;
  await stopAndRemove(hub.child, dataDir);
  return round(tookMs);
}

/** A production hub with its defaults: no replay, and no radio on this machine. */
async function idleHubRss(): Promise<number> {
  const dataDir = freshDir();
  const hub = startHub(dataDir);
  await hub.until("hub-started");
  const rss = await settledRss(hub.child, dataDir);
  return rss;
}

/** The inference child of a hub that replays the motes, after some hundreds of windows. */
async function inferenceRss(): Promise<number> {
  const dataDir = freshDir();
  const hub = startHub(dataDir, "--replay", "motes", "--speed", "100", "--from", "2200");
  await hub.until("hub-started");
  await sleep(SETTLE_MS);
  const children = execFileSync("pgrep", ["-P", String(hub.child.pid)], { encoding: "utf8" })
    .trim()
    .split("\n");
  const rss = Math.max(...children.map((pid) => rssMiB(Number(pid))));
  await stopAndRemove(hub.child, dataDir);
  return rss;
}

async function nodeRedRss(): Promise<number> {
  const folder = join(root, ".bench", `node-red-${NODE_RED_VERSION}`);
  const red = join(folder, "node_modules/node-red/red.js");
  if (!existsSync(red)) {
    console.log(`installing node-red ${NODE_RED_VERSION} into .bench/ …`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    execFileSync("npm", ["install", "--no-audit", "--no-fund", `node-red@${NODE_RED_VERSION}`], {
      cwd: folder,
      stdio: "ignore",
    });
  }
  const userDir = freshDir();
  const port = String(20_000 + (process.pid % 20_000));
  const child = spawn(process.execPath, [red, "--userDir", userDir, "--port", port], { stdio: "ignore" });
  return settledRss(child, userDir);
}

async function settledRss(child: ChildProcess, dataDir?: string): Promise<number> {
  await sleep(SETTLE_MS);
  if (child.exitCode !== null)
    throw new Error(`a process that was to be measured has ended with status ${child.exitCode}`);
  const rss = rssMiB(child.pid ?? 0);
  await stopAndRemove(child, dataDir);
  return rss;
}

function rssMiB(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return round(Number(kib) / 1024);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return round(sorted[Math.floor(sorted.length / 2)] ?? Number.NaN);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
