/**
 * The mesh as a picture: hubs, links, cells as soft discs, and the way to a hub as far as this one knows it. Pure.
 * The own cell stands in the middle with all its hubs; the cells beside it stand around it, each with those of its hubs that
 * this one has a link with.
 */
import type { HubId } from "../../core/ids.js";
import type { MeshStatus, WayView } from "../../core/mesh-status.js";
import { STATE_WORDS, stateOf } from "../../core/mesh-words.js";
import type { HubView } from "../../core/status.js";
import { type GraphLink, HUBS_DRAWN_MAX, linksOf, type Point, RING_SLOTS, seedSlots, slotPoint } from "./graph.js";

export const WIDTH = 360;
/** A picture of one cell; room for the names is added. */
const SPREAD = { x: 132, y: 104, fullRingX: 88, fullRingY: 136 };
/** Room for the name above a hub of the upper half, and below one of the lower. */
const MARGIN = 54;
/** So far from the middle a hub is at the side, or in the upper half: on a full ring names stand outside it. */
const ASIDE = 0.2;
const SEEDS_RADIUS = 160;
const SEEDS_MARGIN = 18;
/** Of what there is room for: seeds that touch show no links between them. */
const SEED_SHARE = 0.56;
const RADIUS = { ring: 24, fullRing: 18, abroad: 6, least: 5 };
/** So many have room for large discs. */
const HALF_RING = 6;
/** Among other cells: the own one, and the ring that the others stand on. */
const OWN_RADIUS = 88;
const CELL_RADIUS = { least: 13, most: 24 };
const RING_RADIUS = 140;
const CENTRE = WIDTH / 2;
/** Cells that stand around the own one; of more the number is told. */
const CELLS_DRAWN_MAX = 14;

export interface PictureHub extends Point {
  readonly view: HubView;
  readonly radius: number;
  /** Its name and figures are written on it. */
  readonly isLarge: boolean;
  /** Where its name stands. */
  readonly side: "above" | "below" | "left" | "right";
}

export interface PictureCell extends Point {
  /** Its landmark; undefined for hubs of which nobody has said where they are. */
  readonly landmark: HubId | undefined;
  readonly radius: number;
  readonly size: number;
  readonly own: boolean;
}

export interface PictureLink extends GraphLink {
  /** Thick is quick. */
  readonly width: number;
  readonly a: Point;
  readonly b: Point;
}

export interface Picture {
  readonly height: number;
  readonly cells: readonly PictureCell[];
  readonly links: readonly PictureLink[];
  readonly hubs: readonly PictureHub[];
  /** Not drawn, for want of room. */
  readonly hubsLeftOut: number;
  readonly cellsLeftOut: number;
}

export function pictureOf(
  views: readonly HubView[],
  slots: Readonly<Record<string, number>>,
  mesh: MeshStatus | undefined,
): Picture {
  const isDivided = mesh !== undefined && mesh.locator.length > 0;
  const abroad = new Map<HubId, HubId | undefined>();
  if (isDivided) for (const { hub, inCell, cell } of mesh.members) if (!inCell) abroad.set(hub, cell);
  const home = views.filter(({ hub }) => !abroad.has(hub) && (slots[hub] ?? HUBS_DRAWN_MAX) < HUBS_DRAWN_MAX);
  const slotsUsed = Math.max(0, ...home.map(({ hub }) => (slots[hub] ?? 0) + 1));
  const place = isDivided ? amongCells(slotsUsed) : slotsUsed > RING_SLOTS ? asSeeds(slotsUsed) : asRing(slotsUsed);
  const hubs = home.map((view): PictureHub => ({ view, ...place(slotPoint(slots[view.hub] ?? 0, slotsUsed)) }));
  const { cells, cellsLeftOut } = isDivided ? cellsOf(mesh, abroad) : { cells: [], cellsLeftOut: 0 };
  for (const cell of cells) hubs.push(...guests(cell, cells, views, abroad));
  const drawn = new Map(hubs.map((hub) => [hub.view.hub, hub]));
  const links = linksOf(hubs.map(({ view }) => view)).flatMap((link): PictureLink[] => {
    const [a, b] = [drawn.get(link.from), drawn.get(link.to)];
    return a && b ? [{ ...link, a, b, width: widthOf(link.rttMs) }] : [];
  });
  // Own links over others'.
  links.sort((a, b) => Number(a.rttMs !== undefined) - Number(b.rttMs !== undefined));
  const lowest = Math.max(
    0,
    ...hubs.map(({ y, radius }) => y + radius),
    ...cells.map(({ y, radius }) => y + radius + 16),
  );
  const margin = isDivided || slotsUsed > RING_SLOTS ? SEEDS_MARGIN : MARGIN - RADIUS.ring;
  return { height: lowest + margin, cells, links, hubs, hubsLeftOut: views.length - hubs.length, cellsLeftOut };
}

