/**
 * babeld and yggdrasil (Debian's packages, their defaults), for comparison: how long after all cables of a grid come up
 * at once until every one of a number of pings between any two nodes is answered. One network namespace a node, a veth
 * pair a link, no delay. Pings are the system's own, one process each, so a round takes about a second.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Lab } from "../../lab/namespaces.js";
import { hasProgram } from "./programs.js";

export interface Graph {
  readonly nodes: number;
  readonly links: readonly (readonly [number, number])[];
}

export interface ColdStart {
  readonly pings: number;
  /** From the cables up to the start of the first round in which every ping was answered; undefined: not in time. Unit: ms. */
  readonly allAnsweredMs: number | undefined;
}

interface Router {
  readonly program: string;
  /** @returns each node's address, by its number, once all run. */
  start(
    lab: Lab,
    folder: string,
    nodes: number,
    interfaces: readonly (readonly string[])[],
  ): Promise<readonly string[]>;
}

const GIVE_UP_MS = 120_000;

export const ROUTERS = {
  babeld: { program: "babeld", start: startBabel },
  yggdrasil: { program: "yggdrasil", start: startYggdrasil },
} as const satisfies Record<string, Router>;

/** @param random 0 ≤ x < 1, chooses the pairs.
 *  @returns undefined when the program is not installed. */
export async function measureColdStart(
  router: Router,
  graph: Graph,
  pings: number,
  random: () => number,
): Promise<ColdStart | undefined> {
  if (!hasProgram(router.program)) return undefined;
  const lab = new Lab("peer");
  const folder = mkdtempSync(join(tmpdir(), "mindos-bench-"));
  try {
    const names = Array.from({ length: graph.nodes }, (_, index) => `${index}`);
    lab.addNamespaces(names);
    const cables = lab.cables(
      graph.links.map(([a, b], index) => [
        { namespace: `${a}`, address: addressOf(index, 1) },
        { namespace: `${b}`, address: addressOf(index, 2) },
      ]),
      false,
    );
    const interfaces: string[][] = names.map(() => []);
    for (const [index, [a, b]] of graph.links.entries()) {
      interfaces[a]?.push(cables[index]?.[0] ?? "");
      interfaces[b]?.push(cables[index]?.[1] ?? "");
    }
    const addresses = await router.start(lab, folder, graph.nodes, interfaces);
    const pairs = Array.from({ length: pings }, () => pairOf(graph.nodes, random));
    const upMs = performance.now();
    lab.plug(
      interfaces.flatMap((own, node) => own.map((name) => [`${node}`, name] as const)),
      true,
    );
    return { pings, allAnsweredMs: await firstFullRound(lab, addresses, pairs, upMs) };
  } finally {
    lab.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstFullRound(
  lab: Lab,
  addresses: readonly string[],
  pairs: readonly (readonly [number, number])[],
  upMs: number,
): Promise<number | undefined> {
  while (performance.now() - upMs < GIVE_UP_MS) {
    const startedMs = performance.now();
    const answered = await Promise.all(pairs.map(([a, b]) => ping(lab, `${a}`, addresses[b] ?? "")));
    if (answered.every(Boolean)) return startedMs - upMs;
    await sleep(100);
  }
  return undefined;
}

function ping(lab: Lab, from: string, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn("ip", ["netns", "exec", lab.full(from), "ping", "-6", "-q", "-c", "1", "-W", "1", address], {
      stdio: "ignore",
    });
    child.once("exit", (code) => resolve(code === 0));
    child.once("error", () => resolve(false));
  });
}

async function startBabel(
  lab: Lab,
  folder: string,
  nodes: number,
  interfaces: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const addresses = Array.from({ length: nodes }, (_, node) => `fd77::${(node + 1).toString(16)}`);
  for (const [node, address] of addresses.entries()) {
    lab.ip(`${node}`, [`addr add ${address}/128 dev lo`]);
    const state = join(folder, `babel-${node}`);
    const rules = ["redistribute local ip fd77::/64 allow", "redistribute local deny"].flatMap((rule) => ["-C", rule]);
    lab.spawn(
      `${node}`,
      "babeld",
      ["-I", `${state}.pid`, "-S", state, "-d", "0", ...rules, ...(interfaces[node] ?? [])],
      {
        stdio: "ignore",
      },
    );
  }
  await sleep(3_000); // they have started, and wait for their interfaces
  return addresses;
}

async function startYggdrasil(lab: Lab, folder: string, nodes: number): Promise<readonly string[]> {
  const addresses: string[] = [];
  for (let node = 0; node < nodes; node++) {
    const file = join(folder, `yggdrasil-${node}.json`);
    const config = JSON.parse(await output("yggdrasil", ["-genconf", "-json"])) as Record<string, unknown>;
    writeFileSync(file, JSON.stringify({ ...config, AdminListen: "none", IfName: "ygg0" }), { mode: 0o600 });
    addresses.push((await output("yggdrasil", ["-useconffile", file, "-address"])).trim());
    lab.spawn(`${node}`, "yggdrasil", ["-useconffile", file], { stdio: "ignore" });
  }
  await sleep(3_000);
  return addresses;
}

function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(text) : reject(new Error(`${command} ended with ${code}`))));
  });
}

function pairOf(nodes: number, random: () => number): readonly [number, number] {
  const a = Math.floor(random() * nodes);
  const b = (a + 1 + Math.floor(random() * (nodes - 1))) % nodes;
  return [a, b];
}

function addressOf(link: number, end: number): string {
  return `10.${78 + Math.floor(link / 16_384)}.${Math.floor(link / 64) % 256}.${(link % 64) * 4 + end}/30`;
}
