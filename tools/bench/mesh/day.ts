/**
 * What a day leaves behind in a hub's memory: one production hub in a process of its own, whose mesh of 24 is simulated otherwise, with real
 * keys and papers. Hubs go and come back at 5 % a minute, say who they are, how busy they are and what their sensors read. Its time is
 * told to it in steps, so a day of it takes a quarter of an hour; what TLS and sockets hold is not in the figure (`memory` has it for 16 links).
 * Nothing is collected for the figures: before it is looked, the hub lives for a minute at the pace of the clock on the wall, as a hub always does.
 */

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sensorIdFromAddress } from "../../../runtime/core/ids.js";
import type { Message } from "../../../runtime/core/messages.js";
import { createDevelopmentHome } from "../../../runtime/io/home/home-development.js";
import { loadIdentity } from "../../../runtime/io/home/identity.js";
import { advertContent, memberContent } from "../../../runtime/wire/registry-entry.js";
import type { HubStart } from "../../lab/hub-orders.js";
import { Orders } from "../../lab/orders.js";
import { labPrograms } from "../../lab/programs.js";
import type { SteppedOrder, SteppedOutput, SteppedUsage } from "../../lab/stepped-orders.js";
import { Random } from "../../sim/engine/random.js";
import { Simulation } from "../../sim/engine/simulation.js";
import { WIRE_SIZES } from "../../sim/sizes.js";
import { topologyOf } from "../../sim/topology/parse.js";
import { type Member, MemberMachine, nameOf, ownEntry } from "./day/member-machine.js";
import { RemoteMachine } from "./day/remote-machine.js";
import { type Figures, type MeshBenchPart, type PartContext, rounded } from "./part.js";

const HUBS = 24;
const TOPOLOGY = "geometric:10";
const HOURS = 24;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What a frame of the real hub is late by at the most: as on a busy Wi-Fi. Unit: ms of simulated time. */
const STEP_MS = 100;
/** The mesh stands, and every registry is full. From here on hubs go and come back. Unit: ms. */
const SETTLED_MS = 600_000;
/** What the end is compared with is the least of these: what a start leaves behind is given back in the first hour, and would hide as much that grew. */
const EARLY_MS = [SETTLED_MS, SETTLED_MS + HOUR_MS / 2, SETTLED_MS + HOUR_MS];
/** At a day's pace in a quarter of an hour V8 takes room for a program that makes some MB of objects a second. It gives that back when a program has become
 *  slow: its `MemoryReducer` looks every 8 s, and for 100 s at the most. Unit: ms of both clocks. */
const OWN_PACE_MS = 60_000;
/** How often it is looked what is in use: the least of an hour is what collections have left. Unit: ms of simulated time. */
const LOOK_EVERY_MS = 60_000;
const CHURN_PER_MINUTE = 0.05;
const READING_EVERY_MS = 10_000;
const LOAD_EVERY_MS = 60_000;
/** After a start, until a hub writes what it is. Unit: ms. */
const WRITE_AFTER_MS = 3000;
const MEMBERS = 1;
const ADVERTS = 2;
/** Of the real hub. */
const REAL = 0;

export const day: MeshBenchPart = {
  name: "day",
  about: "a simulated day of churn, 5 % of 24 hubs a minute, on one real process: what its memory has grown by",
  needsLab: false,
  wanted: { dayRssGrownMiB: { max: 10, unit: "MiB" } },
  run: measure,
};

