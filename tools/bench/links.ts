/**
 * `npm run bench -- links`: links and the codec, without the mesh: hubs in processes of their own, TLS over loopback, frames with 64-byte bodies that
 * are passed on by their header. Throughput through one hub, what a frame costs it, latency over three hops, what a handshake
 * costs, and memory with 16 links. Options: --seconds N (per measurement), --runs N. Medians of the runs.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildSync } from "esbuild";
import type { HubId } from "../../runtime/core/ids.js";
import type { Order, Usage } from "./links/link-worker.js";

type Figures = Record<string, number>;

const PACE_PER_SECOND = 1_000;
const HANDSHAKES = 200;
const NEIGHBOURS = 16;
const SETTLE_MS = 2_000;
/** What is wanted of each figure: at least, or at most. */
const WANTED: Readonly<Record<string, readonly ["min" | "max", number]>> = {
  framesPerSecond: ["min", 25_000],
  hop3P50Ms: ["max", 1.5],
  hop3P99Ms: ["max", 6],
  rssGrownMiB: ["max", 8],
};

export async function run(argv: readonly string[]): Promise<Figures> {
  const { values } = parseArgs({
    args: [...argv],
    options: { seconds: { type: "string", default: "4" }, runs: { type: "string", default: "3" } },
  });
  const ms = Number(values.seconds) * 1_000;
  const samples: Figures[] = [];
  for (let i = 0; i < Number(values.runs); i++) {
    samples.push({ ...(await throughput(ms)), ...(await latency(ms)), ...(await handshakes()), ...(await memory()) });
  }
  const figures = mediansOf(samples);
  console.table(
    Object.fromEntries(
      Object.entries(figures).map(([name, value]) => [name, { value, wanted: wantedOf(name, value) }]),
    ),
  );
  return figures;
}

/** A → B → C: what B passes on, and what a frame costs it. */
async function throughput(ms: number): Promise<Figures> {
  const [a, b, c] = await chain(3);
  await a.ask({ type: "flood", dst: c.id, ms: ms / 4 });
  const before = await b.ask<Usage>({ type: "usage" });
  const flood = await a.ask<{ frames: number; ms: number }>({ type: "flood", dst: c.id, ms });
  const after = await b.ask<Usage>({ type: "usage" });
  kill(a, b, c);
  const dropped = after.counters["bench.dropped"] ?? 0;
  if (dropped > 0) throw new Error(`${dropped} frames were dropped: ${JSON.stringify(after.counters)}`);
  return {
    framesPerSecond: Math.round((flood.frames / flood.ms) * 1_000),
    cpuMicrosPerFrame: rounded(((after.cpuMs - before.cpuMs) * 1_000) / (after.forwarded - before.forwarded)),
  };
}

/** Over three links, two hubs in between. */
async function latency(ms: number): Promise<Figures> {
  const hubs = await chain(4);
  const [a, , , d] = hubs;
  await a.ask({ type: "pace", dst: d.id, perSecond: PACE_PER_SECOND, ms: ms / 4 });
  const sorted = await a.ask<number[]>({ type: "pace", dst: d.id, perSecond: PACE_PER_SECOND, ms });
  kill(...hubs);
  const at = (share: number): number => rounded(sorted[Math.floor(sorted.length * share)] ?? Number.NaN);
  return { hop3P50Ms: at(0.5), hop3P99Ms: at(0.99), hop3Samples: sorted.length };
}

/** Dial, TLS with both keys, CONNECT, CONNACK, and close. */
async function handshakes(): Promise<Figures> {
  const [a, b] = [await start(), await start()];
  const order = { type: "handshakes", hub: b.id, port: b.port } as const;
  // As many as the door lets one address begin at once come first, so that its limit is not what is measured.
  await a.ask({ ...order, count: 20 });
  const before = await b.ask<Usage>({ type: "usage" });
  const dialled = await a.ask<{ ms: number; cpuMs: number }>({ ...order, count: HANDSHAKES });
  const after = await b.ask<Usage>({ type: "usage" });
  kill(a, b);
  return {
    handshakeMs: rounded(dialled.ms),
    handshakeDialledCpuMs: rounded(dialled.cpuMs),
    handshakeAcceptedCpuMs: rounded((after.cpuMs - before.cpuMs) / HANDSHAKES),
  };
}

