/**
 * The mesh of production hubs: processes of their own in network namespaces, 2 ms from neighbour to neighbour, killed,
 * stopped, cut apart and put out. Needs root and iproute2. The tests follow one another in one mesh.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import { DeathWatch } from "../../tools/bench/mesh/death-watch.js";
import { recover, strike } from "../../tools/bench/mesh/detection.js";
import { type LabRegistries, machineMs } from "../../tools/lab/hub-orders.js";
import { MeshLab } from "../../tools/lab/mesh-lab.js";
import { whyNoLab } from "../../tools/lab/namespaces.js";
import { Topology } from "../../tools/sim/topology/topology.js";

const HUBS = 10;
/** Of another home, within reach of hubs 3 and 8. */
const STRANGER = 10;
const CHORDS = [
  [0, 5],
  [2, 7],
  [4, 9],
] as const;
const DELAY_MS = 2;
/** The bound is 1,500 ms on a machine that does nothing else. */
const DETECT_MS_MAX = 2500;
/** The slowest rule of `mesh/liveness/README.md`: an observer alone, and the wait for a beat. How soon it is as a rule, `bench -- mesh` tells. */
const STANDSTILL_MS_MAX = 4_400;
const members = Array.from({ length: HUBS }, (_, hub) => hub);

function ringWithChords(): Topology {
  const ring = members.map((hub) => [hub, (hub + 1) % HUBS] as const);
  const strange = [3, 8].map((hub) => [hub, STRANGER] as const);
  const edges = [...ring, ...CHORDS, ...strange].map(([a, b]) => ({ a, b, latencyMs: DELAY_MS, loss: 0 }));
  return new Topology({ name: "ring", hubs: HUBS + 1, edges });
}

function pairsAmong(hubs: readonly number[]): [number, number][] {
  return hubs.flatMap((a) => hubs.filter((b) => b !== a).map((b): [number, number] => [a, b]));
}

