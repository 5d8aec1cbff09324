/**
 * How long an advert takes from one hub's bridge to another hub's knowledge: two hub processes on loopback, linked as in
 * a home. Both stamp with CLOCK_MONOTONIC (process.hrtime), which all processes of a machine share.
 */
import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface LatencyOptions {
  readonly advertsPerSecond: number;
  readonly seconds: number;
}
export interface LatencyFigures {
  readonly sent: number;
  readonly arrived: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** From a hub process: who it is, or [count, time in ns] of each advert it sent or reading it heard. */
export type LatencyReport =
  | { readonly type: "ready"; readonly port: number }
  | { readonly type: "linked" }
  | { readonly type: "stamps"; readonly stamps: readonly (readonly [count: number, ns: string])[] };
export type LatencyOrder =
  | { readonly type: "play"; readonly adverts: number; readonly perSecond: number }
  | { readonly type: "report" };

export async function measureAdvertLatency({ advertsPerSecond, seconds }: LatencyOptions): Promise<LatencyFigures> {
  const dirs = [0, 1].map(() => mkdtempSync(join(tmpdir(), "mindos-latency-")));
  const [dirA = "", dirB = ""] = dirs;
  const receiver = startHub(dirB, []);
  const sender = startHub(dirA, [`127.0.0.1:${(await until(receiver, "ready")).port}`]);
  try {
    await Promise.all([until(sender, "linked"), until(receiver, "linked")]);
    const adverts = advertsPerSecond * seconds;
    sender.send({ type: "play", adverts, perSecond: advertsPerSecond } satisfies LatencyOrder);
    const sent = new Map((await until(sender, "stamps")).stamps);
    receiver.send({ type: "report" } satisfies LatencyOrder);
    const arrived = (await until(receiver, "stamps")).stamps;
    const tookMs = arrived
      .map(([count, ns]) => Number(BigInt(ns) - BigInt(sent.get(count) ?? ns)) / 1e6)
      .sort((a, b) => a - b);
    const quantile = (share: number): number =>
      tookMs[Math.min(tookMs.length - 1, Math.floor(share * tookMs.length))] ?? Number.NaN;
    return { sent: sent.size, arrived: tookMs.length, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
  } finally {
    sender.kill();
    receiver.kill();
    for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
  }
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
): Promise<Extract<LatencyReport, { type: T }>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no "${type}" within 90 s`)), 90_000);
    const heard = (report: LatencyReport): void => {
      if (report.type !== type) return;
      clearTimeout(timer);
      child.off("message", heard);
      resolve(report as Extract<LatencyReport, { type: T }>);
    };
    child.on("message", heard);
  });
}