type Place = (point: Point) => Omit<PictureHub, "view">;

function asRing(slots: number): Place {
  const isFull = slots > HALF_RING;
  const radius = isFull ? RADIUS.fullRing : RADIUS.ring;
  const [wide, tall] = isFull ? [SPREAD.fullRingX, SPREAD.fullRingY] : [SPREAD.x, SPREAD.y];
  return ({ x, y }) => ({
    ...{ x: CENTRE + x * wide, y: MARGIN + (1 + y) * tall },
    ...{
      radius,
      isLarge: true,
      side: isFull && Math.abs(x) > ASIDE ? (x < 0 ? "left" : "right") : y < -ASIDE ? "above" : "below",
    },
  });
}

function asSeeds(slots: number): Place {
  const radius = (SEEDS_RADIUS * SEED_SHARE) / Math.sqrt(seedSlots(slots));
  return ({ x, y }) => ({
    ...{ x: CENTRE + x * SEEDS_RADIUS, y: SEEDS_MARGIN + radius + (1 + y) * SEEDS_RADIUS },
    ...{ radius, isLarge: false, side: "above" },
  });
}

function amongCells(slots: number): Place {
  const room = OWN_RADIUS - 9;
  const crowd = slots > RING_SLOTS ? seedSlots(slots) : Math.max(12, slots);
  const radius = Math.max(RADIUS.least, (room * SEED_SHARE) / Math.sqrt(crowd));
  return ({ x, y }) => ({
    ...{ x: CENTRE + x * (room - radius), y: RING_RADIUS + CELL_RADIUS.most + 16 + y * (room - radius) },
    ...{ radius, isLarge: false, side: "above" },
  });
}

function cellsOf(
  mesh: MeshStatus,
  abroad: ReadonlyMap<HubId, HubId | undefined>,
): { cells: readonly PictureCell[]; cellsLeftOut: number } {
  const y = RING_RADIUS + CELL_RADIUS.most + 16;
  const beside = mesh.regions.filter(({ level, own }) => level === 1 && !own);
  const nearest = [...beside].sort((a, b) => a.metric - b.metric).slice(0, CELLS_DRAWN_MAX);
  const others: { landmark: HubId | undefined; size: number }[] = [...nearest].sort((a, b) =>
    a.landmark < b.landmark ? -1 : 1,
  );
  const known = new Set(nearest.map(({ landmark }) => landmark));
  const strays = [...abroad.values()].filter((cell) => cell === undefined || !known.has(cell)).length;
  if (strays > 0) others.push({ landmark: undefined, size: strays });
  const largest = Math.max(1, ...others.map(({ size }) => size));
  const around = others.map(({ landmark, size }, at): PictureCell => {
    const angle = (at / others.length) * 2 * Math.PI;
    const radius = CELL_RADIUS.least + (CELL_RADIUS.most - CELL_RADIUS.least) * Math.sqrt(size / largest);
    return {
      ...{ landmark, size, own: false, radius },
      ...{ x: CENTRE + RING_RADIUS * Math.sin(angle), y: y - RING_RADIUS * Math.cos(angle) },
    };
  });
  const size = mesh.members.filter(({ inCell }) => inCell).length;
  const own = { landmark: mesh.locator[0], x: CENTRE, y, radius: OWN_RADIUS, size, own: true };
  return { cells: [own, ...around], cellsLeftOut: beside.length - nearest.length };
}

