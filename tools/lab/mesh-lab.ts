/**
 * Hub processes joined as a topology says, on one machine: the same topologies that `tools/sim` runs, with production hubs.
 * Needs root and iproute2, but for the wiring "loopback", in which everybody reaches everybody.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { HubId } from "../../runtime/core/ids.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";
import { OVERLAY_DEFAULTS } from "../../runtime/mesh/overlay/settings.js";
import type { Topology } from "../sim/topology/topology.js";
import type { AirWeather } from "./air-weather.js";
import type { HubStart, LabEcho } from "./hub-orders.js";
import { LabHub } from "./lab-hub.js";
import { labPrograms } from "./programs.js";
import { airWiring, cableWiring, type LabLink, loopbackWiring, type Wiring } from "./wiring.js";

export interface MeshLabOptions {
  /** At most 6 small letters. */
  readonly name: string;
  readonly topology: Topology;
  readonly wiring: "air" | "cables" | "loopback";
  /** For all links of the air, beside the topology's own latency. */
  readonly weather?: Partial<AirWeather>;
  /** False: hubs hear of nobody, and cables are dead, until `introduce`. */
  readonly introduced?: boolean;
  /** Hubs that belong to a home of their own. */
  readonly foreign?: readonly number[];
  readonly progress?: (line: string) => void;
}

const DAY_MS = 86_400_000;
/** Processes that start at once: more only wait for each other. */
const STARTS_MAX = 4;
const LINKED_TIMEOUT_MS = 60_000;
/** First of the ports of hubs without namespaces. */
const LOOPBACK_PORT_FIRST = 27_411;

export class MeshLab {
  readonly hubs: readonly LabHub[];
  readonly links: readonly LabLink[];
  readonly wiring: Wiring;
  readonly #topology: Topology;
  readonly #folder: string;
  readonly #program: string;
  readonly #foreign: ReadonlySet<number>;

  private constructor(
    hubs: readonly LabHub[],
    parts: { wiring: Wiring; topology: Topology; folder: string; program: string; foreign: ReadonlySet<number> },
  ) {
    this.hubs = hubs;
    this.wiring = parts.wiring;
    this.#topology = parts.topology;
    this.links = linksOf(parts.topology);
    this.#folder = parts.folder;
    this.#program = parts.program;
    this.#foreign = parts.foreign;
  }

