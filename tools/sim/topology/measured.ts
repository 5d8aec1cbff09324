/**
 * Real city-wide meshes: the Freifunk topologies in ../shared/data/topologies (github mwarning/meshnet-lab, MIT). Each link
 * tells its transmit quality from both ends, 0 … 1: the share of batman-adv's originator packets that came through.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Random } from "../engine/random.js";
import { type Edge, type Place, Topology } from "./topology.js";

export const MEASURED: Readonly<Record<string, string>> = {
  munich: "freifunk-munich.json",
  stuttgart: "freifunk-stuttgart.json",
  ulm: "freifunk-ulm.json",
  leipzig: "freifunk-leipzig.json",
  grid49: "grid4-0049.json",
  grid100: "grid4-0100.json",
  mesh17: "17_node_mesh_network.json",
};

export const DATA_FOLDER = join(dirname(fileURLToPath(import.meta.url)), "../../../../shared/data/topologies");

/** One way, when the first try comes through. Unit: ms. */
const LATENCY_MS = 1;
/** A Wi-Fi sender tries a packet seven times, then it is lost (the usual retry limit). */
const RADIO_TRIES = 7;
/** Worse links carry no TCP. */
const LOSS_MAX = 0.2;
const QUALITY_MIN = 0.1;
const M_PER_DEGREE = 111_320;

interface RawLink {
  readonly source: string | number;
  readonly target: string | number;
  readonly source_tq?: number;
  readonly target_tq?: number;
}
interface RawNode {
  readonly id: string | number;
  readonly x?: number;
  readonly y?: number;
}

/** @returns undefined when the data is not on this machine. */
export function measured(name: string, random: Random): Topology | undefined {
  const file = MEASURED[name];
  if (file === undefined) throw new RangeError(`no topology "${name}"`);
  let text: string;
  try {
    text = readFileSync(join(DATA_FOLDER, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const raw = JSON.parse(text) as { readonly nodes?: readonly RawNode[]; readonly links: readonly RawLink[] };
  const index = new Map<string, number>();
  // Nodes call themselves 52, links to the city's exit call them "52".
  const numberOf = (id: string | number): number => {
    const known = index.get(String(id)) ?? index.size;
    index.set(String(id), known);
    return known;
  };
  const edges = raw.links.map((link): Edge => {
    const quality = qualityOf(link);
    return {
      a: numberOf(link.source),
      b: numberOf(link.target),
      latencyMs: LATENCY_MS / quality,
      loss: lossOf(quality),
    };
  });
  // Nodes without a link are no part of the mesh.
  const nodes: RawNode[] = [];
  for (const node of raw.nodes ?? []) {
    const hub = index.get(String(node.id));
    if (hub !== undefined) nodes[hub] = node;
  }
  return new Topology({ name, hubs: index.size, edges, places: placesOf(nodes, index.size, edges, random) });
}

/** A zero stands for a direction that was not measured; both directions are needed, so the worse one counts. */
function qualityOf({ source_tq: a = 1, target_tq: b = 1 }: RawLink): number {
  const known = [a, b].filter((quality) => quality > 0);
  return Math.max(QUALITY_MIN, Math.min(1, ...known));
}

function lossOf(quality: number): number {
  return Math.min(LOSS_MAX, (1 - quality) ** RADIO_TRIES);
}

/** Hubs that keep their place to themselves are put between their neighbours. */
function placesOf(
  nodes: readonly (RawNode | undefined)[],
  hubs: number,
  edges: readonly Edge[],
  random: Random,
): Place[] | undefined {
  const known = nodes.flatMap((node) =>
    node?.x === undefined || node.y === undefined ? [] : [{ x: node.x, y: node.y }],
  );
  if (known.length === 0) return undefined;
  const middle = { x: median(known.map(({ x }) => x)), y: median(known.map(({ y }) => y)) };
  const perDegreeOfLongitude = M_PER_DEGREE * Math.cos((middle.x * Math.PI) / 180);
  const places: (Place | undefined)[] = Array.from({ length: hubs }, (_, hub) => {
    const { x, y } = nodes[hub] ?? {};
    if (x === undefined || y === undefined) return undefined;
    return { x: (y - middle.y) * perDegreeOfLongitude, y: (x - middle.x) * M_PER_DEGREE };
  });
  const neighbours = Array.from({ length: hubs }, (): number[] => []);
  for (const { a, b } of edges) {
    neighbours[a]?.push(b);
    neighbours[b]?.push(a);
  }
  for (let round = 0; round < 20; round++) {
    for (let hub = 0; hub < hubs; hub++) {
      const around = (neighbours[hub] ?? []).flatMap((other) => places[other] ?? []);
      if (nodes[hub]?.x !== undefined || around.length === 0) continue;
      places[hub] = { x: mean(around.map(({ x }) => x)), y: mean(around.map(({ y }) => y)) };
    }
  }
  return places.map((place) => place ?? { x: random.between(-5000, 5000), y: random.between(-5000, 5000) });
}

export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
