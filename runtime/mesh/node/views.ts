/** What a node knows, as people and the rest of the hub see it. Pure. */
import type { HubId } from "../../core/ids.js";
import type { LinkView, MemberView, MeshStatus, RegionView, TrafficView, WayView } from "../../core/mesh-status.js";
import type { AdvertBody, LoadBody } from "../../core/messages.js";
import type { HubView } from "../../core/status.js";
import { gateways } from "../cells/gateways.js";
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

/** Direct neighbours with their round trips, as LOAD carries them: as measured here, not as told, or both ends would hold on to each other's least. */
export function neighbourLoads(node: MeshNode): { hub: HubId; rttMs: number }[] {
  return node.links.neighbours().map(({ hub }) => ({ hub, rttMs: rounded(node.parts.liveness.leastRttMs(hub)) ?? 0 }));
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

/** What the node cannot know by itself. */
export interface Around {
  readonly home?: MeshStatus["home"];
  /** What this hub has said of itself last. */
  readonly load?: LoadBody;
  readonly traffic: TrafficView;
  readonly nowMs: number;
}

/** Some hundreds of entries at most: a cell, 32 regions a level, and the links. */
export function meshStatus(node: MeshNode, { home, load, traffic, nowMs }: Around): MeshStatus {
  const { overlay, routes, directory, outbox } = node.parts;
  const shown = {
    hub: node.self.hub,
    locator: routes.locator,
    members: membersOf(node, nowMs),
    gateways: gatewaysOf(node, load),
    regions: regionsOf(node),
    links: linksOf(node, nowMs),
    ways: waysOf(node),
  };
  return {
    ...(home === undefined ? {} : { home }),
    ...shown,
    isolated: overlay.isolated,
    peersRemembered: overlay.peersKnown,
    placesHeld: directory.placesHeld,
    outbox: { ...outbox.waiting, ...(outbox.unread > 0 && { unread: outbox.unread }) },
    traffic,
    names: namesOf(node, shown),
  };
}

function membersOf(node: MeshNode, nowMs: number): MemberView[] {
  const { liveness, routes } = node.parts;
  return liveness.members().map((member) => {
    // Of a hub that is gone nobody can tell any more: those of this cell are the many.
    const inCell = routes.sharesCell(member.hub) || !isThere(member.state);
    const cell = cellOf(node, member.hub, nowMs);
    return { ...member, inCell, ...(cell === undefined ? {} : { cell }) };
  });
}

/** The landmark of the cell that a hub is in, as far as this one has been told. */
function cellOf(node: MeshNode, hub: HubId, nowMs: number): HubId | undefined {
  const { directory, routes } = node.parts;
  if (routes.topLevel === 0) return undefined;
  if (routes.sharesCell(hub)) return routes.locator[0];
  if (routes.units(1).some(({ id }) => id === hub)) return hub;
  return directory.known(hub, nowMs)?.[0];
}

function gatewaysOf(node: MeshNode, load: LoadBody | undefined): readonly HubId[] {
  const { routes } = node.parts;
  const cell = routes.cell();
  const name = routes.locator[0] ?? cell[0] ?? node.self.hub;
  const loadOf = (hub: HubId): LoadBody | undefined => (hub === node.self.hub ? load : node.names.get(hub)?.load);
  return gateways(
    name,
    cell.map((hub) => ({ hub, ...loadOf(hub) })),
  );
}

function regionsOf({ parts: { routes } }: MeshNode): RegionView[] {
  const regions: RegionView[] = [];
  for (let level = 1; level <= routes.topLevel; level++) {
    for (const { id, metric, size } of routes.units(level))
      regions.push({ level, landmark: id, size, metric, own: id === routes.locator[level - 1] });
  }
  return regions;
}

function linksOf(node: MeshNode, nowMs: number): LinkView[] {
  const kept = new Map(node.parts.overlay.links().map((link) => [link.hub, link]));
  return node.links.neighbours().map(({ hub, cost, upMs }) => {
    const link = kept.get(hub);
    const rttMs = shownRttMs(node, hub);
    return {
      hub,
      ...(rttMs === undefined ? {} : { rttMs }),
      cost,
      ageMs: Math.round(nowMs - upMs),
      dialled: node.links.of(hub)?.dialled ?? false,
      purpose: link?.purpose ?? "none",
      ...(link === undefined || link.distanceMs >= UNKNOWN_DISTANCE_MS
        ? {}
        : { distanceMs: Math.round(link.distanceMs * 100) / 100 }),
    };
  });
}

/** What the overlay takes for the distance of a hub of which it knows nothing. */
const UNKNOWN_DISTANCE_MS = 10_000;

function waysOf(node: MeshNode): WayView[] {
  return node.parts.routes.table().map(({ destination, level, via, backup, metric }) => ({
    destination,
    level,
    via,
    ...(backup === undefined ? {} : { backup }),
    metric,
  }));
}

function namesOf(
  node: MeshNode,
  shown: Pick<MeshStatus, "members" | "regions" | "links" | "ways" | "locator">,
): Record<string, string> {
  const names: Record<string, string> = { [node.self.hub]: node.self.name };
  const mentioned = [
    ...shown.locator,
    ...shown.members.map(({ hub }) => hub),
    ...shown.regions.map(({ landmark }) => landmark),
    ...shown.links.map(({ hub }) => hub),
    ...shown.ways.map(({ destination }) => destination),
  ];
  for (const hub of mentioned) {
    const name = node.names.get(hub)?.name ?? "";
    if (name !== "") names[hub] = name;
  }
  return names;
}

function viewOf(node: MeshNode, hub: HubId): HubView {
  const { liveness, overlay } = node.parts;
  const record = node.names.get(hub);
  const neighbour = node.links.of(hub)?.neighbour;
  const state = liveness.state(hub);
  const isDead = !isThere(state);
  const rttMs = neighbour === undefined ? undefined : shownRttMs(node, hub);
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

/** The least of late. The smoothed one, by which the mesh decides, would tell people of busy machines: 59 ms where a ping took 2. One end of a link measures
 *  every second and the other every half minute, so what the other end has told of it counts too. */
function shownRttMs(node: MeshNode, hub: HubId): number | undefined {
  const own = rounded(node.parts.liveness.leastRttMs(hub));
  const theirs = node.names.get(hub)?.load?.neighbours.find((other) => other.hub === node.self.hub)?.rttMs;
  if (theirs === undefined || theirs === 0) return own;
  return Math.min(theirs, own ?? theirs);
}

function rounded(rttMs: number): number | undefined {
  return Number.isNaN(rttMs) ? undefined : Math.round(rttMs * 100) / 100;
}
