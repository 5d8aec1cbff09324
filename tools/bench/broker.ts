/**
 * `npm run bench -- broker`: the broker and the links: messages a second, latency and memory; Mosquitto in the same run where it is installed.
 * Every server runs in a process of its own; memory is VmRSS from /proc. Options: --seconds N (per measurement), --runs N.
 */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildSync } from "esbuild";
import mqtt, { type MqttClient } from "mqtt";

type Figures = Record<string, number | string>;

interface Server {
  readonly name: string;
  readonly version: string;
  readonly port: number;
  readonly process: ChildProcess;
}

interface Sample {
  readonly idleRssMiB: number;
  readonly qos0PerSecond: number;
  readonly qos1PerSecond: number;
  readonly busyRssMiB: number;
}

const IN_FLIGHT = 500;
const PAYLOAD = Buffer.alloc(64, 1);

export async function run(argv: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...argv],
    options: { seconds: { type: "string", default: "2" }, runs: { type: "string", default: "3" } },
  });
  const seconds = Number(values.seconds);
  const runs = Number(values.runs);
  const samples = new Map<string, Sample[]>();
  const versions = new Map<string, string>();
  for (let i = 0; i < runs; i++) {
    for (const start of [startMindos, startMosquitto]) {
      const server = await start();
      if (!server) continue;
      versions.set(server.name, server.version);
      samples.set(server.name, [...(samples.get(server.name) ?? []), await measure(server, seconds)]);
      server.process.kill("SIGKILL");
    }
  }
  const figures: Figures = {};
  const rows: Record<string, Record<string, number | string>> = {};
  for (const [name, list] of samples) {
    const row = mediansOf(list);
    rows[`${name} ${versions.get(name) ?? ""}`] = row;
    for (const [key, value] of Object.entries(row)) figures[`${name}.${key}`] = value;
  }
  if (!samples.has("mosquitto")) console.log("Mosquitto is not installed here: no comparison");
  console.table(rows);
  const link = await measureLinks(seconds);
  console.table({ "hub to hub, one link": link });
  return { ...figures, ...link };
}

/** One publisher, one subscriber, 64 B, loopback; the publisher keeps a window of messages under way. */
async function measure(server: Server, seconds: number): Promise<Sample> {
  const [publisher, subscriber] = await Promise.all([connect(server.port), connect(server.port)]);
  await subscriber.subscribeAsync("app/bench", { qos: 1 });
  const idleRssMiB = rssMiBOf(server.process.pid);
  const qos0PerSecond = await throughput(publisher, subscriber, 0, seconds);
  const qos1PerSecond = await throughput(publisher, subscriber, 1, seconds);
  const busyRssMiB = rssMiBOf(server.process.pid);
  await Promise.all([publisher.endAsync(true), subscriber.endAsync(true)]);
  return { idleRssMiB, qos0PerSecond, qos1PerSecond, busyRssMiB };
}

async function throughput(publisher: MqttClient, subscriber: MqttClient, qos: 0 | 1, seconds: number): Promise<number> {
  let sent = 0;
  let got = 0;
  const startedMs = performance.now();
  const untilMs = startedMs + seconds * 1_000;
  return new Promise((resolve) => {
    const refill = (): void => {
      while (sent - got < IN_FLIGHT && performance.now() < untilMs) {
        sent++;
        publisher.publish("app/bench", PAYLOAD, { qos });
      }
      if (got >= sent && performance.now() >= untilMs) {
        subscriber.removeListener("message", onMessage);
        resolve(Math.round((got / (performance.now() - startedMs)) * 1_000));
      }
    };
    const onMessage = (): void => {
      got++;
      if (sent - got <= IN_FLIGHT / 2) refill();
    };
    subscriber.on("message", onMessage);
    refill();
  });
}

/** Two hubs' links in two processes; one asks, the other returns each frame. What passes through a hub: the bench "links". */
async function measureLinks(seconds: number): Promise<Figures> {
  const echo = forkWorker("echo");
  const { hub, port } = await once<{ hub: string; port: number }>(echo);
  const asker = forkWorker("ask", hub, String(port), String(seconds));
  const figures = await once<Figures>(asker);
  asker.kill("SIGKILL");
  echo.kill("SIGKILL");
  return figures;
}

async function startMindos(): Promise<Server> {
  const process = forkWorker("broker");
  return { process, port: await once<number>(process), name: "mindos", version: `aedes ${versionOf("aedes")}` };
}

/** Bundled, as a hub runs: with a loader of TypeScript in the process its memory would be the loader's. */
function forkWorker(...args: readonly string[]): ChildProcess {
  return fork(bundle(), [...args], { execArgv: [] });
}

const built: { path?: string } = {};

function bundle(): string {
  if (built.path !== undefined) return built.path;
  built.path = join(scratchFolder(), "worker.mjs");
  buildSync({
    entryPoints: [fileURLToPath(new URL("./broker/broker-worker.ts", import.meta.url))],
    outfile: built.path,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  });
  return built.path;
}

function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "mindos-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @returns undefined when it is not installed. */
async function startMosquitto(): Promise<Server | undefined> {
  const version = /version (\S+)/.exec(spawnSync("mosquitto", ["-h"]).stdout?.toString() ?? "")?.[1];
  if (version === undefined) return undefined;
  const port = await freePort();
  const config = join(scratchFolder(), "mosquitto.conf");
  writeFileSync(
    config,
    `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nset_tcp_nodelay true\n`,
  );
  const child = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
  return { name: "mosquitto", version, port, process: child };
}

/** Retries for a moment: a server that was just started may not listen yet. */
async function connect(port: number): Promise<MqttClient> {
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: 4, reconnectPeriod: 50 });
  client.on("error", () => undefined);
  await new Promise<void>((resolve) => client.once("connect", () => resolve()));
  return client;
}

function once<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as T));
    child.once("exit", (code) => reject(new Error(`the bench's worker ended with ${code}`)));
  });
}

function mediansOf(samples: readonly Sample[]): Record<keyof Sample, number> {
  const median = (key: keyof Sample): number => {
    const sorted = samples.map((sample) => sample[key]).sort((a, b) => a - b);
    return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1));
  };
  return {
    idleRssMiB: median("idleRssMiB"),
    qos0PerSecond: median("qos0PerSecond"),
    qos1PerSecond: median("qos1PerSecond"),
    busyRssMiB: median("busyRssMiB"),
  };
}

function rssMiBOf(pid: number | undefined): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number((Number(match?.[1] ?? 0) / 1024).toFixed(1));
}

function versionOf(name: string): string {
  const file = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
