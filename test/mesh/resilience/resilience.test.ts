import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { EPISODES_MAX, Episodes } from "../../../runtime/mesh/resilience/episodes.js";
import { LESSONS_KEY } from "../../../runtime/mesh/resilience/lessons.js";
import { Resilience } from "../../../runtime/mesh/resilience/resilience.js";
import { RESILIENCE_DEFAULTS } from "../../../runtime/mesh/resilience/settings.js";
import { hubAt } from "../overlay/seeded.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const self = hubAt(0);
const [a, b, c, d, e] = [1, 2, 3, 4, 5].map(hubAt) as [HubId, HubId, HubId, HubId, HubId];

interface Stage {
  readonly resilience: Resilience;
  readonly said: (readonly [what: string, ...rest: unknown[]])[];
  readonly views: Map<HubId, HubId[]>;
  readonly over: Map<HubId, number>;
  kept: Uint8Array | undefined;
}

function stage(neighbours: readonly HubId[] = []): Stage {
  const views = new Map<HubId, HubId[]>();
  const over = new Map<HubId, number>();
  const said: [string, ...unknown[]][] = [];
  const sink = {
    send: () => 0,
    route: () => {},
    count: (name: string) => void said.push(["count", name]),
    notice: (notice: { type: string; key?: string; value?: Uint8Array }) => {
      expect(notice).toMatchObject({ type: "keep", key: LESSONS_KEY });
      made.kept = notice.value;
    },
  };
  const outlet = {
    patience: (hub: HubId, factor: number) => void said.push(["patience", hub, factor]),
    probe: (hub: HubId) => void said.push(["probe", hub]),
    avoid: (hub: HubId, untilMs: number) => void said.push(["avoid", hub, untilMs]),
    standby: (hubs: readonly HubId[]) => void said.push(["standby", hubs]),
  };
  const resilience = new Resilience(self, sink, outlet, {
    viewOf: (hub) => views.get(hub) ?? [],
    destinationsOver: (hub) => over.get(hub) ?? 0,
  });
  const made: Stage = { resilience, said, views, over, kept: undefined };
  for (const hub of neighbours) resilience.neighbourUp(hub, 0);
  return made;
}

/** They fall within half a second and come back an hour later. */
function cut({ resilience, said }: Stage, hubs: readonly HubId[], atMs: number): void {
  for (const [i, hub] of hubs.entries()) resilience.hubState(hub, "dead", atMs + i * 100);
  for (const hub of hubs) resilience.neighbourDown(hub, false, atMs + 600);
  for (const hub of hubs) {
    resilience.hubState(hub, "alive", atMs + HOUR_MS);
    resilience.neighbourUp(hub, atMs + HOUR_MS);
  }
  said.length = 0;
}

describe("risk groups", () => {
  test("hubs that were lost together share a risk, others do not", () => {
    const one = stage([a, b, c, d]);
    cut(one, [a, b, c], DAY_MS);
    expect(one.resilience.sharesRisk(a, b)).toBe(true);
    expect(one.resilience.sharesRisk(a, d)).toBe(false);
  });

  test("losses of one alone undo a coincidence", () => {
    const one = stage([a, b, c]);
    cut(one, [a, b], DAY_MS);
    expect(one.resilience.sharesRisk(a, b)).toBe(true);
    for (let i = 2; i < 5; i++) cut(one, [a], i * DAY_MS);
    expect(one.resilience.sharesRisk(a, b)).toBe(false);
  });

  test("backups are preferred that do not share the primary's risk", () => {
    const one = stage([a, b, c, d]);
    cut(one, [a, b], DAY_MS);
    expect(one.resilience.prefer([b, c, d], a)).toEqual([c, d, b]);
    expect(one.resilience.prefer([b, c, d], c)).toEqual([b, d, c]);
  });

  test("episodes are bounded: the oldest makes room", () => {
    const episodes = new Episodes(RESILIENCE_DEFAULTS);
    episodes.vanished(a, 0);
    episodes.vanished(b, 1);
    for (let i = 1; i <= EPISODES_MAX; i++) episodes.vanished(c, i * HOUR_MS);
    expect(episodes.list()).toHaveLength(EPISODES_MAX);
    expect(episodes.similarity(a, b, DAY_MS)).toBe(0);
  });
});

