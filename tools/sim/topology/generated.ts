/** Topologies that are drawn, not measured: grids, homes, random geometric graphs, open networks. */
import type { Random } from "../engine/random.js";
import { type Edge, type Place, Topology } from "./topology.js";

/** As the link of the published measurements on grids (meshnet-lab). Unit: ms. */
const GRID_LATENCY_MS = 1;
const GRID_SPACING_M = 100;
const LAN_LATENCY_MS = 0.5;
/** Radio links: some milliseconds of queueing and retries on the air, whatever the distance. */
const RADIO_LATENCY_MS = { min: 1, max: 5 } as const;
/** One way in an open network: the last mile, and light in glass over a detour. */
const OPEN_BASE_MS = 1;
const OPEN_MS_PER_KM = 0.01;

export function grid(width: number, height: number): Topology {
  const edges: Edge[] = [];
  const places: Place[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hub = y * width + x;
      places.push({ x: x * GRID_SPACING_M, y: y * GRID_SPACING_M });
      if (x + 1 < width) edges.push({ a: hub, b: hub + 1, latencyMs: GRID_LATENCY_MS, loss: 0 });
      if (y + 1 < height) edges.push({ a: hub, b: hub + width, latencyMs: GRID_LATENCY_MS, loss: 0 });
    }
  }
  return new Topology({ name: `grid:${width}x${height}`, hubs: width * height, edges, places });
}

/** A home: everybody hears everybody. */
export function home(hubs: number): Topology {
  return new Topology({ name: "home", hubs, edges: fullMesh(Array.from({ length: hubs }, (_, i) => i)) });
}

function fullMesh(hubs: readonly number[]): Edge[] {
  return hubs.flatMap((a, i) => hubs.slice(i + 1).map((b) => ({ a, b, latencyMs: LAN_LATENCY_MS, loss: 0 })));
}

/** Hubs at random places, linked to those within a radius that gives `degree` neighbours on average; components are joined at
 *  a short distance, so that the graph is connected. Unit of places: radii. */
export function geometric(hubs: number, degree: number, random: Random): Topology {
  const side = Math.sqrt((hubs * Math.PI) / degree);
  const places = Array.from({ length: hubs }, () => ({ x: random.uniform() * side, y: random.uniform() * side }));
  const squares = new Squares(places, side);
  const edges: Edge[] = [];
  for (let a = 0; a < hubs; a++) {
    for (const b of squares.around(a, 1)) {
      if (b > a && distance(places, a, b) <= 1) edges.push(radio(a, b, random));
    }
  }
  join(hubs, edges, places, squares, random);
  return new Topology({ name: `geometric:${degree}`, hubs, edges, places });
}

/** Anyone can dial anyone; latency grows with distance. Each hub is told of three that came before it. */
export function openNetwork(hubs: number, random: Random): Topology {
  const places = Array.from({ length: hubs }, () => ({ x: random.uniform() * 1e6, y: random.uniform() * 1e6 }));
  const openLatencyMs = (a: number, b: number): number =>
    OPEN_BASE_MS + (distance(places, a, b) / 1000) * OPEN_MS_PER_KM;
  const edges: Edge[] = [];
  for (let hub = 1; hub < hubs; hub++) {
    for (const other of random.sample(Math.min(3, hub), hub)) {
      edges.push({ a: hub, b: other, latencyMs: openLatencyMs(hub, other), loss: 0 });
    }
  }
  return new Topology({ name: "open", hubs, edges, places, openLatencyMs });
}

/** Homes of 3–8 hubs on a LAN each, radio links to the homes around, and a backbone between some of them. */
export function city(hubs: number, random: Random): Topology {
  const homes: number[][] = [];
  for (let next = 0; next < hubs; ) {
    const size = Math.min(3 + random.whole(6), hubs - next);
    homes.push(Array.from({ length: size }, (_, i) => next + i));
    next += size;
  }
  const streets = geometric(homes.length, 5, random);
  const pick = (home: number): number => (homes[home] as number[])[random.whole((homes[home] as number[]).length)] ?? 0;
  const edges = homes.flatMap(fullMesh);
  const places: Place[] = homes.flatMap((members, home) => members.map(() => (streets.places ?? [])[home] as Place));
  for (let home = 0; home < homes.length; home++) {
    for (const other of streets.neighboursOf(home)) {
      if (other > home) edges.push(radio(pick(home), pick(other), random));
    }
  }
  // One home in 50 has a line to another anywhere in the city.
  for (let line = 0; line < homes.length / 50; line++) {
    edges.push({ a: pick(random.whole(homes.length)), b: pick(random.whole(homes.length)), latencyMs: 8, loss: 0 });
  }
  return new Topology({ name: "city", hubs, edges, places });
}

export function distance(places: readonly Place[], a: number, b: number): number {
  const from = places[a] as Place;
  const to = places[b] as Place;
  return Math.hypot(from.x - to.x, from.y - to.y);
}

function radio(a: number, b: number, random: Random): Edge {
  return { a, b, latencyMs: random.between(RADIO_LATENCY_MS.min, RADIO_LATENCY_MS.max), loss: 0 };
}

/** Hubs by unit square, to find those near a hub. */
class Squares {
  readonly #bySquare = new Map<number, number[]>();
  readonly #columns: number;

  constructor(
    readonly places: readonly Place[],
    side: number,
  ) {
    this.#columns = Math.ceil(side) + 1;
    for (const [hub, { x, y }] of places.entries()) {
      const square = Math.floor(y) * this.#columns + Math.floor(x);
      const there = this.#bySquare.get(square);
      if (there === undefined) this.#bySquare.set(square, [hub]);
      else there.push(hub);
    }
  }

  /** All within `reach` squares in each direction, itself left out. */
  around(hub: number, reach: number): number[] {
    const { x, y } = this.places[hub] as Place;
    const found: number[] = [];
    for (let row = Math.floor(y) - reach; row <= Math.floor(y) + reach; row++) {
      for (let column = Math.floor(x) - reach; column <= Math.floor(x) + reach; column++) {
        if (row < 0 || column < 0 || column >= this.#columns) continue;
        for (const other of this.#bySquare.get(row * this.#columns + column) ?? [])
          if (other !== hub) found.push(other);
      }
    }
    return found;
  }
}

/** Joins each smaller component to the nearest hub of another one. */
function join(hubs: number, edges: Edge[], places: readonly Place[], squares: Squares, random: Random): void {
  for (;;) {
    const component = new Topology({ name: "", hubs, edges }).components(() => true);
    const members = new Map<number, number[]>();
    for (const [hub, of] of component.entries()) {
      const those = members.get(of);
      if (those === undefined) members.set(of, [hub]);
      else those.push(hub);
    }
    if (members.size <= 1) return;
    const largest = [...members.values()].reduce((a, b) => (b.length > a.length ? b : a));
    for (const those of members.values()) {
      if (those === largest) continue;
      edges.push(radio(...nearestOutside(those, component, places, squares), random));
    }
  }
}

function nearestOutside(
  members: readonly number[],
  component: Int32Array,
  places: readonly Place[],
  squares: Squares,
): [number, number] {
  for (let reach = 1; ; reach *= 2) {
    let best: [number, number] | undefined;
    for (const hub of members) {
      for (const other of squares.around(hub, reach)) {
        if (component[other] === component[hub]) continue;
        if (best === undefined || distance(places, hub, other) < distance(places, ...best)) best = [hub, other];
      }
    }
    if (best !== undefined) return best;
  }
}