describe.skipIf(whyNoLab() !== undefined)("ten hubs in namespaces", () => {
  let lab: MeshLab;
  let watch: DeathWatch;

  beforeAll(async () => {
    lab = await MeshLab.start({ name: "mtest", topology: ringWithChords(), wiring: "air", foreign: [STRANGER] });
    watch = new DeathWatch(lab);
  });
  afterAll(() => lab?.destroy());

  test("all of a home link, and reach each other over several hops", async () => {
    await lab.reachable(pairsAmong(members), 10_000);
    const far = await lab.hub(1).ping(lab.hub(8).id, 1000);
    expect(far?.hops).toBeGreaterThanOrEqual(1);
    expect(far?.rttMs).toBeGreaterThan(2 * DELAY_MS * 2);
  });

  test("each knows all members and adverts, those of hubs links away too, and what the owner sets", async () => {
    await lab.hub(0).ask({ type: "set", name: "name", value: "Ten in a ring" });
    await registriesAre(members, ({ adverts, members: listed, settings }) => {
      const here = listed.filter(({ presence }) => presence === "here" || presence === "self");
      return here.length === HUBS && adverts.length === HUBS && settings[0]?.value === "Ten in a ring";
    });
  });

  test("a killed hub is dead at its neighbours within seconds, and the rest go round it", async () => {
    const victim = 5;
    const neighbours = lab.neighboursOf(victim);
    const { took } = await strike(lab, watch, "kill", victim);
    expect(took).toHaveLength(neighbours.length);
    // It stays listed, also with those that were never linked with it.
    await registriesAre([1, 8], ({ members: listed }) => {
      const gone = listed.find(({ hub }) => hub === lab.hub(victim).id);
      return gone?.presence === "away" && gone.awaySinceWallMs !== undefined;
    });
    expect(Math.max(...took)).toBeLessThanOrEqual(DETECT_MS_MAX);
    await lab.reachable(pairsAmong(members.filter((hub) => hub !== victim)), 5000);
    await recover(lab, watch, "kill", victim);
    await lab.reachable(pairsAmong(members), 10_000);
  });

  test("a hub that stands still for 20 s is dead meanwhile and lives again afterwards; nobody else is called dead", async () => {
    const victim = 7;
    let took: number[];
    try {
      took = [...(await strike(lab, watch, "stop", victim)).took];
      await sleep(20_000 - Math.max(...took));
    } finally {
      lab.hub(victim).cont();
    }
    const contMs = machineMs();
    await lab.linked(members, 20_000);
    watch.good(victim, machineMs());
    await lab.reachable(pairsAmong(members), 10_000);
    expect(took).toHaveLength(lab.neighboursOf(victim).length);
    expect(Math.max(...took)).toBeLessThanOrEqual(STANDSTILL_MS_MAX);
    for (const neighbour of lab.neighboursOf(victim)) expect(stateOf(neighbour, victim, contMs)).toBe("alive");
    expect(watch.falseDeaths()).toEqual([]);
  });

  test("two halves live on for themselves when all links between them fall silent, and are one again afterwards", async () => {
    const half = members.slice(0, HUBS / 2);
    const other = members.slice(HUBS / 2);
    const between = lab.links.filter(([a, b]) => half.includes(a) !== half.includes(b) && b !== STRANGER);
    for (const hub of members) watch.trouble(hub, machineMs());
    await lab.wiring.silence(between);
    await lab.reachable([...pairsAmong(half), ...pairsAmong(other)], 10_000);
    expect(await lab.pingAll([[0, 9]], 500)).toEqual([null]);
    await lab.hub(0).ask({ type: "set", name: "name", value: "Five of ten" });
    await lab.wiring.mend(between);
    await lab.reachable(pairsAmong(members), 30_000);
    await lab.linked(members, 30_000);
    for (const hub of members) watch.good(hub, machineMs());
    await registriesAre(members, ({ settings }) => settings[0]?.value === "Five of ten");
  });

  test("a hub of another home is never linked", async () => {
    const stranger = lab.hub(STRANGER);
    expect(await stranger.ask<HubId[]>({ type: "links" })).toEqual([]);
    const linked = lab.hubs.flatMap((hub) =>
      hub.events.filter(({ event }) => event.event === "link-up" && event.peer === stranger.id),
    );
    expect(linked).toEqual([]);
    const { counters } = await lab.hub(3).usage();
    expect(Object.keys(counters).filter((name) => name.startsWith("mesh.admission."))).not.toEqual([]);
  });

  test("a revoked hub is cut off everywhere within 2 s, and stays out", async () => {
    const out = lab.hub(8);
    const neighbours = lab.neighboursOf(8).filter((hub) => hub !== STRANGER);
    watch.trouble(8, machineMs());
    const revokedMs = machineMs();
    await lab.hub(0).ask({ type: "revoke", hub: out.id });
    await sleep(4000);
    for (const neighbour of neighbours) {
      const { events } = lab.hub(neighbour);
      const since = events.filter(({ atMs, event }) => atMs >= revokedMs && "peer" in event && event.peer === out.id);
      expect(since.map(({ event }) => event.event)).toEqual(["link-down"]);
      expect((since[0]?.atMs ?? 0) - revokedMs).toBeLessThanOrEqual(2000);
    }
    await lab.reachable(pairsAmong(members.filter((hub) => hub !== 8)), 5000);
    const rest = members.filter((hub) => hub !== 8);
    await registriesAre(rest, (held) => held.members.length === HUBS - 1 && !held.adverts.includes(out.id));
  });

  /** Within ten seconds, of each. */
  async function registriesAre(which: readonly number[], holds: (held: LabRegistries) => boolean): Promise<void> {
    const untilMs = machineMs() + 10_000;
    for (const hub of which) {
      for (;;) {
        const held = await lab.hub(hub).ask<LabRegistries>({ type: "registries" });
        if (holds(held)) break;
        if (machineMs() > untilMs) throw new Error(`hub ${hub} holds ${JSON.stringify(held)}`);
        await sleep(100);
      }
    }
  }

  function stateOf(observer: number, subject: number, sinceMs: number): string | undefined {
    const told = lab
      .hub(observer)
      .events.findLast(
        ({ atMs, event }) => atMs >= sinceMs && event.event === "hub-state" && event.hub === lab.hub(subject).id,
      );
    return told?.event.event === "hub-state" ? told.event.state : undefined;
  }
});