describe("the first cut", () => {
  test("of which nothing was learnt before asks for nothing", () => {
    const one = stage([a, b, c, d]);
    for (const [i, hub] of [a, b, c].entries()) one.resilience.hubState(hub, "dead", DAY_MS + i * 100);
    expect(one.said).toEqual([]);
  });

  test("makes those that come back watched closely, and only those", () => {
    const one = stage([a, b, c, d]);
    cut(one, [a, b, c], DAY_MS);
    const factors = [a, b, c, d].map((hub) => one.resilience.patience(hub));
    expect(factors).toEqual([0.5, 0.5, 0.5, 1]);
  });

  test("is forgiven with time", () => {
    const one = stage([a, b, c, d]);
    cut(one, [a, b, c], DAY_MS);
    one.resilience.tick(40 * DAY_MS);
    expect(one.resilience.patience(a)).toBe(1);
  });
});

describe("the same cut again", () => {
  test("the first loss puts the whole group to the test, the second moves routes off the rest", () => {
    const one = stage([a, b, c, d]);
    cut(one, [a, b, c], DAY_MS);
    const again = 2 * DAY_MS;
    one.resilience.hubState(a, "dead", again);
    expect(one.said).toEqual([
      ["probe", b],
      ["probe", c],
    ]);
    one.said.length = 0;
    one.resilience.hubState(b, "dead", again + 100);
    expect(one.said).toEqual([
      ["avoid", c, again + 100 + RESILIENCE_DEFAULTS.avoidMs],
      ["probe", c],
      ["patience", c, RESILIENCE_DEFAULTS.alarmPatience],
    ]);
  });

  test("an alarm ends by itself when the rest of the group stands", () => {
    const one = stage([a, b, c, d]);
    cut(one, [a, b, c], DAY_MS);
    one.resilience.hubState(a, "dead", 2 * DAY_MS);
    one.resilience.hubState(b, "dead", 2 * DAY_MS);
    one.resilience.tick(2 * DAY_MS);
    expect(one.resilience.deadlineMs).toBe(2 * DAY_MS + RESILIENCE_DEFAULTS.alarmMs);
    one.resilience.tick(one.resilience.deadlineMs);
    expect(one.resilience.patience(c)).toBe(0.5);
    expect(one.said.at(-1)).toEqual(["patience", c, 0.5]);
  });

  test("is recognised by a hub that was restarted in between", () => {
    const before = stage([a, b, c, d]);
    cut(before, [a, b, c], DAY_MS);
    before.resilience.save(2 * DAY_MS);
    const after = stage();
    after.resilience.restore(before.kept!, 5000);
    for (const hub of [a, b, c, d]) after.resilience.neighbourUp(hub, 6000);
    expect([a, b, c, d].map((hub) => after.resilience.patience(hub))).toEqual([0.5, 0.5, 0.5, 1]);
    expect(after.resilience.sharesRisk(a, c)).toBe(true);
  });
});

