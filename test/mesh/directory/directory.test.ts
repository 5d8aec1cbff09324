import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { LOOKUP_LIFETIME_S_MAX } from "../../../runtime/core/messages-directory.js";
import { keepers, topRegions } from "../../../runtime/mesh/directory/descent.js";
import { score as rank } from "../../../runtime/mesh/directory/rendezvous.js";
import { DIRECTORY_DEFAULTS } from "../../../runtime/mesh/directory/settings.js";
import { generator, geometricGraph, hubIdOf, StaticMesh } from "../static-ways.js";
import { DirectoryNet } from "./directory-net.js";

const graph = geometricGraph(180, 6, generator(1));
const mesh = (fanOuts: readonly number[] = [3, 4], seed = 1): StaticMesh =>
  new StaticMesh(graph, fanOuts, generator(seed));
const SETTLED_MS = 3000;

function settled(
  options: ConstructorParameters<typeof DirectoryNet>[1] = {},
  fanOuts?: readonly number[],
): DirectoryNet {
  const net = new DirectoryNet(mesh(fanOuts), options);
  net.run(SETTLED_MS);
  return net;
}

function pairs(hubs: readonly HubId[], count: number, seed = 3): (readonly [HubId, HubId])[] {
  const random = generator(seed);
  const pick = (): HubId => hubs[Math.floor(random() * hubs.length)] as HubId;
  return Array.from({ length: count }, () => [pick(), pick()] as const).filter(([a, b]) => a !== b);
}

