/** The middle of a city that is too large for a run of minutes: a part of a real topology is a real one. Pure. */
import { median } from "./measured.js";
import { type Edge, type Place, Topology } from "./topology.js";

/** One after the other, the hub nearest to the middle that is linked with those taken: connected, and without holes that a disc would have.
 *  @param hubs more than there are, or than are linked with the middle: all of those.
 *  @throws RangeError when hubs have no places. */
export function regionOf(topology: Topology, hubs: number): Topology {
  const { places } = topology;
  if (places === undefined) throw new RangeError(`the hubs of "${topology.name}" have no places`);
  const middle = { x: median(places.map(({ x }) => x)), y: median(places.map(({ y }) => y)) };
  const fromMiddle = Float64Array.from(places, ({ x, y }) => Math.hypot(x - middle.x, y - middle.y));
  const nearest = (a: number, b: number): number => ((fromMiddle[a] as number) <= (fromMiddle[b] as number) ? a : b);
  const numbers = new Map<number, number>();
  const linked = new Set([[...places.keys()].reduce(nearest)]);
  while (numbers.size < hubs && linked.size > 0) {
    const next = [...linked].reduce(nearest);
    linked.delete(next);
    numbers.set(next, numbers.size);
    for (const other of topology.neighboursOf(next)) if (!numbers.has(other)) linked.add(other);
  }
  return new Topology({
    name: `${topology.name}:${numbers.size}`,
    hubs: numbers.size,
    edges: edgesAmong(topology, numbers),
    places: [...numbers.keys()].map((hub) => places[hub] as Place),
  });
}

function edgesAmong(topology: Topology, numbers: ReadonlyMap<number, number>): Edge[] {
  const edges: Edge[] = [];
  for (const [hub, a] of numbers) {
    for (const other of topology.neighboursOf(hub)) {
      const b = numbers.get(other);
      if (b === undefined || b < a) continue;
      edges.push({ a, b, latencyMs: topology.latencyMs(hub, other) as number, loss: topology.loss(hub, other) });
    }
  }
  return edges;
}
