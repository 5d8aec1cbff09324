/**
 * How long an advert takes from one hub's bridge to another hub's knowledge: two hub processes on loopback, linked as in
 * a home. Both stamp with CLOCK_MONOTONIC (process.hrtime), which all processes of a machine share.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createDevelopmentHome } from "../../../runtime/io/home/home-development.js";

/** How fast one sensor of the one hub advertises, and for how long. */
export interface LatencyLoad {
  readonly advertsPerSecond: number;
  readonly seconds: number;
}
export interface LatencyFigures {
  readonly sent: number;
  /** Each counts once, however many came in one frame: `runtime/hub/reading-pace.ts`. */
  readonly arrived: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A hub that starts on a busy machine, and links. Unit: ms. */
const UNTIL_MS = 90_000;
const HOME_LIFE_MS = 86_400_000;

/** From a hub process: who it is, or [count, time in ns] of each advert it sent or reading it heard. */
export type LatencyReport =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "linked" }
  | { readonly type: "stamps"; readonly stamps: readonly (readonly [count: number, ns: string])[] };
export type LatencyOrder =
  | { readonly type: "play"; readonly adverts: number; readonly perSecond: number }
  | { readonly type: "report" };

/** @returns the figures of each load; they are played one after the other. */
export async function measureAdvertLatency(loads: readonly LatencyLoad[]): Promise<LatencyFigures[]> {
  const dirs = [0, 1].map(() => mkdtempSync(join(tmpdir(), "mindos-latency-")));
  const [dirA = "", dirB = ""] = dirs;
  await createDevelopmentHome(dirs, { wallMs: Date.now(), lifeMs: HOME_LIFE_MS });
  const hubs: ChildProcess[] = [];
  const start = (dir: string, peers: readonly string[]): ChildProcess => {
    const hub = startHub(dir, peers);
    hubs.push(hub);
    return hub;
  };
  try {
    const receiver = start(dirB, []);
    const heard = until(receiver, "linked");
    const sender = start(dirA, [`127.0.0.1:${(await until(receiver, "ready")).port}`]);
    await Promise.all([until(sender, "linked"), heard]);
    const figures: LatencyFigures[] = [];
    for (const load of loads) figures.push(await play(sender, receiver, load));
    return figures;
  } finally {
    for (const hub of hubs) hub.kill();
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  }
}

async function play(
  sender: ChildProcess,
  receiver: ChildProcess,
  { advertsPerSecond, seconds }: LatencyLoad,
): Promise<LatencyFigures> {
  const adverts = advertsPerSecond * seconds;
  sender.send({ type: "play", adverts, perSecond: advertsPerSecond } satisfies LatencyOrder);
  const sent = new Map((await until(sender, "stamps", seconds * 1000)).stamps);
  receiver.send({ type: "report" } satisfies LatencyOrder);
  const arrived = (await until(receiver, "stamps")).stamps.filter(([count]) => sent.has(count));
  const tookMs = arrived
    .map(([count, ns]) => Number(BigInt(ns) - BigInt(sent.get(count) ?? ns)) / 1e6)
    .sort((a, b) => a - b);
  const quantile = (share: number): number =>
    tookMs[Math.min(tookMs.length - 1, Math.floor(share * tookMs.length))] ?? Number.NaN;
  return { sent: sent.size, arrived: tookMs.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

function startHub(dataDir: string, peers: readonly string[]): ChildProcess {
  const file = fileURLToPath(new URL("./latency-hub.ts", import.meta.url));
  return fork(file, [dataDir, ...peers], {
    execArgv: ["--import", "tsx"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

function until<T extends LatencyReport["type"]>(
  child: ChildProcess,
  type: T,
  besidesMs = 0,
): Promise<Extract<LatencyReport, { type: T }>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`a hub said no "${type}" in time`)), UNTIL_MS + besidesMs);
    const heard = (report: LatencyReport): void => {
      if (report.type !== type) return;
      clearTimeout(timer);
      child.off("message", heard);
      resolve(report as Extract<LatencyReport, { type: T }>);
    };
    child.on("message", heard);
  });
}
