/** Graphs to try the mesh on: grids, random geometric ones, trees, and real meshes where their files are present. */
import { existsSync, readFileSync } from "node:fs";

export interface Edge {
  readonly a: number;
  readonly b: number;
  readonly latencyMs: number;
  readonly cost: number;
}

export interface Topology {
  readonly nodes: number;
  readonly edges: readonly Edge[];
  /** Where each node is, when that is known. */
  readonly positions?: readonly (readonly [number, number])[];
}

/** mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 1 – 5 ms, and a cost that goes with it. */
function edge(a: number, b: number, next: () => number): Edge {
  const latencyMs = 1 + next() * 4;
  return { a, b, latencyMs, cost: Math.max(1, Math.round(latencyMs * 10)) };
}

export function grid(width: number, height: number, seed = 1): Topology {
  const next = random(seed);
  const edges: Edge[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (x + 1 < width) edges.push(edge(at, at + 1, next));
      if (y + 1 < height) edges.push(edge(at, at + width, next));
    }
  }
  const positions = Array.from({ length: width * height }, (_, at) => [at % width, Math.floor(at / width)] as const);
  return { nodes: width * height, edges, positions };
}

/** Hubs on a unit square, linked when near; `degree` neighbours on average. */
export function geometric(nodes: number, degree: number, seed = 1): Topology {
  const next = random(seed);
  const positions = Array.from({ length: nodes }, () => [next(), next()] as const);
  const radius = Math.sqrt(degree / (Math.PI * nodes));
  const cells = new Map<string, number[]>();
  const edges: Edge[] = [];
  positions.forEach(([x, y], at) => {
    const [cx, cy] = [Math.floor(x / radius), Math.floor(y / radius)];
    for (let dx = -1; dx <= 1; dx++) {
      for (let dy = -1; dy <= 1; dy++) {
        for (const other of cells.get(`${cx + dx},${cy + dy}`) ?? []) {
          const [ox, oy] = positions[other]!;
          if (Math.hypot(ox - x, oy - y) <= radius) edges.push(edge(other, at, next));
        }
      }
    }
    const key = `${cx},${cy}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key)!.push(at);
  });
  return { nodes, edges, positions };
}

/** Each node has near neighbours on a ring and `far` links to anywhere: as the overlay makes them. */
export function smallWorld(nodes: number, near: number, far: number, seed = 1): Topology {
  const next = random(seed);
  const edges: Edge[] = [];
  const seen = new Set<number>();
  const add = (a: number, b: number): void => {
    const key = Math.min(a, b) * nodes + Math.max(a, b);
    if (a === b || seen.has(key)) return;
    seen.add(key);
    edges.push(edge(a, b, next));
  };
  for (let at = 0; at < nodes; at++) {
    for (let k = 1; k <= near / 2; k++) add(at, (at + k) % nodes);
    for (let k = 0; k < far / 2; k++) add(at, Math.floor(next() * nodes));
  }
  return { nodes, edges };
}

export function star(leaves: number): Topology {
  const next = random(1);
  return { nodes: leaves + 1, edges: Array.from({ length: leaves }, (_, leaf) => edge(0, leaf + 1, next)) };
}

interface RecordedLink {
  readonly source: number | string;
  readonly target: number | string;
  readonly source_tq?: number;
  readonly target_tq?: number;
}

/** A mesh that was recorded: link quality 0 … 1 becomes latency and cost (1 ms and 10 for a perfect link).
 *  @returns undefined when the file is not here. */
export function recorded(name: string): Topology | undefined {
  const file = new URL(`../../../shared/data/topologies/${name}.json`, import.meta.url);
  if (!existsSync(file)) return undefined;
  const { links, nodes = [] } = JSON.parse(readFileSync(file, "utf8")) as {
    links: RecordedLink[];
    nodes?: { id: number | string; x?: number; y?: number }[];
  };
  const indices = new Map<string, number>();
  const indexOf = (id: number | string): number => {
    const key = String(id);
    if (!indices.has(key)) indices.set(key, indices.size);
    return indices.get(key)!;
  };
  const edges = new Map<string, Edge>();
  for (const { source, target, source_tq = 1, target_tq = 1 } of links) {
    const [a, b] = [indexOf(source), indexOf(target)];
    const quality = Math.max(0.2, (source_tq + target_tq) / 2);
    const key = `${Math.min(a, b)}-${Math.max(a, b)}`;
    if (a !== b && !edges.has(key)) edges.set(key, { a, b, latencyMs: 1 / quality, cost: Math.round(10 / quality) });
  }
  const positions: [number, number][] = Array.from({ length: indices.size }, () => [Number.NaN, Number.NaN]);
  for (const { id, x, y } of nodes) {
    const index = indices.get(String(id));
    if (index !== undefined && x !== undefined && y !== undefined) positions[index] = [x, y];
  }
  return { nodes: indices.size, edges: [...edges.values()], positions };
}

/** The `part` of the nodes that is nearest to a corner node: a disc around it. By hops where there are no positions. */
export function disc({ nodes, edges, positions }: Topology, centre: number, part: number): number[] {
  const distance = new Float64Array(nodes).fill(Number.POSITIVE_INFINITY);
  const at = positions?.[centre];
  if (at !== undefined && !Number.isNaN(at[0]) && positions !== undefined) {
    positions.forEach(([x, y], i) => {
      if (!Number.isNaN(x)) distance[i] = Math.hypot(x - at[0], y - at[1]);
    });
  } else {
    const next: number[][] = Array.from({ length: nodes }, () => []);
    for (const { a, b } of edges) {
      next[a]!.push(b);
      next[b]!.push(a);
    }
    distance[centre] = 0;
    const queue = [centre];
    for (const from of queue) {
      for (const to of next[from]!) {
        if (distance[to] !== Number.POSITIVE_INFINITY) continue;
        distance[to] = distance[from]! + 1;
        queue.push(to);
      }
    }
  }
  const order = Array.from({ length: nodes }, (_, i) => i).sort((x, y) => distance[x]! - distance[y]! || x - y);
  return order.slice(0, Math.round(nodes * part));
}
