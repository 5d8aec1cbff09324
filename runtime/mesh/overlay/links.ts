/**
 * The active view: this hub's links, and what the other end of each says of its own. Pure.
 * Each neighbour is told whenever this hub's neighbours change, so everyone knows the neighbours of its neighbours.
 */
import type { HubId } from "../../core/ids.js";
import type { Coordinate, Neighbour } from "../../core/mesh.js";
import type { Purpose } from "./peer-memory.js";

export interface OverlayLink {
  readonly neighbour: Neighbour;
  /** What this hub wants it for. */
  purpose: Purpose;
  /** What the other end was told of that. */
  wantedTold: boolean;
  needyTold: boolean;
  searchingTold: boolean;
  /** What the other end says: it wants the link; it has few others. */
  theyWant: boolean;
  theyNeed: boolean;
  /** It has lost hubs, and tries them. */
  theySearch: boolean;
  /** It was out of reach for long, and has not yet said whom else it has links with. */
  isBack: boolean;
  /** The other end's neighbours; at most `linksLimit`. */
  view: readonly HubId[];
  coordinate: Coordinate | undefined;
  /** Since when neither end wants it; +Infinity: one does. Unit: ms. */
  idleMs: number;
  /** Requests that cost others something and that the neighbour may still make: refilled with time. */
  credit: number;
  creditMs: number;
}

/** Requests at once, and again per second, of one neighbour: a newcomer's join and the walks of a mass join pass. */
const CREDIT_MAX = 64;
const CREDIT_PER_MS = 8 / 1000;
/** Views of neighbours that are gone: whoever confirms their death asks for them in the next seconds. */
const FORMER_MAX = 32;
const FORMER_MS = 15_000;

interface Former {
  readonly view: readonly HubId[];
  readonly untilMs: number;
}

export class OverlayLinks {
  readonly #self: HubId;
  readonly #links = new Map<HubId, OverlayLink>();
  #former: Map<HubId, Former> | undefined;
  /** Not yet told to everybody. */
  #added: HubId[] = [];
  #removed: HubId[] = [];

  constructor(self: HubId) {
    this.#self = self;
  }

  get size(): number {
    return this.#links.size;
  }

  get(hub: HubId): OverlayLink | undefined {
    return this.#links.get(hub);
  }

  has(hub: HubId): boolean {
    return this.#links.has(hub);
  }

  values(): MapIterator<OverlayLink> {
    return this.#links.values();
  }

  hubs(): HubId[] {
    return [...this.#links.keys()];
  }

  up(neighbour: Neighbour, purpose: Purpose, nowMs: number): OverlayLink {
    const link: OverlayLink = {
      neighbour,
      purpose,
      wantedTold: true,
      needyTold: false,
      searchingTold: false,
      theyWant: true,
      theyNeed: false,
      theySearch: false,
      isBack: false,
      view: [],
      coordinate: undefined,
      idleMs: Number.POSITIVE_INFINITY,
      credit: CREDIT_MAX,
      creditMs: nowMs,
    };
    this.#links.set(neighbour.hub, link);
    this.#former?.delete(neighbour.hub);
    remove(this.#removed, neighbour.hub);
    if (!this.#added.includes(neighbour.hub)) this.#added.push(neighbour.hub);
    return link;
  }

  down(hub: HubId, nowMs: number): OverlayLink | undefined {
    const link = this.#links.get(hub);
    if (link === undefined) return undefined;
    this.#links.delete(hub);
    remove(this.#added, hub);
    if (!this.#removed.includes(hub)) this.#removed.push(hub);
    this.#remember(hub, link.view, nowMs);
    return link;
  }

  /** @returns what has changed since the last call; told to all neighbours. */
  takeChanges(): { readonly added: readonly HubId[]; readonly removed: readonly HubId[] } {
    const changes = { added: this.#added, removed: this.#removed };
    if (this.#added.length > 0) this.#added = [];
    if (this.#removed.length > 0) this.#removed = [];
    return changes;
  }

  /** What a neighbour says of its neighbours.
   *  @returns false when the view is longer than any may be: the rest is left out. */
  learn(link: OverlayLink, added: readonly HubId[], removed: readonly HubId[], viewMax: number): boolean {
    const kept = removed.length === 0 ? [...link.view] : link.view.filter((hub) => !removed.includes(hub));
    for (const hub of added) if (!kept.includes(hub)) kept.push(hub);
    link.view = kept.length <= viewMax ? kept : kept.slice(0, viewMax);
    return kept.length <= viewMax;
  }

  /** Takes one request's worth.
   *  @returns false when the neighbour asks too often. */
  spend(link: OverlayLink, nowMs: number): boolean {
    link.credit = Math.min(CREDIT_MAX, link.credit + (nowMs - link.creditMs) * CREDIT_PER_MS);
    link.creditMs = nowMs;
    if (link.credit < 1) return false;
    link.credit -= 1;
    return true;
  }

  /** The neighbours of a hub, as it says itself: of a neighbour, or of one that was lost a moment ago. */
  viewOf(hub: HubId): readonly HubId[] {
    return this.#links.get(hub)?.view ?? this.#former?.get(hub)?.view ?? NOBODY;
  }

  /** This hub's neighbours that say that they have a link with `hub`. O(links × their links). */
  common(hub: HubId): HubId[] {
    const common: HubId[] = [];
    for (const [id, link] of this.#links) if (id !== hub && link.view.includes(hub)) common.push(id);
    return common;
  }

  /** Whether the link to `hub` may go without anybody losing anybody: there is a common neighbour, and of the three links
   *  between them this one is the last in an order that all hubs share. The first link of any cycle's order never goes,
   *  so hubs that decide at the same time cannot cut each other off (as in Kruskal's reverse-delete). */
  isSpare(hub: HubId): boolean {
    const rank = linkRank(this.#self, hub);
    for (const [id, link] of this.#links) {
      if (id === hub || !link.view.includes(hub)) continue;
      if (linkRank(this.#self, id) < rank && linkRank(hub, id) < rank) return true;
    }
    return false;
  }

  #remember(hub: HubId, view: readonly HubId[], nowMs: number): void {
    this.#former ??= new Map();
    this.#former.delete(hub);
    for (const [id, { untilMs }] of this.#former) {
      if (untilMs > nowMs && this.#former.size < FORMER_MAX) break;
      this.#former.delete(id);
    }
    this.#former.set(hub, { view, untilMs: nowMs + FORMER_MS });
  }
}

const NOBODY: readonly HubId[] = Object.freeze([]);

/** The same at both ends, and no hub's links come first: mixed from 32 bits of each id (hashes already). */
function linkRank(a: HubId, b: HubId): number {
  const x = Number.parseInt(a.slice(0, 8), 16);
  const y = Number.parseInt(b.slice(0, 8), 16);
  let mixed = Math.imul(x ^ y, 0x9e37_79b1) ^ Math.imul(x + y, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2_ae35);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}

function remove(hubs: HubId[], hub: HubId): void {
  const at = hubs.indexOf(hub);
  if (at >= 0) hubs.splice(at, 1);
}
