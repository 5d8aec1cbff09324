/**
 * babeld and yggdrasil (Debian's packages, their defaults), for comparison: how long after all cables of a grid come up
 * at once, or those of a part of it go dead, until every one of a number of pings is answered. One network namespace a node, a veth
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

export interface Cut {
  /** That go dead, of the graph's own. */
  readonly links: readonly (readonly [number, number])[];
  /** Who is to reach whom afterwards. */
  readonly pairs: readonly (readonly [number, number])[];
}

const GIVE_UP_MS = 120_000;
/** After all is in reach: until what the routers say to each other has settled. Unit: ms. */
const CALM_MS = 10_000;

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
  return withRouters(router, graph, async (lab, addresses, plug) => {
    const pairs = Array.from({ length: pings }, () => pairOf(graph.nodes, random));
    const upMs = performance.now();
    plug(graph.links, true);
    return { pings, allAnsweredMs: await firstFullRound(lab, addresses, pairs, upMs) };
  });
}

/** One after the other, all cables in between being mended again.
 *  @returns for each cut the time to the start of the first round in which all its pairs answered; undefined: not in time. Unit: ms.
 *  Undefined in whole when the program is not installed. @throws Error when the whole grid is not in reach before a cut. */
export async function measureCuts(
  router: Router,
  graph: Graph,
  cuts: readonly Cut[],
): Promise<readonly (number | undefined)[] | undefined> {
  return withRouters(router, graph, async (lab, addresses, plug) => {
    const measured: (number | undefined)[] = [];
    const across = Array.from(
      { length: graph.nodes },
      (_, node) => [node, (node + (graph.nodes >> 1)) % graph.nodes] as const,
    );
    for (const { links, pairs } of cuts) {
      plug(graph.links, true);
      if ((await firstFullRound(lab, addresses, across, performance.now())) === undefined)
        throw new Error(`${router.program}: the grid is not in reach`);
      await sleep(CALM_MS);
      const cutMs = performance.now();
      plug(links, false);
      measured.push(await firstFullRound(lab, addresses, pairs, cutMs));
    }
    return measured;
  });
}

type Plug = (links: readonly (readonly [number, number])[], up: boolean) => void;

/** All run, with dead cables. @returns undefined when the program is not installed. */
async function withRouters<T>(
  router: Router,
  graph: Graph,
  use: (lab: Lab, addresses: readonly string[], plug: Plug) => Promise<T>,
): Promise<T | undefined> {
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
    const ends = new Map<string, (readonly [string, string])[]>();
    for (const [index, [a, b]] of graph.links.entries()) {
      const [atA, atB] = cables[index] ?? ["", ""];
      interfaces[a]?.push(atA);
      interfaces[b]?.push(atB);
      ends.set(`${a}-${b}`, [
        [`${a}`, atA],
        [`${b}`, atB],
      ]);
    }
    const addresses = await router.start(lab, folder, graph.nodes, interfaces);
    const plug: Plug = (links, up) =>
      lab.plug(
        links.flatMap(([a, b]) => ends.get(`${a}-${b}`) ?? []),
        up,
      );
    return await use(lab, addresses, plug);
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
