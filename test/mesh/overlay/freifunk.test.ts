import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type NetHub, OverlayNet } from "./overlay-net.js";

interface Topology {
  readonly nodes: readonly { readonly id: number }[];
  readonly links: readonly { readonly source: number; readonly target: number }[];
}

/** Not in every checkout. */
const FILE = new URL("../../../../shared/data/topologies/freifunk-ulm.json", import.meta.url);

function ulm(): { readonly net: OverlayNet; readonly reach: ReadonlyMap<number, ReadonlySet<number>> } {
  const { nodes, links } = JSON.parse(readFileSync(FILE, "utf8")) as Topology;
  const index = new Map(nodes.map(({ id }, i) => [id, i]));
  const reach = new Map<number, Set<number>>(nodes.map((_, i) => [i, new Set()]));
  for (const { source, target } of links) {
    const [a, b] = [index.get(source)!, index.get(target)!];
    if (a !== b) [reach.get(a)?.add(b), reach.get(b)?.add(a)];
  }
  const canDial = (a: NetHub, b: NetHub): boolean => reach.get(a.index)?.has(b.index) ?? false;
  const net = new OverlayNet({ seed: 1, canDial, settings: { peersMax: 64 } });
  for (const _ of nodes) net.add(net.random.fraction() * 20, net.random.fraction() * 20);
  for (const [a, others] of reach) for (const b of others) net.found(net.hubs[a]!, net.hubs[b]!);
  return { net, reach };
}

/** Sizes of what radio holds together. */
function parts(reach: ReadonlyMap<number, ReadonlySet<number>>, alive: (index: number) => boolean): number[] {
  const seen = new Set<number>();
  const sizes: number[] = [];
  for (const start of reach.keys()) {
    if (seen.has(start) || !alive(start)) continue;
    const queue = [start];
    seen.add(start);
    for (const hub of queue) {
      for (const other of reach.get(hub)!) {
        if (seen.has(other) || !alive(other)) continue;
        seen.add(other);
        queue.push(other);
      }
    }
    sizes.push(queue.length);
  }
  return sizes.sort((a, b) => b - a);
}

test.runIf(existsSync(FILE))(
  "over the radios of Ulm, whoever can reach each other are one mesh: at first, later, and after losing a third",
  () => {
    const { net, reach } = ulm();
    net.run(2000);
    expect(net.components()).toEqual(parts(reach, () => true));
    net.run(600_000);
    expect(net.components()).toEqual(parts(reach, () => true));
    for (const hub of net.hubs) if (net.random.fraction() < 0.3) net.crash(hub);
    net.run(604_000);
    expect(net.components()).toEqual(parts(reach, (index) => net.hubs[index]!.alive));
  },
);