/** Two hubs that start and live alike, one of them with links. */
async function memory(): Promise<Figures> {
  const [alone, hub] = [await start(), await start()];
  const others: Hub[] = [];
  for (let i = 0; i < NEIGHBOURS; i++) others.push(await start());
  for (const other of others) await other.ask({ type: "dial", hub: hub.id, port: hub.port });
  for (const other of others) await other.ask({ type: "pace", dst: hub.id, perSecond: 10, ms: 500 });
  await sleep(SETTLE_MS);
  const [rssAloneMiB, rssLinkedMiB] = [rssMiBOf(alone), rssMiBOf(hub)];
  kill(alone, hub, ...others);
  return { rssAloneMiB, rssLinkedMiB, rssGrownMiB: rounded(rssLinkedMiB - rssAloneMiB) };
}

interface Hub {
  readonly id: HubId;
  readonly port: number;
  readonly process: ChildProcess;
  ask<T = true>(order: Order): Promise<T>;
}

/** Hubs in a row, each linked with the next, that know the way to both ends. */
async function chain<Count extends 3 | 4>(
  count: Count,
): Promise<Count extends 3 ? [Hub, Hub, Hub] : [Hub, Hub, Hub, Hub]> {
  const hubs: Hub[] = [];
  for (let i = 0; i < count; i++) hubs.push(await start());
  const first = hubs[0] as Hub;
  const last = hubs[count - 1] as Hub;
  for (const [at, hub] of hubs.entries()) {
    const next = hubs[at + 1];
    const previous = hubs[at - 1];
    if (next) {
      await hub.ask({ type: "dial", hub: next.id, port: next.port });
      await hub.ask({ type: "route", dst: last.id, via: next.id });
    }
    if (previous) await hub.ask({ type: "route", dst: first.id, via: previous.id });
  }
  return hubs as never;
}

async function start(): Promise<Hub> {
  // Bundled, as a hub runs: with a loader of TypeScript in the process its memory would be the loader's.
  const child = fork(bundle(), [], { execArgv: [] });
  const answer = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the bench's worker ended with ${code}`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        resolve(message as T);
      });
    });
  const { id, port } = await answer<{ id: HubId; port: number }>();
  return {
    id,
    port,
    process: child,
    ask: (order) => {
      child.send(order);
      return answer();
    },
  };
}

function kill(...hubs: readonly Hub[]): void {
  for (const hub of hubs) hub.process.kill("SIGKILL");
}

const built: { path?: string } = {};

function bundle(): string {
  if (built.path !== undefined) return built.path;
  const folder = mkdtempSync(join(tmpdir(), "mindos-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  buildSync({
    entryPoints: [fileURLToPath(new URL("./links/link-worker.ts", import.meta.url))],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    minify: true,
    platform: "node",
    format: "esm",
  });
  built.path = join(folder, "link-worker.mjs");
  return built.path;
}

function rssMiBOf(hub: Hub): number {
  const match = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${hub.process.pid}/status`, "utf8"));
  return rounded(Number(match?.[1] ?? 0) / 1024);
}

function mediansOf(samples: readonly Figures[]): Figures {
  const names = Object.keys(samples[0] ?? {});
  return Object.fromEntries(
    names.map((name) => {
      const sorted = samples.map((sample) => sample[name] ?? Number.NaN).sort((a, b) => a - b);
      return [name, sorted[Math.floor(sorted.length / 2)] ?? Number.NaN];
    }),
  );
}

function wantedOf(name: string, value: number): string {
  const wanted = WANTED[name];
  if (wanted === undefined) return "";
  const [kind, bound] = wanted;
  const holds = kind === "min" ? value >= bound : value <= bound;
  return `${kind === "min" ? "≥" : "≤"} ${bound}${holds ? "" : ": SHORT"}`;
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
