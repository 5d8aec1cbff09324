/** What a node knows, as people and the rest of the hub see it. Pure. */
import type { HubId } from "../../core/ids.js";
import type { AdvertBody } from "../../core/messages.js";
import type { HubView } from "../../core/status.js";
import type { MeshNode } from "./node.js";

/** Hubs that can be asked something now: this hub's cell and its neighbours, but for those that are dead. */
export function reachableHubs(node: MeshNode): HubId[] {
  const { routes, liveness } = node.parts;
  const hubs = new Set<HubId>(routes.cell());
  for (const { hub } of node.links.neighbours()) hubs.add(hub);
  hubs.delete(node.self.hub);
  return [...hubs].filter((hub) => isThere(liveness.state(hub))).sort();
}

export function advertsOf(node: MeshNode): AdvertBody[] {
  const there = new Set(reachableHubs(node));
  const adverts: AdvertBody[] = [];
  for (const { hub, advert } of node.names.values()) if (advert !== undefined && there.has(hub)) adverts.push(advert);
  return adverts;
}

/** Direct neighbours with their round trips, as LOAD carries them. */
export function neighbourLoads(node: MeshNode): { hub: HubId; rttMs: number }[] {
  return node.links.neighbours().map(({ hub, rttMs }) => ({ hub, rttMs: rounded(rttMs) ?? 0 }));
}

/** Everybody this hub knows by name or as a member of its cell; by name, then id. */
export function hubViews(node: MeshNode): HubView[] {
  const { liveness } = node.parts;
  const hubs = new Set<HubId>(liveness.members().map(({ hub }) => hub));
  for (const { hub } of node.names.values()) hubs.add(hub);
  hubs.delete(node.self.hub);
  const views = [...hubs].map((hub) => viewOf(node, hub));
  return views.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.hub < b.hub ? -1 : 1));
}

function viewOf(node: MeshNode, hub: HubId): HubView {
  const { liveness, overlay } = node.parts;
  const record = node.names.get(hub);
  const neighbour = node.links.of(hub)?.neighbour;
  const state = liveness.state(hub);
  const isDead = !isThere(state);
  const rttMs = neighbour === undefined ? undefined : rounded(neighbour.rttMs);
  const own = neighbour === undefined ? [] : [...overlay.viewOf(hub), node.self.hub];
  const told = record?.load?.neighbours.map((other) => other.hub) ?? record?.advert?.neighbours ?? [];
  return {
    hub,
    name: record?.name ?? "",
    state: isDead ? "dead" : state === "suspect" ? "suspect" : "alive",
    ...(rttMs === undefined ? {} : { rttMs }),
    neighbours: isDead ? [] : [...new Set([...own, ...told])],
    sensorCount: record?.load?.sensors ?? record?.advert?.sensorCount ?? 0,
    topics: record?.advert?.topics ?? [],
    ...(record?.load === undefined ? {} : { cpuLoad: record.load.cpuLoad, freeMemoryMiB: record.load.freeMemoryMiB }),
  };
}

function isThere(state: string | undefined): boolean {
  return state === "alive" || state === "suspect";
}

function rounded(rttMs: number): number | undefined {
  return Number.isNaN(rttMs) ? undefined : Math.round(rttMs * 100) / 100;
}
