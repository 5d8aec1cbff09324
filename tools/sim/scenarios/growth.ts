/** Beginnings and everyday life: cold start, mass join, idling, churn, long splits. */
import { cut } from "../cuts.js";
import type { Fault } from "../faults.js";
import type { Plan, Scenario, Scenery } from "../plan.js";
import type { Topology } from "../topology/topology.js";
import { calm, span } from "./weather.js";

export const SETTLE_MS = 40_000;
/** The first broadcast makes the tree: every link carries it, 4.7 copies for each delivery at a degree of 6. What it tears is asked for within 3 s
 *  (`BroadcastSettings.graftAfterMsMax`) and the repeats. From then on the tree is what it will be. Unit: ms. */
const TREE_MS = 10_000;
const SEARCH = { topology: "geometric:6", hubs: 32 } as const;

export const coldStart: Scenario = {
  name: "cold-start",
  about: "all hubs start at once; when do all pings arrive?",
  topology: "grid:7x7",
  hubs: 49,
  minutes: 0.5,
  plan: () => ({
    startWithinMs: 0,
    faults: [],
    reach: [{ name: "coldStart", fromMs: 0, toMs: 20_000, without: [], draw: 1, demanded: true }],
    endMs: 20_000,
  }),
};

/** Until every link is given up, as `bench -- mesh` pulls its cables. Unit: ms. */
const PULLED_MS = 10_000;

export const replug: Scenario = {
  name: "replug",
  about: "every link is cut for ten seconds, then all are up at once; when do all pings arrive?",
  topology: "grid:7x7",
  hubs: 49,
  minutes: 1.5,
  plan({ topology }) {
    const links = linksOf(topology);
    const upMs = SETTLE_MS + PULLED_MS;
    return {
      startWithinMs: 1000,
      faults: [
        { atMs: SETTLE_MS, type: "cut", links },
        { atMs: upMs, type: "mend", links },
        { atMs: upMs, type: "discover" },
      ],
      reach: [
        { name: "replug", fromMs: upMs, toMs: upMs + 30_000, without: [], draw: 1, mended: true, demanded: true },
      ],
      endMs: upMs + 30_000,
    };
  },
};

export const massJoin: Scenario = {
  name: "mass-join",
  about: "half of the hubs run; the other half starts within one second",
  topology: "geometric:6",
  hubs: 200,
  minutes: 2,
  search: SEARCH,
  plan({ topology, random }) {
    const late = random.sample(topology.hubs >> 1, topology.hubs);
    const faults = late.map(
      (hub): Fault => ({ atMs: SETTLE_MS + random.between(0, 1000), type: "start", hubs: [hub] }),
    );
    return { ...calm(SETTLE_MS, faults), lateHubs: late };
  },
};

export const idle: Scenario = {
  name: "idle",
  about: "nothing happens: what does the mesh say to itself?",
  topology: "geometric:6",
  hubs: 1000,
  minutes: 2,
  plan({ minutes }) {
    const endMs = minutes * 60_000;
    return { startWithinMs: 2000, faults: [], quiet: { fromMs: endMs / 2, toMs: endMs }, endMs };
  },
};

export const steadyBroadcast: Scenario = {
  name: "broadcast",
  about: "a broadcast every second, from anywhere, while nothing else happens",
  topology: "geometric:6",
  hubs: 1000,
  minutes: 3,
  plan({ minutes }) {
    const endMs = minutes * 60_000;
    return {
      startWithinMs: 2000,
      faults: [],
      broadcasts: { ...span(endMs / 2, endMs - 15_000, 1000), steadyMs: endMs / 2 + TREE_MS },
      endMs,
    };
  },
};

function churn(percentPerMinute: number): Scenario {
  return {
    name: `churn-${percentPerMinute}`,
    about: `${percentPerMinute} % of the hubs a minute go and come back, with 10 % loss, broadcasts and parcels`,
    topology: "geometric:6",
    hubs: 1000,
    minutes: 5,
    search: SEARCH,
    plan: (scenery) => churned(scenery, percentPerMinute / 100),
  };
}

