/** Meshes to look at, without a mesh: what `GET /api/mesh` answers, and the hubs of `GET /api/status` that go with it. */
import type { HubId } from "../../runtime/core/ids.js";
import type { MeshApi, MeshStatus } from "../../runtime/core/mesh-status.js";
import type { HubView } from "../../runtime/core/status.js";

const NOTHING = { framesSent: 0, bytesSent: 0, framesReceived: 0, bytesReceived: 0 };

/** The mesh of the first hub in the list, with direct links to those that have a round trip. */
export function meshOf(hubs: readonly HubView[], changes: Partial<MeshStatus> = {}): MeshStatus {
  const [self, ...others] = hubs as readonly [HubView, ...HubView[]];
  const there = others.filter(({ state }) => state !== "dead");
  const linked = there.filter(({ rttMs }) => rttMs !== undefined);
  const [first, second] = linked.map(({ hub }) => hub);
  return {
    hub: self.hub,
    home: { name: "Rosenhof", role: "owner" },
    locator: [],
    members: hubs.map(({ hub, state }) => ({
      hub,
      state: state === "self" ? "alive" : state,
      incarnation: 3,
      inCell: true,
    })),
    gateways: there.slice(0, 3).map(({ hub }) => hub),
    regions: [],
    links: linked.map(({ hub, rttMs = 0 }, at) => ({
      ...{ hub, rttMs, cost: 8 + at, ageMs: 245_000 + at * 60_000, dialled: at % 2 === 0 },
      ...{ purpose: at % 3 === 2 ? "random" : "near", distanceMs: rttMs },
    })),
    ways: there.map(({ hub, rttMs }, at) => ({
      ...{ destination: hub, level: 0, via: rttMs === undefined ? (first ?? hub) : hub, metric: 10 + 7 * at },
      ...(second === undefined || second === hub ? {} : { backup: second }),
    })),
    isolated: false,
    peersRemembered: others.length,
    placesHeld: 0,
    outbox: { parcels: 0, bytes: 0 },
    traffic: {
      total: { framesSent: 4_321, bytesSent: 98_765, framesReceived: 4_100, bytesReceived: 91_234 },
      perSecond:
        others.length > 0 ? { framesSent: 5.2, bytesSent: 187, framesReceived: 5, bytesReceived: 180 } : NOTHING,
    },
    names: Object.fromEntries(hubs.map(({ hub, name }) => [hub, name])),
    ...changes,
  };
}

export const hubIdOf = (number: number): HubId =>
  (((number * 2_654_435_761) >>> 0).toString(16).padStart(8, "0") + number.toString(16).padStart(24, "0")) as HubId;

const ROOMS = ["cellar", "kitchen", "attic", "garage", "porch", "study", "hall", "barn", "stairs", "shed"];

/** A cell of many hubs, each with a few links, of which this hub has eight. */
export function manyHubs(count: number): HubView[] {
  return Array.from({ length: count }, (_, at): HubView => {
    const near = [1, 2, 5, 9].flatMap((step) => [(at + step) % count, (at + count - step) % count]);
    const isLinked = near.includes(0) && at !== 0;
    return {
      hub: hubIdOf(at),
      name: `${ROOMS[at % ROOMS.length]}${at < ROOMS.length ? "" : ` ${Math.floor(at / ROOMS.length) + 1}`}`,
      state: at === 0 ? "self" : at === 7 ? "dead" : at === 4 ? "suspect" : "alive",
      ...(isLinked ? { rttMs: 0.8 + (at % 9) * 2.3 } : {}),
      neighbours: at === 7 ? [] : [...new Set(near)].filter((other) => other !== at && other !== 7).map(hubIdOf),
      ...{ sensorCount: at % 4, topics: [] },
    };
  });
}

/** That cell among others: eleven cells in sight, two regions above, and three links that lead out. */
export function manyCells(hubs: readonly HubView[]): { readonly hubs: readonly HubView[]; readonly mesh: MeshStatus } {
  const own = hubs[3]?.hub ?? hubIdOf(3);
  const others = Array.from({ length: 10 }, (_, at) => hubIdOf(5_000 + at));
  const abroad = others.slice(0, 3).map(
    (_, at): HubView => ({
      ...{ hub: hubIdOf(9_000 + at), name: `bridge ${at + 1}`, state: "alive", rttMs: 12 + 6 * at },
      ...{ neighbours: [hubIdOf(0)], sensorCount: 0, topics: [] },
    }),
  );
  const all = [...hubs, ...abroad];
  const mesh = meshOf(all);
  const region = hubIdOf(7_000);
  return {
    hubs: all,
    mesh: {
      ...mesh,
      locator: [own, own],
      members: mesh.members.map((member) => {
        const at = abroad.findIndex(({ hub }) => hub === member.hub);
        const cell = at < 0 ? own : others[at];
        return { ...member, inCell: at < 0, ...(cell === undefined ? {} : { cell }) };
      }),
      regions: [
        { level: 1, landmark: own, size: hubs.length, metric: 12, own: true },
        ...others.map((landmark, at) => ({ level: 1, landmark, size: 17 + at * 4, metric: 40 + at * 21, own: false })),
        { level: 2, landmark: own, size: 11, metric: 12, own: true },
        { level: 2, landmark: region, size: 9, metric: 380, own: false },
      ],
      ways: [
        ...mesh.ways.filter(({ destination }) => !abroad.some(({ hub }) => hub === destination)),
        ...others.map((landmark, at) => ({
          ...{ destination: landmark, level: 1, via: abroad[at % 3]?.hub ?? own, metric: 40 + at * 21 },
          ...(at % 2 === 0 ? { backup: hubIdOf(1) } : {}),
        })),
        { destination: region, level: 2, via: abroad[0]?.hub ?? own, metric: 380 },
      ],
      outbox: { parcels: 12, bytes: 48_211 },
      placesHeld: 37,
    },
  };
}

export class FakeMeshApi implements MeshApi {
  readonly pings: HubId[] = [];

  constructor(readonly read: () => MeshStatus) {}

  status(): MeshStatus {
    return this.read();
  }

  async ping(hub: HubId) {
    this.pings.push(hub);
    const direct = this.read().links.find((link) => link.hub === hub);
    return this.read().names[hub] === undefined ? undefined : { hops: direct ? 0 : 2, rttMs: direct?.rttMs ?? 4.5 };
  }
}
