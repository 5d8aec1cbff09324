/** Which hubs a blow takes: a share of them, by geography, by a subtree of the network, or at random. */
import type { Random } from "./engine/random.js";
import { distance } from "./topology/generated.js";
import type { Topology } from "./topology/topology.js";

export const CUT_SHAPES = ["disc", "half-plane", "subtree", "random"] as const;
export type CutShape = (typeof CUT_SHAPES)[number];

/** @param share of the hubs, 0 … 1.
 *  @returns their numbers, sorted. Without places, geography is what lies around a hub in the graph. */
export function cut(topology: Topology, shape: CutShape, share: number, random: Random): number[] {
  const count = Math.round(topology.hubs * share);
  const chosen = BY_SHAPE[shape](topology, count, random).slice(0, count);
  return chosen.sort((a, b) => a - b);
}

const BY_SHAPE: Readonly<Record<CutShape, (topology: Topology, count: number, random: Random) => number[]>> = {
  disc: (topology, count, random) => {
    const centre = random.whole(topology.hubs);
    const { places } = topology;
    if (places === undefined) return breadthFirst(topology, centre).slice(0, count);
    return sortedBy(topology.hubs, (hub) => distance(places, centre, hub));
  },
  "half-plane": (topology, count, random) => {
    const { places } = topology;
    if (places === undefined) return breadthFirst(topology, random.whole(topology.hubs)).slice(0, count);
    const angle = random.uniform() * 2 * Math.PI;
    return sortedBy(topology.hubs, (hub) => {
      const { x, y } = places[hub] ?? { x: 0, y: 0 };
      return x * Math.cos(angle) + y * Math.sin(angle);
    });
  },
  subtree,
  random: (topology, count, random) => random.sample(count, topology.hubs),
};

/** Whole branches of a breadth-first tree, the largest that fit first: what goes dark when lines near the root go. */
function subtree(topology: Topology, count: number, random: Random): number[] {
  const root = hubOfHighestDegree(topology);
  const order = breadthFirst(topology, root);
  const parent = new Int32Array(topology.hubs).fill(-1);
  const size = new Int32Array(topology.hubs).fill(1);
  const seen = new Uint8Array(topology.hubs);
  seen[root] = 1;
  for (const hub of order) {
    for (const next of topology.neighboursOf(hub)) {
      if (seen[next] === 1) continue;
      seen[next] = 1;
      parent[next] = hub;
    }
  }
  for (const hub of [...order].reverse()) {
    const up = parent[hub] as number;
    if (up >= 0) size[up] = (size[up] as number) + (size[hub] as number);
  }
  const taken = new Uint8Array(topology.hubs);
  const chosen: number[] = [];
  const bySize = random.shuffle([...order]).sort((a, b) => (size[b] as number) - (size[a] as number));
  for (const top of bySize) {
    if (top === root || taken[top] === 1 || (size[top] as number) > count - chosen.length) continue;
    for (const hub of size[top] === 1 ? [top] : below(top, order, parent)) {
      if (taken[hub] === 0) chosen.push(hub);
      taken[hub] = 1;
    }
    if (chosen.length >= count) break;
  }
  return chosen;
}

function below(top: number, order: readonly number[], parent: Int32Array): number[] {
  const inside = new Set([top]);
  for (const hub of order) if (inside.has(parent[hub] as number)) inside.add(hub);
  return [...inside];
}

/** The root's component first, then the others. */
function breadthFirst(topology: Topology, root: number): number[] {
  const seen = new Uint8Array(topology.hubs);
  const order: number[] = [];
  const visit = (hub: number): void => {
    if (seen[hub] === 1) return;
    seen[hub] = 1;
    order.push(hub);
  };
  visit(root);
  for (let head = 0, next = 0; order.length < topology.hubs || head < order.length; ) {
    if (head === order.length) visit(next++);
    else for (const other of topology.neighboursOf(order[head++] as number)) visit(other);
  }
  return order;
}

function hubOfHighestDegree(topology: Topology): number {
  let best = 0;
  for (let hub = 1; hub < topology.hubs; hub++) if (topology.degreeOf(hub) > topology.degreeOf(best)) best = hub;
  return best;
}

function sortedBy(hubs: number, key: (hub: number) => number): number[] {
  const keys = Float64Array.from({ length: hubs }, (_, hub) => key(hub));
  return Array.from({ length: hubs }, (_, hub) => hub).sort(
    (a, b) => (keys[a] as number) - (keys[b] as number) || a - b,
  );
}
