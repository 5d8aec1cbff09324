/** Which hub of a swarm gets which motes, ports and words. Pure, but for asking the system for free ports. */
import { createServer } from "node:net";
import { join } from "node:path";
import type { HubPlan } from "./supervisor.js";

const MOTES = [1, 2, 3, 4] as const;
/** The motes of the shipped data speak every 5 s. Unit: s. */
const READING_INTERVAL_S = 5;

export interface SwarmPlan {
  readonly hubs: number;
  readonly speed: number;
  readonly from: number;
  readonly loop: boolean;
  readonly dataDir: string;
  /** Set when hubs cannot find each other by multicast: one fixed link port for each. */
  readonly ports?: readonly number[];
  readonly profile?: string;
}

/** Round robin: with three hubs the first hears motes 1 and 4. With more than four, the rest hear none. */
export function motesOf(at: number, hubs: number): number[] {
  return MOTES.filter((_, index) => index % hubs === at);
}

/** A mote speaks on while its hub is down: the hub comes back to what is said now. */
export function readingAfter(from: number, speed: number, elapsedMs: number): number {
  return from + Math.floor(((Math.max(0, elapsedMs) / 1000) * speed) / READING_INTERVAL_S);
}

export function hubName(at: number): string {
  return `hub-${at + 1}`;
}

export function hubDataDir(plan: SwarmPlan, at: number): string {
  return join(plan.dataDir, hubName(at));
}

/** @param elapsedMs since the swarm began. */
export function hubPlans(plan: SwarmPlan, elapsedMs: () => number): HubPlan[] {
  return Array.from({ length: plan.hubs }, (_, at) => ({
    name: hubName(at),
    words: () => hubWords(plan, at, elapsedMs()),
  }));
}

function hubWords(plan: SwarmPlan, at: number, elapsedMs: number): string[] {
  const motes = motesOf(at, plan.hubs);
  const words = ["hub", "--json", "--data", hubDataDir(plan, at), "--name", hubName(at), "--link-host", "127.0.0.1"];
  words.push("--http-port", "0", "--port", "0", "--link-port", String(plan.ports?.[at] ?? 0), "--no-bluetooth");
  if (plan.ports !== undefined) {
    const peers = plan.ports.filter((_, other) => other !== at).map((port) => `127.0.0.1:${port}`);
    words.push("--discovery", "off", ...(peers.length > 0 ? ["--peers", peers.join(",")] : []));
  }
  if (plan.profile !== undefined) words.push("--profile", plan.profile);
  if (motes.length > 0) {
    words.push("--replay", "motes", "--motes", motes.join(","), "--speed", String(plan.speed));
    words.push("--from", String(readingAfter(plan.from, plan.speed, elapsedMs)), ...(plan.loop ? ["--loop"] : []));
  }
  return words;
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  try {
    return await Promise.all(
      servers.map(
        (server) =>
          new Promise<number>((resolve, reject) => {
            server.once("error", reject);
            server.listen(0, "127.0.0.1", () => {
              const address = server.address();
              resolve(typeof address === "object" && address !== null ? address.port : 0);
            });
          }),
      ),
    );
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}
