/** Ways that somebody who sees everything would find: nested landmark regions over a graph, and shortest paths inside them. */
import type { HubId } from "../../runtime/core/ids.js";
import type { Locator } from "../../runtime/core/mesh.js";
import type { Ways } from "../../runtime/mesh/forwarding/ways.js";

/** A small generator with a state of 32 bits (mulberry32): enough to draw a graph. */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

export function hubIdOf(random: () => number): HubId {
  let id = "";
  for (let i = 0; i < 4; i++)
    id += Math.floor(random() * 0x1_0000_0000)
      .toString(16)
      .padStart(8, "0");
  return id as HubId;
}

export type Graph = ReadonlyMap<HubId, readonly HubId[]>;

/** Points in a square, each linked with its nearest ones; made connected by one link between the nearest points of two parts. */
export function geometricGraph(hubs: number, degree: number, random: () => number): Graph {
  const points = Array.from({ length: hubs }, () => ({ id: hubIdOf(random), x: random(), y: random() }));
  const links = new Map(points.map(({ id }) => [id, new Set<HubId>()]));
  const link = (a: HubId, b: HubId): void => {
    links.get(a)?.add(b);
    links.get(b)?.add(a);
  };
  const distance = (a: (typeof points)[0], b: (typeof points)[0]): number => Math.hypot(a.x - b.x, a.y - b.y);
  for (const a of points) {
    const near = [...points].sort((b, c) => distance(a, b) - distance(a, c));
    for (const b of near.slice(1, 1 + Math.ceil(degree / 2))) link(a.id, b.id);
  }
  const first = points[0];
  while (first) {
    const reached = distances(links, [first.id]);
    const inside = points.filter(({ id }) => reached.has(id));
    const outside = points.filter(({ id }) => !reached.has(id));
    if (outside.length === 0) break;
    let best: readonly [HubId, HubId, number] = [first.id, first.id, Number.POSITIVE_INFINITY];
    for (const a of inside) for (const b of outside) if (distance(a, b) < best[2]) best = [a.id, b.id, distance(a, b)];
    link(best[0], best[1]);
  }
  return new Map([...links].map(([id, others]) => [id, [...others].sort()]));
}

type Links = ReadonlyMap<HubId, Iterable<HubId>>;

/** Hops from the nearest source, inside `scope`. */
function distances(links: Links, sources: readonly HubId[], scope?: ReadonlySet<HubId>): Map<HubId, number> {
  const reached = new Map(sources.map((id) => [id, 0]));
  const queue = [...sources];
  for (let at = 0; at < queue.length; at++) {
    const id = queue[at] as HubId;
    for (const next of links.get(id) ?? [])
      if (!reached.has(next) && (scope === undefined || scope.has(next))) {
        reached.set(next, (reached.get(id) ?? 0) + 1);
        queue.push(next);
      }
  }
  return reached;
}

/** For each hub of the scope the landmark it is nearest to, over paths of hubs that chose the same. */
function voronoi(graph: Graph, landmarks: readonly HubId[], scope: ReadonlySet<HubId>): Map<HubId, HubId> {
  const owner = new Map(landmarks.map((id) => [id, id]));
  const queue = [...landmarks];
  for (let at = 0; at < queue.length; at++) {
    const id = queue[at] as HubId;
    for (const next of graph.get(id) ?? [])
      if (scope.has(next) && !owner.has(next)) {
        owner.set(next, owner.get(id) as HubId);
        queue.push(next);
      }
  }
  return owner;
}

export class StaticMesh {
  readonly locators = new Map<HubId, Locator>();
  readonly #members = new Map<string, HubId[]>();
  readonly #regions = new Map<string, HubId[]>();
  readonly #fields = new Map<string, Map<HubId, number>>();
  readonly penalties: { readonly self: HubId; readonly via: HubId; readonly untilMs: number }[] = [];
  /** Hubs that no way leads over, as if every link to them were gone. */
  readonly gone = new Set<HubId>();