describe("bridges", () => {
  /** Behind a: c and d, which only a has links with. */
  function bridged(): Stage {
    const one = stage([a, b]);
    one.views.set(a, [self, c, d, e]);
    one.views.set(b, [self, e]);
    return one;
  }

  test("a neighbour whose loss cut others off gets standby links to those behind it", () => {
    const one = bridged();
    one.resilience.neighbourDown(a, false, DAY_MS);
    expect(one.resilience.standby()).toEqual([c, d]);
    expect(one.said).toContainEqual(["standby", [c, d]]);
  });

  test("those behind that fell with it are no way around it", () => {
    const one = bridged();
    one.resilience.hubState(a, "dead", DAY_MS);
    one.resilience.hubState(c, "dead", DAY_MS + 100);
    one.resilience.neighbourDown(a, false, DAY_MS + 200);
    expect(one.resilience.standby()).toEqual([d]);
  });

  test("a link that was given up by decision was no loss", () => {
    const one = bridged();
    one.resilience.neighbourDown(a, true, DAY_MS);
    expect(one.resilience.standby()).toEqual([]);
  });

  test("standby links are at most four in all, and go when the lesson has faded", () => {
    const neighbours = Array.from({ length: 6 }, (_, i) => hubAt(100 + i));
    const one = stage(neighbours);
    for (const [i, hub] of neighbours.entries())
      one.views.set(hub, [self, ...[0, 1, 2].map((j) => hubAt(200 + i * 3 + j))]);
    for (const [i, hub] of neighbours.entries()) one.resilience.neighbourDown(hub, false, DAY_MS * (i + 1));
    expect(one.resilience.standby()).toHaveLength(4);
    one.resilience.tick(400 * DAY_MS);
    expect(one.resilience.standby()).toEqual([]);
  });

  test("a neighbour over which ways led when it was suspected, and did not come back soon, is watched closely", () => {
    const one = stage([a, b]);
    one.over.set(a, 7);
    one.over.set(b, 1);
    for (const hub of [a, b]) one.resilience.hubState(hub, "suspect", DAY_MS);
    // Routes have left it.
    one.over.clear();
    for (const hub of [a, b]) one.resilience.neighbourDown(hub, false, DAY_MS + 600);
    for (const hub of [a, b]) one.resilience.neighbourUp(hub, DAY_MS + HOUR_MS);
    expect([a, b].map((hub) => one.resilience.patience(hub))).toEqual([0.5, 1]);
    one.resilience.tick(9 * DAY_MS);
    expect(one.resilience.patience(a)).toBe(1);
  });

  test("of a cut that took more neighbours than can be watched closely, those over which most ways led are", () => {
    const neighbours = Array.from({ length: 9 }, (_, i) => hubAt(100 + i));
    const one = stage(neighbours);
    for (const [i, hub] of neighbours.entries()) one.over.set(hub, 3 + ((5 * i) % 9));
    cut(one, neighbours, DAY_MS);
    const watched = neighbours.filter((hub) => one.resilience.patience(hub) < 1);
    expect(watched.map((hub) => one.over.get(hub)).sort((x = 0, y = 0) => x - y)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  test("a neighbour that was back at once is no bridge", () => {
    const one = stage([a]);
    one.over.set(a, 7);
    one.resilience.neighbourDown(a, false, DAY_MS);
    one.resilience.neighbourUp(a, DAY_MS + 1000);
    expect(one.resilience.patience(a)).toBe(1);
  });
});

describe("flapping", () => {
  test("earns patience, and is no episode", () => {
    const one = stage([a, b]);
    for (let i = 0; i < 6; i++) {
      one.resilience.neighbourDown(a, false, i * 60_000);
      one.resilience.neighbourUp(a, i * 60_000 + 1000);
    }
    expect(one.resilience.patience(a)).toBe(2);
    expect(one.resilience.patience(b)).toBe(1);
    one.resilience.tick(10 * HOUR_MS);
    expect(one.resilience.patience(a)).toBe(1);
  });
});

describe("what was kept", () => {
  test("and cannot be read teaches nothing", () => {
    const one = stage([a]);
    for (const text of ["", "{}", '{"version":1,"episodes":1,"bridges":[]}', "null"]) {
      one.resilience.restore(new TextEncoder().encode(text), 0);
    }
    expect(one.said.every(([what]) => what === "count")).toBe(true);
    expect(one.said).toHaveLength(4);
  });
});