  /** All run, and are linked unless they are not `introduced`.
   *  @throws Error when one does not start, or links do not come up in time. */
  static async start(options: MeshLabOptions): Promise<MeshLab> {
    const { topology, introduced = true, progress = () => undefined } = options;
    const foreign = new Set(options.foreign);
    const folder = mkdtempSync(join(tmpdir(), "mindos-lab-"));
    let wiring: Wiring | undefined;
    try {
      const programs = await labPrograms();
      const ids = await makeHomes(folder, topology.hubs, foreign);
      wiring = await wire(options, programs.air, introduced);
      const hubs = ids.map((id, index) => new LabHub(index, id));
      const lab = new MeshLab(hubs, { wiring, topology, folder, program: programs.hub, foreign });
      progress(`starting ${hubs.length} hubs`);
      await inBatches(hubs, STARTS_MAX, (hub) => lab.start(hub.index));
      if (!introduced) return lab;
      progress("waiting for their links");
      lab.introduce();
      await lab.linked();
      return lab;
    } catch (error) {
      wiring?.destroy();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  hub(index: number): LabHub {
    const hub = this.hubs[index];
    if (hub === undefined) throw new RangeError(`no hub ${index}`);
    return hub;
  }

  indexOf(id: HubId): number {
    return this.hubs.findIndex((hub) => hub.id === id);
  }

  /** Again, with what it has on disk, when it was killed. */
  async start(index: number): Promise<void> {
    const { host, port } = this.wiring.addressOf(index);
    const config: HubStart = {
      config: {
        name: `hub-${index}`,
        dataDir: this.#dir(index),
        mqttPort: 0,
        httpPort: 0,
        linkHost: host,
        linkPort: port,
        discovery: false,
        bluetooth: { enabled: false },
        inference: { backend: "off" },
        log: { statsIntervalMs: 600_000 },
      },
    };
    const child = this.wiring.spawn(index, process.execPath, [this.#program, JSON.stringify(config)], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    await this.hub(index).started(child);
  }

  /** Both ends of each link hear of each other, as discovery would tell. @param of absent: everybody's. */
  introduce(of?: number): void {
    const peers = this.hubs.map(() => [] as number[]);
    for (const [a, b] of this.links) {
      if (of !== undefined && a !== of && b !== of) continue;
      peers[a]?.push(b);
      peers[b]?.push(a);
    }
    for (const [index, others] of peers.entries()) {
      const hub = this.hub(index);
      if (others.length === 0 || !hub.isRunning) continue;
      const records = others.map((other) => ({ hub: this.hub(other).id, addresses: [this.wiring.addressOf(other)] }));
      hub.ask({ type: "found", peers: records }).catch(() => undefined);
    }
  }

  neighboursOf(index: number): number[] {
    return [...this.#topology.neighboursOf(index)];
  }

  /** Who has a link with it now, by its own account. Beyond `fullMeshMax` hubs the overlay keeps no more links than it needs. */
  async observersOf(index: number): Promise<number[]> {
    const { id } = this.hub(index);
    const others = this.neighboursOf(index).filter((other) => this.hub(other).isRunning);
    const links = await Promise.all(others.map((other) => this.hub(other).ask<HubId[]>({ type: "links" })));
    return others.filter((_, at) => links[at]?.includes(id));
  }

  linksOf(index: number): LabLink[] {
    return this.links.filter(([a, b]) => a === index || b === index);
  }

  /** Until every running hub has its links with those of its home that run; one that neither end needs may be wanting.
   *  @param which absent: all hubs. @throws Error when not in time. */
  async linked(
    which: readonly number[] = this.hubs.map(({ index }) => index),
    timeoutMs = LINKED_TIMEOUT_MS,
  ): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const missing = await this.#missing(which);
      if (missing.length === 0) return;
      if (performance.now() > deadlineMs)
        throw new Error(`links missing after ${timeoutMs} ms: ${missing.slice(0, 8).join(", ")}`);
      await sleep(100);
    }
  }

  /** @returns for each pair what came back, all asked at once. */
  async pingAll(pairs: readonly LabLink[], timeoutMs: number): Promise<(LabEcho | null)[]> {
    const byHub = new Map<number, number[]>();
    for (const [at, [from]] of pairs.entries()) byHub.set(from, [...(byHub.get(from) ?? []), at]);
    const echoes: (LabEcho | null)[] = pairs.map(() => null);
    await Promise.all(
      [...byHub].map(async ([from, places]) => {
        const to = places.map((place) => this.hub(pairs[place]?.[1] ?? 0).id);
        const answers = await this.hub(from)
          .ask<(LabEcho | null)[]>({ type: "pings", to, timeoutMs })
          .catch(() => []);
        for (const [at, place] of places.entries()) echoes[place] = answers[at] ?? null;
      }),
    );
    return echoes;
  }

  /** Until a round of pings between all these pairs is answered in full. @throws Error when not in time. */
  async reachable(pairs: readonly LabLink[], timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      const echoes = await this.pingAll(pairs, 1000);
      const lost = pairs.filter((_, at) => echoes[at] === null);
      if (lost.length === 0) return;
      if (performance.now() > deadlineMs)
        throw new Error(
          `${lost.length} of ${pairs.length} pairs do not reach each other: ${lost.slice(0, 5).join(" ")}`,
        );
    }
  }

  destroy(): void {
    this.wiring.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #missing(which: readonly number[]): Promise<string[]> {
    const about = new Set(which.flatMap((index) => [index, ...this.neighboursOf(index)]));
    const links = new Map<number, ReadonlySet<HubId>>();
    await Promise.all(
      [...about].map(async (index) => {
        const hub = this.hub(index);
        if (hub.isRunning) links.set(index, new Set(await hub.ask<HubId[]>({ type: "links" })));
      }),
    );
    const needy = (index: number): boolean => (links.get(index)?.size ?? 0) < OVERLAY_DEFAULTS.linksMin;
    const missing: string[] = [];
    for (const index of which) {
      const linked = links.get(index);
      if (linked === undefined) continue;
      for (const other of this.neighboursOf(index)) {
        const related = this.#foreign.has(index) === this.#foreign.has(other);
        if (!related || !links.has(other) || linked.has(this.hub(other).id)) continue;
        if (needy(index) || needy(other)) missing.push(`${index}–${other}`);
      }
    }
    return missing.sort();
  }

  #dir(index: number): string {
    return dirOf(this.#folder, index);
  }
}

function dirOf(folder: string, index: number): string {
  return join(folder, `${index}`);
}

function wire(options: MeshLabOptions, air: string, introduced: boolean): Promise<Wiring> | Wiring {
  const { name, topology, weather = {} } = options;
  const links = linksOf(topology);
  switch (options.wiring) {
    case "air":
      return airWiring(name, topology.hubs, links, {
        program: air,
        weather,
        delayMs: ([a, b]) => topology.latencyMs(a, b) ?? 0,
      });
    case "cables":
      return cableWiring(name, topology.hubs, links, introduced);
    case "loopback":
      return loopbackWiring(LOOPBACK_PORT_FIRST);
  }
}

function linksOf(topology: Topology): LabLink[] {
  const links: LabLink[] = [];
  for (let a = 0; a < topology.hubs; a++) for (const b of topology.neighboursOf(a)) if (a < b) links.push([a, b]);
  return links;
}

async function makeHomes(folder: string, hubs: number, foreign: ReadonlySet<number>): Promise<HubId[]> {
  const ids: HubId[] = [];
  const options = { wallMs: Date.now() - DAY_MS, lifeMs: 30 * DAY_MS };
  for (const other of [false, true]) {
    const members = Array.from({ length: hubs }, (_, index) => index).filter((index) => foreign.has(index) === other);
    const dirs = members.map((index) => dirOf(folder, index));
    for (const dir of dirs) mkdirSync(dir, { recursive: true, mode: 0o700 });
    for (const [at, { hub }] of (await createDevelopmentHome(dirs, options)).entries()) ids[members[at] ?? 0] = hub;
  }
  return ids;
}

async function inBatches<T>(items: readonly T[], size: number, run: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const worker = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: size }, worker));
}
