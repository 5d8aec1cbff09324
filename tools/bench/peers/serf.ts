/**
 * serf (Debian's package, LAN defaults), for comparison: how long until the others call a killed agent failed.
 * Agents on loopback, one process each; the time is that of the line in each other agent's log.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { hasProgram } from "./programs.js";

const BIND_PORT_FIRST = 17_946;
const RPC_PORT_FIRST = 18_946;
const JOIN_TIMEOUT_MS = 30_000;
/** LAN defaults give up within 6 s; past this the agent was missed. */
const DETECTION_TIMEOUT_MS = 20_000;

export interface SerfFigures {
  readonly agents: number;
  readonly kills: number;
  /** Of every other agent, for every kill, sorted. Unit: ms. */
  readonly detectionsMs: readonly number[];
}

interface Agent {
  readonly name: string;
  readonly child: ChildProcess;
  readonly members: Set<string>;
  readonly failedAtMs: Map<string, number>;
}

/** @returns undefined when serf is not installed. */
export async function measureSerf(agentCount: number, kills: number): Promise<SerfFigures | undefined> {
  if (!hasProgram("serf")) return undefined;
  const agents = Array.from({ length: agentCount }, (_, index) => startAgent(index));
  try {
    await until(() => agents.every((agent) => agent.members.size >= agentCount), JOIN_TIMEOUT_MS, "all have joined");
    const detectionsMs: number[] = [];
    const alive = new Set(agents);
    for (let kill = 0; kill < kills; kill++) {
      const victim = agents[agentCount - 1 - kill];
      if (victim === undefined) break;
      alive.delete(victim);
      // A probe interval is a second long: kills fall anywhere in it.
      await sleep(137 * (kill + 1));
      const killedMs = performance.now();
      victim.child.kill("SIGKILL");
      await until(
        () => [...alive].every((agent) => agent.failedAtMs.has(victim.name)),
        DETECTION_TIMEOUT_MS,
        `${victim.name} is failed`,
      );
      for (const agent of alive) detectionsMs.push((agent.failedAtMs.get(victim.name) ?? 0) - killedMs);
    }
    return { agents: agentCount, kills, detectionsMs: detectionsMs.sort((a, b) => a - b) };
  } finally {
    for (const { child } of agents) child.kill("SIGKILL");
  }
}

function startAgent(index: number): Agent {
  const name = `n${index}`;
  const child = spawn(
    "serf",
    [
      "agent",
      `-node=${name}`,
      `-bind=127.0.0.1:${BIND_PORT_FIRST + index}`,
      `-rpc-addr=127.0.0.1:${RPC_PORT_FIRST + index}`,
      "-profile=lan",
      "-log-level=info",
      ...(index === 0 ? [] : [`-retry-join=127.0.0.1:${BIND_PORT_FIRST}`, "-retry-interval=1s"]),
    ],
    { stdio: ["ignore", "pipe", "ignore"] },
  );
  const agent: Agent = { name, child, members: new Set([name]), failedAtMs: new Map() };
  if (child.stdout) createInterface({ input: child.stdout }).on("line", (line) => read(agent, line));
  return agent;
}

/** "… serf: EventMemberJoin: n3 127.0.0.1", "… serf: EventMemberFailed: n3 127.0.0.1" */
function read(agent: Agent, line: string): void {
  const [, event, name] = /serf: EventMember(Join|Failed): (\S+)/.exec(line) ?? [];
  if (name === undefined) return;
  if (event === "Join") agent.members.add(name);
  else if (!agent.failedAtMs.has(name)) agent.failedAtMs.set(name, performance.now());
}

async function until(holds: () => boolean, timeoutMs: number, what: string): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > deadlineMs) throw new Error(`serf: ${what}: not within ${timeoutMs} ms`);
    await sleep(10);
  }
}