describe("in a mesh of two levels", () => {
  test("a frame to any hub arrives, once, after one lookup", () => {
    const net = settled();
    const sent = pairs(net.mesh.hubs, 200);
    for (const [from, to] of sent) net.send(from, to);
    net.run(SETTLED_MS + 2000);
    expect(net.delivered.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(
      sent.map(([from, to]) => `${from} ${to}`).sort(),
    );
    expect(net.unresolved).toEqual([]);
  });

  test("places lie at two hubs in each of two regions", () => {
    const net = settled({}, [2, 3]);
    const held = [...net.members.values()].reduce((sum, { directory }) => sum + directory.placesHeld, 0);
    expect(held).toBe(4 * net.members.size);
  });

  test("an answer is remembered: the second frame asks nobody", () => {
    const net = settled();
    const [a, b] = farApart(net.mesh);
    net.send(a, b);
    net.run(SETTLED_MS + 1000);
    const asked = net.lookupsSent;
    net.send(a, b);
    net.run(SETTLED_MS + 1500);
    expect(net.delivered).toHaveLength(2);
    expect(net.lookupsSent).toBe(asked);
  });

  test("when the first keepers are gone the second region answers", () => {
    const net = settled();
    const [a, b] = farApart(net.mesh);
    const [first] = topRegions(net.mesh.waysOf(a), b);
    const inFirst = net.mesh.hubs.find((hub) => net.mesh.locators.get(hub)?.at(-1) === first) as HubId;
    const cell = cellOf(net.mesh, inFirst, b);
    net.remove(
      keepers(net.mesh.waysOf(cell), b).filter((hub) => hub !== undefined && hub !== a && hub !== b) as HubId[],
    );
    net.send(a, b);
    net.run(SETTLED_MS + 4000);
    expect(net.delivered.map(({ to }) => to)).toEqual([b]);
  });

  test("when nobody keeps its place a hub is found by searching", () => {
    const net = new DirectoryNet(mesh(), { settings: { registerDelayMs: 1e9 } });
    net.run(SETTLED_MS);
    const [a, b] = farApart(net.mesh);
    net.send(a, b);
    net.run(SETTLED_MS + 6000);
    expect(net.delivered.map(({ to }) => to)).toEqual([b]);
  });

  test("a hub that does not exist is given up, and not asked for again at once", () => {
    const net = settled();
    const [a] = farApart(net.mesh);
    const nobody = hubIdOf(generator(99));
    net.send(a, nobody);
    while (net.unresolved.length === 0 && net.nowMs < SETTLED_MS + 10_000) net.run(net.nowMs + 100);
    expect(net.unresolved).toHaveLength(1);
    const asked = net.lookupsSent;
    net.send(a, nobody);
    expect(net.unresolved).toHaveLength(2);
    expect(net.lookupsSent).toBe(asked);
  });

  test("a place survives that its owner is silent for longer than one interval", () => {
    const { registerMs, lifetimeIntervals } = DIRECTORY_DEFAULTS;
    expect(lifetimeIntervals * registerMs).toBeGreaterThan(2 * 1.1 * registerMs);
  });

  test("the longest lifetime of a place can be said", () => {
    const { registerMsMax, lifetimeIntervals } = DIRECTORY_DEFAULTS;
    expect((lifetimeIntervals * registerMsMax) / 1000).toBeLessThanOrEqual(LOOKUP_LIFETIME_S_MAX);
  });
});

describe("three levels", () => {
  test("every frame arrives", () => {
    const net = settled({}, [3, 3, 3]);
    const sent = pairs(net.mesh.hubs, 100);
    for (const [from, to] of sent) net.send(from, to);
    net.run(SETTLED_MS + 2000);
    expect(net.delivered).toHaveLength(sent.length);
  });
});

describe("one cell", () => {
  test("says nothing at all, and a frame for nobody waits for a way before it is given up", () => {
    const net = new DirectoryNet(new StaticMesh(geometricGraph(20, 6, generator(2)), [], generator(1)));
    const [a, b] = net.mesh.hubs as [HubId, HubId];
    net.send(a, b);
    net.send(a, hubIdOf(generator(98)));
    net.run(600_000);
    expect(net.delivered).toHaveLength(1);
    expect(net.unresolved).toHaveLength(1);
    expect(net.lookupsSent).toBe(0);
    expect(net.members.get(a)?.directory.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("what others do to it", () => {
  test("a place that is not signed by its hub is refused where there is an authority", () => {
    const proof = (hub: HubId): Uint8Array => new Uint8Array(96).fill(Number.parseInt(hub.slice(0, 2), 16));
    const authority = (hub: HubId) => ({
      sign: () => proof(hub),
      verify: (of: HubId, given: Uint8Array) => given[0] === proof(of)[0],
    });
    const net = settled({ authority });
    const [a, b] = farApart(net.mesh);
    const liar = net.mesh.hubs.find((hub) => hub !== a && hub !== b) as HubId;
    const keeper = [...net.members.keys()].find((hub) => net.members.get(hub)?.directory.known(b, net.nowMs)) as HubId;
    const neighbour = graph.get(keeper)?.[0] as HubId;
    net.inject(neighbour, keeper, {
      op: "register",
      hub: b,
      hops: 0,
      rank: 0,
      place: { epoch: 9, version: 9, locator: net.mesh.locators.get(liar) ?? [], lifetimeS: 3600, proof: proof(liar) },
    });
    net.run(SETTLED_MS + 1000);
    net.send(a, b);
    net.run(SETTLED_MS + 3000);
    expect(net.count("mesh.directory.forged")).toBeGreaterThan(0);
    expect(net.delivered.map(({ to }) => to)).toEqual([b]);
  });

  test("a flood of registrations fills no table beyond its bound, and LOOKUPs beyond the rate are dropped", () => {
    const net = settled({ settings: { placesMax: 20, messagesPerSecond: 100 } });
    const random = generator(5);
    const victim = net.mesh.hubs[0] as HubId;
    const neighbour = graph.get(victim)?.[0] as HubId;
    for (let i = 0; i < 1000; i++)
      net.inject(neighbour, victim, {
        op: "register",
        hub: hubIdOf(random),
        hops: 0,
        rank: 0,
        place: { epoch: 1, version: 1, locator: [victim], lifetimeS: 3600 },
      });
    net.run(SETTLED_MS + 1000);
    for (const { directory } of net.members.values()) expect(directory.placesHeld).toBeLessThanOrEqual(20);
    expect(net.count("mesh.directory.flood")).toBeGreaterThan(800);
  });

  test("answers that nobody asked for, and messages without their parts, are counted drops", () => {
    const net = settled();
    const hub = net.mesh.hubs[0] as HubId;
    const other = graph.get(hub)?.[0] as HubId;
    const asker = { hub, locator: net.mesh.locators.get(hub) ?? [] };
    net.inject(other, hub, { op: "answer", hub: other, hops: 0, rank: 0, asker });
    for (const op of ["register", "ask", "search", "answer"] as const)
      net.inject(other, hub, { op, hub: other, hops: 0, rank: 0 });
    net.run(SETTLED_MS + 100);
    expect(net.count("mesh.directory.unasked")).toBe(1);
    expect(net.count("mesh.directory.incomplete")).toBe(4);
  });

  test("waiting frames are bounded, and the oldest of one hub goes first", () => {
    const net = settled();
    const [a] = farApart(net.mesh);
    const nobody = hubIdOf(generator(97));
    for (let i = 0; i < 40; i++) net.send(a, nobody);
    expect(net.members.get(a)?.directory.framesWaiting).toBe(DIRECTORY_DEFAULTS.framesPerHubMax);
    expect(net.unresolved[0]?.seq).toBe(1);
  });
});

test("registering costs little when nothing happens", () => {
  const net = new DirectoryNet(mesh());
  net.run(900_000);
  const before = net.lookupBytes;
  net.run(1_800_000);
  expect((net.lookupBytes - before) / 900 / net.members.size).toBeLessThan(6);
});

/** Two hubs of different regions, neither of which keeps the other's place. */
function farApart(of: StaticMesh): readonly [HubId, HubId] {
  const a = of.hubs[0] as HubId;
  const b = of.hubs.find(
    (hub) =>
      of.locators.get(hub)?.at(-1) !== of.locators.get(a)?.at(-1) &&
      !topRegions(of.waysOf(a), hub).includes(of.locators.get(a)?.at(-1)),
  );
  return [a, b as HubId];
}

/** A hub of the cell in `inside`'s region that keeps `key`. */
function cellOf(of: StaticMesh, inside: HubId, key: HubId): HubId {
  const region = of.region(inside, 2);
  return region.find((hub) => {
    const ways = of.waysOf(hub);
    const units = ways.regions(1);
    const best = [...units].sort((x, y) => rank(key, y) - rank(key, x))[0];
    return ways.locator[0] === best;
  }) as HubId;
}