/** The hubs of another cell that this one has a link with, on a small ring in it. */
function guests(
  cell: PictureCell,
  cells: readonly PictureCell[],
  views: readonly HubView[],
  abroad: ReadonlyMap<HubId, HubId | undefined>,
): readonly PictureHub[] {
  if (cell.own) return [];
  const cellOf = (hub: HubId) => cells.find(({ landmark, own }) => !own && landmark === abroad.get(hub))?.landmark;
  const here = views.filter(({ hub }) => abroad.has(hub) && cellOf(hub) === cell.landmark);
  return here.map((view, index) => {
    const angle = (index / here.length) * 2 * Math.PI;
    const off = here.length === 1 ? 0 : cell.radius - RADIUS.abroad - 2;
    return {
      ...{ view, radius: RADIUS.abroad, isLarge: false, side: "above" },
      ...{ x: cell.x + off * Math.sin(angle), y: cell.y - off * Math.cos(angle) },
    };
  });
}

/** 4 px below 1 ms, 1 px from 100 ms; of links of others the round trip is not known. */
function widthOf(rttMs: number | undefined): number {
  return rttMs === undefined ? 1 : Math.min(4, Math.max(1, 4 - 1.5 * Math.log10(Math.max(1, rttMs))));
}

/** A cell's colour, the same wherever and whenever it is drawn. Unit: degrees of hue. */
export function hueOf(landmark: string | undefined): number {
  // The golden angle spreads ids that begin alike.
  return landmark === undefined ? 0 : Math.round((Number.parseInt(landmark.slice(0, 6), 16) * 137.508) % 360);
}

export interface Route {
  readonly way: WayView;
  /** Whoever stands on it, this hub first. */
  readonly hubs: readonly HubId[];
  /** The last step is not known here: the frame finds it on its way. */
  readonly isOpen: boolean;
  readonly backup: readonly HubId[];
}

/** @param to a hub, or the landmark of a cell. */
export function routeTo(mesh: MeshStatus, views: readonly HubView[], to: HubId): Route | undefined {
  const cell = mesh.members.find(({ hub }) => hub === to)?.cell;
  const way = wayOf(mesh, to) ?? (cell === undefined ? undefined : wayOf(mesh, cell)) ?? linkWay(mesh, to);
  if (way === undefined || to === mesh.hub) return undefined;
  const through = (via: HubId) => (via === to ? [mesh.hub, to] : [mesh.hub, via, to]);
  const isKnown = (via: HubId) =>
    via === to || views.some(({ hub, neighbours }) => hub === via && neighbours.includes(to));
  return {
    way,
    hubs: through(way.via),
    isOpen: !isKnown(way.via),
    backup: way.backup === undefined ? [] : through(way.backup),
  };
}

function wayOf({ ways }: MeshStatus, to: HubId): WayView | undefined {
  return ways.find(({ destination }) => destination === to);
}

/** A neighbour of another cell is reached over its link, without a way. */
function linkWay({ links }: MeshStatus, to: HubId): WayView | undefined {
  const link = links.find(({ hub }) => hub === to);
  return link && { destination: to, level: 0, via: to, metric: link.cost };
}

/** A hub of which this page has no record, for a name at least. */
export function labelOf(mesh: MeshStatus | undefined, views: readonly HubView[], hub: HubId): string {
  const name = views.find((view) => view.hub === hub)?.name || mesh?.names[hub];
  return name || hub.slice(0, 8);
}

const STATE_TONES = {
  self: "good",
  alive: "good",
  suspect: "warn",
  dead: "idle",
  left: "idle",
  putOut: "idle",
} as const satisfies Record<keyof typeof STATE_WORDS, string>;

export function stateText(view: HubView): { readonly text: string; readonly tone: string } {
  const state = stateOf(view);
  return { text: STATE_WORDS[state], tone: STATE_TONES[state] };
}