async function measure(context: PartContext): Promise<Figures> {
  const { hubs = HUBS, hours = HOURS, seed, progress } = context;
  const folder = mkdtempSync(join(tmpdir(), "mindos-day-"));
  const members = await makeMembers(folder, hubs);
  const program = (await labPrograms()).stepped;
  const start: HubStart = {
    config: {
      ...{
        name: nameOf(REAL),
        dataDir: join(folder, `${REAL}`),
        mqttPort: 0,
        httpPort: 0,
        linkHost: "127.0.0.1",
        linkPort: 0,
      },
      ...{ discovery: false, bluetooth: { enabled: false }, inference: { backend: "off" } },
      log: { statsIntervalMs: 600_000 },
    },
  };
  const child = spawn(process.execPath, [program, JSON.stringify(start)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    serialization: "advanced",
  });
  try {
    const real = new Orders<SteppedOrder>("the hub", child, () => undefined);
    await real.ready();
    return await new Day(members, hubs, seed, real).run(hours * HOUR_MS, progress);
  } finally {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeMembers(folder: string, hubs: number): Promise<Member[]> {
  const dirs = Array.from({ length: hubs }, (_, index) => join(folder, `${index}`));
  for (const dir of dirs) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const home = await createDevelopmentHome(dirs, { wallMs: Date.now() - DAY_MS, lifeMs: 30 * DAY_MS });
  const members: Member[] = [];
  for (const { dir, papers } of home) members.push({ identity: await loadIdentity(dir), chain: papers.chain });
  return members;
}

/** The day itself. */
class Day {
  readonly #sim: Simulation;
  readonly #remote: RemoteMachine;
  readonly #real: Orders<SteppedOrder>;
  readonly #members: readonly Member[];
  readonly #random: Random;
  readonly #wallStartMs = Date.now();
  #atMs = 0;
  /** Of this hour. */
  #leastInUseMiB = Number.POSITIVE_INFINITY;
  #restarts = 0;

  constructor(members: readonly Member[], hubs: number, seed: number, real: Orders<SteppedOrder>) {
    this.#members = members;
    this.#real = real;
    this.#random = new Random(seed ^ 0xda7);
    this.#remote = new RemoteMachine(() => this.#sim.nowMs);
    this.#sim = new Simulation({
      topology: topologyOf(TOPOLOGY, hubs, seed),
      machine: {
        ...{ name: "day", about: "" },
        boot: (birth) => (birth.index === REAL ? this.#remote : new MemberMachine(this.#member(birth.index), birth)),
      },
      seed,
      sizes: WIRE_SIZES,
      ids: members.map(({ identity }) => identity.hub),
    });
  }

  async run(endMs: number, progress: (line: string) => void): Promise<Figures> {
    const { hubs } = this.#sim;
    for (let hub = 0; hub < hubs.count; hub++) this.#sim.at(hub === REAL ? 0 : hub * 20, () => this.#start(hub));
    this.#sim.at(SETTLED_MS, () => this.#churn(60_000 / (CHURN_PER_MINUTE * hubs.count)));
    this.#sim.at(READING_EVERY_MS, () => this.#read());
    this.#sim.at(LOAD_EVERY_MS, () => this.#tellLoads());
    const early: SteppedUsage[] = [];
    const inUseMiB: number[] = [];
    while (this.#atMs < endMs + SETTLED_MS) {
      await this.#step();
      if (this.#atMs % LOOK_EVERY_MS === 0) await this.#lookAtHeap();
      if (this.#atMs % HOUR_MS === SETTLED_MS) inUseMiB.push(await this.#endHour(progress));
      if (EARLY_MS.includes(this.#atMs)) early.push(await this.#usageAtOwnPace());
    }
    const after = await this.#usageAtOwnPace();
    const grown = (of: (usage: SteppedUsage) => number): number => rounded(of(after) - Math.min(...early.map(of)));
    return {
      dayRssGrownMiB: grown(({ rssMiB }) => rssMiB),
      dayHeapGrownMiB: grown(({ heapMiB }) => heapMiB),
      dayInUseGrownMiB: rounded((inUseMiB.at(-1) ?? 0) - (inUseMiB[1] ?? 0)),
      dayRssMiB: rounded(after.rssMiB),
      dayHours: rounded(endMs / HOUR_MS),
      dayRestarts: this.#restarts,
      dayLinksOpened: this.#remote.linksOpened,
      dayCpuSeconds: Math.round(after.cpuMs / 1000),
    };
  }

  async #step(): Promise<void> {
    this.#atMs += STEP_MS;
    const untilMs = this.#atMs;
    this.#sim.run(untilMs);
    const inputs = this.#remote.takeInputs();
    const said = await this.#real.ask<SteppedOutput[]>({ type: "step", untilMs, inputs });
    if (said.length === 0) return;
    this.#remote.said(said);
    this.#sim.input(REAL, { type: "tick" });
  }

  async #lookAtHeap(): Promise<void> {
    const { inUseMiB } = await this.#usage();
    this.#leastInUseMiB = Math.min(this.#leastInUseMiB, inUseMiB);
  }

  /** @returns the least that was in use in it. Unit: MiB. */
  async #endHour(progress: (line: string) => void): Promise<number> {
    const leastMiB = this.#leastInUseMiB;
    this.#leastInUseMiB = Number.POSITIVE_INFINITY;
    const { rssMiB, links, hubsAlive } = await this.#usage();
    progress(
      `hour ${(this.#atMs - SETTLED_MS) / HOUR_MS}: ${rssMiB.toFixed(1)} MiB resident, ${leastMiB.toFixed(2)} in use, ${links} links, ${hubsAlive} hubs alive, ${this.#restarts} restarts`,
    );
    return leastMiB;
  }

  async #usageAtOwnPace(): Promise<SteppedUsage> {
    const startMs = performance.now();
    for (let ms = STEP_MS; ms <= OWN_PACE_MS; ms += STEP_MS) {
      await this.#step();
      await sleep(Math.max(0, startMs + ms - performance.now()));
    }
    return this.#usage();
  }

  #usage(): Promise<SteppedUsage> {
    return this.#real.ask<SteppedUsage>({ type: "usage" });
  }

  #member(hub: number): Member {
    const member = this.#members[hub];
    if (member === undefined) throw new RangeError(`no hub ${hub}`);
    return member;
  }

  #start(hub: number): void {
    this.#sim.start(hub);
    if (hub === REAL) return;
    const version = this.#sim.hubs.epoch[hub] ?? 1;
    this.#sim.at(this.#sim.nowMs + WRITE_AFTER_MS, () => this.#writeOwn(hub, version));
  }

  /** What a hub writes of itself after a start, if it still runs. */
  #writeOwn(hub: number, version: number): void {
    if (!this.#sim.isRunning(hub) || this.#sim.hubs.epoch[hub] !== version) return;
    const member = this.#member(hub);
    const { addresses } = this.#sim.peerRecord(hub);
    const about = { hub: member.identity.hub, version, name: nameOf(hub), topics: ["climate.value"], places: ["hall"] };
    const entries = [
      ["members", ownEntry(member, MEMBERS, version, memberContent.encode({ name: nameOf(hub), addresses }))],
      [
        "adverts",
        ownEntry(member, ADVERTS, version, advertContent.encode({ ...about, sensorCount: 4, neighbours: [] })),
      ],
    ] as const;
    for (const [registry, { key, major, minor, value }] of entries)
      this.#sim.input(hub, { type: "put", registry, key, major, minor, value });
  }

  #churn(everyMs: number): void {
    const sim = this.#sim;
    const hub = 1 + this.#random.whole(sim.hubs.count - 1);
    if (sim.isRunning(hub)) {
      if (this.#random.uniform() < 0.5) sim.kill(hub);
      else sim.powerOff(hub);
      this.#restarts += 1;
      sim.at(sim.nowMs + this.#random.between(5000, 30_000), () => this.#start(hub));
    }
    sim.at(sim.nowMs + everyMs, () => this.#churn(everyMs));
  }

  #read(): void {
    const sim = this.#sim;
    const hub = 1 + this.#random.whole(sim.hubs.count - 1);
    if (sim.isRunning(hub)) sim.input(hub, { type: "publish", scope: "cell", message: this.#reading(hub) });
    sim.at(sim.nowMs + READING_EVERY_MS, () => this.#read());
  }

  #reading(hub: number): Message {
    const last = (hub * 4 + this.#random.whole(4)).toString(16).toUpperCase().padStart(4, "0");
    const sensor = sensorIdFromAddress(`C0:FF:EE:00:${last.slice(0, 2)}:${last.slice(2)}`);
    if (sensor === undefined) throw new RangeError("no sensor");
    const value = Math.round(1500 + this.#random.uniform() * 1000) / 100;
    const readings = [{ quantity: "temperature", value, index: 0 }] as const;
    return {
      ...{ type: "READING", sensor, readings, rssiDbm: -60, origin: "live", name: `sensor ${last}` },
      wallMs: this.#wallStartMs + Math.round(this.#sim.nowMs),
    };
  }

  #tellLoads(): void {
    const sim = this.#sim;
    for (let hub = 1; hub < sim.hubs.count; hub++) {
      if (!sim.isRunning(hub)) continue;
      const busy = { queueLength: 0, freeMemoryMiB: 200 + this.#random.whole(100), cpuLoad: this.#random.uniform() };
      sim.input(hub, {
        type: "announce",
        message: { type: "LOAD", ...busy, sensors: 4, warmModels: [], neighbours: [] },
      });
    }
    sim.at(sim.nowMs + LOAD_EVERY_MS, () => this.#tellLoads());
  }
}