  /** @param fanOuts children of a region, from the top down: [4, 8] makes 4 regions of about 8 cells. */
  constructor(
    readonly graph: Graph,
    readonly fanOuts: readonly number[],
    random: () => number,
  ) {
    const everyone = [...graph.keys()].sort();
    const chains = new Map<HubId, HubId[]>(everyone.map((id) => [id, []]));
    const divide = (hubs: readonly HubId[], landmark: HubId | undefined, depth: number): void => {
      const fanOut = fanOuts[depth];
      if (fanOut === undefined) return;
      const pool = [...hubs];
      const landmarks = landmark === undefined ? [] : [landmark];
      while (landmarks.length < Math.min(fanOut, hubs.length)) {
        const pick = pool.splice(Math.floor(random() * pool.length), 1)[0] as HubId;
        if (!landmarks.includes(pick)) landmarks.push(pick);
      }
      const owner = voronoi(graph, landmarks, new Set(hubs));
      for (const own of landmarks) {
        const inside = hubs.filter((hub) => owner.get(hub) === own);
        for (const hub of inside) chains.get(hub)?.unshift(own);
        divide(inside, own, depth + 1);
      }
    };
    divide(everyone, undefined, 0);
    for (const [hub, chain] of chains) this.locators.set(hub, chain);
    for (const hub of everyone)
      for (let level = 1; level <= this.topLevel + 1; level++) {
        const key = this.#regionKey(hub, level);
        const members = this.#members.get(key);
        if (members === undefined) this.#members.set(key, [hub]);
        else members.push(hub);
      }
  }

  get topLevel(): number {
    return this.fanOuts.length;
  }

  get hubs(): readonly HubId[] {
    return [...this.locators.keys()];
  }

  /** The hubs of one's region of that level; beyond the top: all. */
  region(hub: HubId, level: number): readonly HubId[] {
    return this.#members.get(this.#regionKey(hub, level)) ?? [];
  }

  waysOf(self: HubId): Ways {
    const locator = this.locators.get(self) ?? [];
    const toHub = (to: HubId, not?: HubId): HubId | undefined =>
      this.region(self, 1).includes(to) ? this.#next(self, to, 0, not) : undefined;
    const hop = (to: HubId, where: Locator | undefined, not?: HubId): HubId | undefined => {
      const chain = where ?? locator;
      for (let level = this.topLevel; level >= 1; level--) {
        const unit = chain[level - 1];
        if (unit !== undefined && unit !== locator[level - 1])
          return this.#regionsOf(self, level).includes(unit) ? this.#next(self, unit, level, not) : undefined;
      }
      return toHub(to, not);
    };
    const cell = this.region(self, 1);
    return {
      locator,
      topLevel: this.topLevel,
      cell: () => cell,
      regions: (level) => this.#regionsOf(self, level),
      nextHop: (to, where) => hop(to, where),
      nextHopTo: (level, unit) => this.#next(self, unit, level),
      alternative: (to, where, not) => hop(to, where, not),
      penalise: (via, untilMs) => void this.penalties.push({ self, via, untilMs }),
    };
  }

  #regionsOf(hub: HubId, level: number): HubId[] {
    const key = this.#regionKey(hub, level + 1);
    const known = this.#regions.get(key);
    if (known !== undefined) return known;
    const landmarks = new Set(this.region(hub, level + 1).map((other) => this.locators.get(other)?.[level - 1]));
    const sorted = [...landmarks].filter((id) => id !== undefined).sort();
    this.#regions.set(key, sorted);
    return sorted;
  }

  #regionKey(hub: HubId, level: number): string {
    return level > this.topLevel ? "all" : `${level}:${this.locators.get(hub)?.[level - 1]}`;
  }

  /** A neighbour that is nearer to the destination, inside the region where it is announced. */
  #next(self: HubId, to: HubId, level: number, not?: HubId): HubId | undefined {
    const scope = this.region(self, level + 1);
    const key = `${level}:${to}:${this.gone.size}`;
    let field = this.#fields.get(key);
    if (field === undefined) {
      field = distances(this.graph, [to], new Set(scope.filter((hub) => !this.gone.has(hub))));
      this.#fields.set(key, field);
    }
    const own = field.get(self);
    if (own === undefined || to === self) return undefined;
    const nearer = (this.graph.get(self) ?? []).filter(
      (hub) => hub !== not && (field.get(hub) ?? Number.POSITIVE_INFINITY) < own,
    );
    return nearer[0];
  }
}