export function churned({ topology, random, minutes }: Scenery, perMinute: number): Plan {
  const calmMs = SETTLE_MS + minutes * 60_000;
  const faults: Fault[] = [{ atMs: SETTLE_MS, type: "loss", share: perMinute >= 0.05 ? 0.1 : 0.01 }];
  const gone = new Map<number, number>();
  const everyMs = 60_000 / (perMinute * topology.hubs);
  for (let ms = SETTLE_MS; ms < calmMs - 30_000; ms += everyMs) {
    const hub = random.whole(topology.hubs);
    if ((gone.get(hub) ?? 0) > ms) continue;
    const backMs = ms + random.between(5000, 30_000);
    gone.set(hub, backMs + 1000);
    faults.push({ atMs: ms, type: random.uniform() < 0.5 ? "kill" : "power-off", hubs: [hub] });
    faults.push({ atMs: backMs, type: "start", hubs: [hub] });
  }
  faults.push({ atMs: calmMs, type: "loss", share: 0 });
  return {
    ...calm(
      calmMs,
      faults.sort((a, b) => a.atMs - b.atMs),
    ),
    broadcasts: { ...span(SETTLE_MS, calmMs, 2000), steadyMs: SETTLE_MS + TREE_MS },
    parcels: span(SETTLE_MS, calmMs, 500),
  };
}

export const churnScenarios: readonly Scenario[] = [churn(1), churn(5)];

function split(name: string, about: string, splitMs: number): Scenario {
  return {
    name,
    about,
    topology: "geometric:6",
    hubs: 200,
    minutes: splitMs / 60_000,
    search: SEARCH,
    plan({ topology, random }) {
      const side = cut(topology, "half-plane", 0.5, random);
      const healMs = SETTLE_MS + splitMs;
      const entries = topology.hubs < 100 ? 1000 : 10_000;
      return {
        registry: {
          entries,
          filled: { fromMs: SETTLE_MS / 4, toMs: SETTLE_MS - 10_000 },
          changes: entries / 100,
          changed: { fromMs: SETTLE_MS + splitMs / 2, toMs: healMs - 10_000 },
          side,
          healMs,
        },
        // "heal" is the registry's: until both sides hold the same.
        ...calm(
          healMs,
          [
            { atMs: SETTLE_MS, type: "partition", hubs: side, group: 1 },
            { atMs: healMs, type: "mend-all" },
          ],
          "rejoin",
        ),
        parcels: span(SETTLE_MS, Math.min(healMs, SETTLE_MS + 600_000), 5000),
      };
    },
  };
}

/** Discovery tells of one's own half alone: the other must be remembered. */
const splitRestarts: Scenario = {
  name: "split-restarts",
  about:
    "two halves do not hear each other for 80 s; each hub is killed or loses its power meanwhile, some in the middle of a write",
  topology: "geometric:6",
  hubs: 100,
  minutes: 3,
  search: SEARCH,
  plan({ topology, random }) {
    const splitMs = random.between(15_000, SETTLE_MS);
    const healMs = splitMs + 80_000;
    const faults: Fault[] = [
      { atMs: splitMs, type: "partition", hubs: cut(topology, "half-plane", 0.5, random), group: 1 },
    ];
    for (let hub = 0; hub < topology.hubs; hub++) {
      const atMs = splitMs + random.between(5000, 60_000);
      faults.push({ atMs, type: random.uniform() < 0.5 ? "kill" : "tear", hubs: [hub] });
      faults.push({ atMs: atMs + random.between(500, 10_000), type: "start", hubs: [hub] });
    }
    faults.push({ atMs: healMs, type: "mend-all" });
    return calm(
      healMs,
      faults.sort((a, b) => a.atMs - b.atMs),
      "rejoin",
    );
  },
};

export const splitScenarios: readonly Scenario[] = [
  splitRestarts,
  split("split-10m", "two halves do not hear each other for 10 minutes; parcels wait", 600_000),
  split("split-24h", "two halves do not hear each other for a day", 86_400_000),
];

function linksOf(topology: Topology): (readonly [number, number])[] {
  return Array.from({ length: topology.hubs }, (_, a) =>
    [...topology.neighboursOf(a)].filter((b) => a < b).map((b) => [a, b] as const),
  ).flat();
}
