/** Ordinary and less ordinary trouble: restarts, flapping and one-way links, stalls, clocks that err. */
import type { Random } from "../engine/random.js";
import type { Fault } from "../faults.js";
import type { Scenario } from "../plan.js";
import type { Topology } from "../topology/topology.js";

const SETTLE_MS = 40_000;
const CALM_MS = 40_000;
const SEARCH = { topology: "geometric:6", hubs: 32 } as const;

export const rollingRestarts: Scenario = {
  name: "rolling-restarts",
  about: "every hub is killed and started again, one after the other, two a second",
  topology: "geometric:6",
  hubs: 100,
  minutes: 3,
  search: SEARCH,
  plan({ topology, random }) {
    const order = random.shuffle(Array.from({ length: topology.hubs }, (_, hub) => hub));
    const faults = order.flatMap((hub, at): Fault[] => {
      const atMs = SETTLE_MS + at * 500;
      return [
        { atMs, type: random.uniform() < 0.5 ? "kill" : "tear", hubs: [hub] },
        { atMs: atMs + random.between(500, 3000), type: "start", hubs: [hub] },
      ];
    });
    return calm(SETTLE_MS + topology.hubs * 500 + 3000, faults);
  },
};

export const flappingLinks: Scenario = {
  name: "flapping-links",
  about: "a tenth of the links come and go every few seconds for two minutes",
  topology: "geometric:6",
  hubs: 100,
  minutes: 4,
  search: SEARCH,
  plan({ topology, random }) {
    const faults: Fault[] = [];
    for (const link of someLinks(topology, 0.1, random)) {
      for (let ms = SETTLE_MS + random.between(0, 5000); ms < SETTLE_MS + 120_000; ms += random.between(2000, 10_000)) {
        faults.push({ atMs: ms, type: "cut", links: [link] });
        faults.push({ atMs: ms + random.between(500, 2000), type: "mend", links: [link] });
      }
    }
    return calm(SETTLE_MS + 125_000, faults);
  },
};

export const oneWayLinks: Scenario = {
  name: "one-way-links",
  about: "a tenth of the links carry frames in one direction only, for a minute",
  topology: "geometric:6",
  hubs: 100,
  minutes: 3,
  search: SEARCH,
  plan({ topology, random }) {
    const links = someLinks(topology, 0.1, random);
    return calm(SETTLE_MS + 60_000, [
      { atMs: SETTLE_MS, type: "one-way", links },
      { atMs: SETTLE_MS + 60_000, type: "mend", links },
    ]);
  },
};

export const stalls: Scenario = {
  name: "stalls-20s",
  about: "30 % of the hubs stall for 20 s while every link loses 10 % of its packets",
  topology: "geometric:6",
  hubs: 50,
  minutes: 2,
  search: SEARCH,
  plan({ topology, random }) {
    const hubs = random.sample(Math.round(topology.hubs * 0.3), topology.hubs);
    return {
      ...calm(SETTLE_MS + 20_000, [
        { atMs: SETTLE_MS - 10_000, type: "loss", share: 0.1 },
        { atMs: SETTLE_MS, type: "stall", hubs },
        { atMs: SETTLE_MS + 20_000, type: "resume", hubs },
        { atMs: SETTLE_MS + 20_000, type: "loss", share: 0 },
      ]),
    };
  },
};

/** As `stalls`, again and again: how often are the living called dead? */
export const lastingStalls: Scenario = {
  name: "stalls-lasting",
  about: "every link loses 10 % of its packets all the time, and every minute 30 % of the hubs stall for 20 s",
  topology: "geometric:6",
  hubs: 100,
  minutes: 60,
  plan({ topology, random, minutes }) {
    const faults: Fault[] = [{ atMs: SETTLE_MS - 10_000, type: "loss", share: 0.1 }];
    const calmMs = SETTLE_MS + minutes * 60_000;
    for (let atMs = SETTLE_MS; atMs < calmMs; atMs += 60_000) {
      const hubs = random.sample(Math.round(topology.hubs * 0.3), topology.hubs);
      faults.push({ atMs, type: "stall", hubs }, { atMs: atMs + 20_000, type: "resume", hubs });
    }
    return calm(calmMs, [...faults, { atMs: calmMs, type: "loss", share: 0 }]);
  },
};

export const clockSkew: Scenario = {
  name: "clock-skew",
  about: "monotonic clocks err by up to 100 ppm, wall clocks by up to a day, and jump",
  topology: "geometric:6",
  hubs: 50,
  minutes: 5,
  search: SEARCH,
  plan({ topology, random, minutes }) {
    const faults: Fault[] = [];
    for (let hub = 0; hub < topology.hubs; hub++) {
      if (random.uniform() < 0.5)
        faults.push({ atMs: 0, type: "clock", hubs: [hub], byMs: random.between(-8.64e7, 8.64e7) });
      if (random.uniform() < 0.2) {
        const atMs = random.between(SETTLE_MS, minutes * 60_000);
        faults.push({ atMs, type: "clock", hubs: [hub], byMs: random.between(-3.6e6, 3.6e6) });
      }
    }
    return {
      ...calm(minutes * 60_000, faults),
      skewedClocks: true,
      broadcasts: span(SETTLE_MS, minutes * 60_000, 2000),
    };
  },
};

/** A disk that is full, then one that is new, then one torn in the middle of a write. */
export const badDisks: Scenario = {
  name: "bad-disks",
  about: "a third of the hubs cannot write; they restart, some with an empty disk, some in the middle of a write",
  topology: "geometric:6",
  hubs: 60,
  minutes: 3,
  search: SEARCH,
  plan({ topology, random }) {
    const hubs = random.sample(Math.ceil(topology.hubs / 3), topology.hubs);
    const faults: Fault[] = [{ atMs: SETTLE_MS, type: "fill-disk", hubs }];
    for (const hub of hubs) {
      const atMs = SETTLE_MS + random.between(10_000, 40_000);
      faults.push({ atMs, type: "tear", hubs: [hub] });
      if (random.uniform() < 0.5) faults.push({ atMs: atMs + 100, type: "new-disk", hubs: [hub] });
      faults.push({ atMs: atMs + 200, type: "free-disk", hubs: [hub] });
      faults.push({ atMs: atMs + 2000, type: "start", hubs: [hub] });
    }
    return calm(SETTLE_MS + 45_000, faults);
  },
};

/** Faults stop at `calmMs`; in the time that follows everything must come together again.
 *  @param name of the figures that tell when pairs reached each other again. */
export function calm(calmMs: number, faults: readonly Fault[], name = "heal") {
  const endMs = calmMs + CALM_MS;
  return {
    startWithinMs: 1000,
    faults,
    reach: [{ name, fromMs: calmMs, toMs: endMs, without: [], draw: 2, mended: true, demanded: true }],
    endMs,
    agreedMs: endMs,
  };
}

export function span(fromMs: number, toMs: number, everyMs: number) {
  return { fromMs, toMs, everyMs };
}

function someLinks(topology: Topology, share: number, random: Random): (readonly [number, number])[] {
  const links: (readonly [number, number])[] = [];
  for (let a = 0; a < topology.hubs; a++) {
    for (const b of topology.neighboursOf(a)) if (a < b && random.uniform() < share) links.push([a, b]);
  }
  return links;
}
