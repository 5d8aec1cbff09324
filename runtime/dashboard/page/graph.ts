/**
 * Where hubs stand in the picture, and which links join them. Pure.
 * A hub keeps its slot for as long as the page is open, so that nothing jumps when another comes or goes. Slots fill a ring
 * evenly whatever their number: thirds first, then the gaps between them; more than a dozen stand like the seeds of a sunflower
 * (Vogel 1979).
 */
import type { HubId } from "../../core/ids.js";
import type { HubView } from "../../core/status.js";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface GraphLink {
  readonly key: string;
  readonly from: HubId;
  readonly to: HubId;
  /** Known for this hub's own links only. Unit: ms. */
  readonly rttMs?: number;
}

/** Hubs beyond are told as a number: more than this cannot be told apart in a picture of this size. */
export const HUBS_DRAWN_MAX = 128;
/** Up to here a ring, with names; beyond, seeds. */
export const RING_SLOTS = 12;
/** Seeds move only when the next of these is needed. */
const SEED_SLOTS = [18, 24, 32, 42, 54, 66, 90, HUBS_DRAWN_MAX] as const;
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));
/** In twelfths of a turn: thirds first, then sixths, then what lies between. */
const RING = [0, 8, 4, 2, 6, 10, 7, 1, 9, 3, 11, 5];
/** Of four two move by a twelfth: on the ring the fourth stood askew, close to two and far from one. */
const FOUR = [0, 9, 3, 6];

/** Gives each new hub the first free slot; the hub whose page this is stands on top. */
export function assignSlots(
  slots: Readonly<Record<string, number>>,
  hubs: readonly HubView[],
): Readonly<Record<string, number>> {
  const fresh = hubs.filter(({ hub }) => slots[hub] === undefined);
  if (fresh.length === 0) return slots;
  const next: Record<string, number> = { ...slots };
  const taken = new Set(Object.values(next));
  const ordered = [...fresh].sort((a, b) => rank(a) - rank(b) || (a.hub < b.hub ? -1 : 1));
  for (const { hub } of ordered) {
    let slot = 0;
    while (taken.has(slot)) slot++;
    taken.add(slot);
    next[hub] = slot;
  }
  return next;
}

const rank = (view: HubView) => (view.state === "self" ? 0 : 1);

/** @param slots how many are in use: only when the fourth comes or goes, and when the ring is full, do hubs move.
 *  @returns a point in a square from -1 to 1, y downwards. */
export function slotPoint(slot: number, slots: number): Point {
  const turn = (slots === FOUR.length ? FOUR : RING)[slot];
  if (turn === undefined || slots > RING_SLOTS) return seedPoint(slot, slots);
  const angle = (turn / RING.length) * 2 * Math.PI;
  return { x: Math.sin(angle), y: -Math.cos(angle) };
}

function seedPoint(slot: number, slots: number): Point {
  const radius = Math.sqrt((slot + 0.5) / seedSlots(slots));
  return { x: radius * Math.sin(slot * GOLDEN_ANGLE), y: -radius * Math.cos(slot * GOLDEN_ANGLE) };
}

/** For how many the picture has room, when so many are in use. */
export function seedSlots(slots: number): number {
  return SEED_SLOTS.find((room) => room >= slots) ?? HUBS_DRAWN_MAX;
}

/** A link exists when either end says so and neither end is dead; each is listed once. */
export function linksOf(hubs: readonly HubView[]): readonly GraphLink[] {
  const byId = new Map(hubs.map((view) => [view.hub, view]));
  const links = new Map<string, GraphLink>();
  for (const view of hubs) {
    for (const neighbour of view.neighbours) {
      const other = byId.get(neighbour);
      if (!other || other.hub === view.hub || view.state === "dead" || other.state === "dead") continue;
      const [from, to] = view.hub < other.hub ? [view.hub, other.hub] : [other.hub, view.hub];
      const rttMs = view.state === "self" ? other.rttMs : other.state === "self" ? view.rttMs : undefined;
      links.set(`${from}|${to}`, { key: `${from}|${to}`, from, to, rttMs });
    }
  }
  return [...links.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}
