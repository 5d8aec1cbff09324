/**
 * The distance-vector engine: takes in what neighbours say, keeps the best route to every destination, and marks what has to
 * be said in turn. Source: RFC 8966 §3.5 to §3.8; what differs is told in `runtime/mesh/README.md`.
 */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { RouteUpdate } from "../../core/messages-routing.js";
import type { Adjacency } from "./adjacency.js";
import { SeqnoRequests } from "./requests.js";
import { collectLost, farthestPlain, hasRoomAgain, longestLost, roomFor } from "./room.js";
import { inScope, scopeOf } from "./scope.js";
import { isFeasible, select } from "./selection.js";
import { isNewer, seqnoAfter } from "./seqno.js";
import { INFINITE, METRIC_MAX, PENALTY_COST, type RoutingSettings } from "./settings.js";
import {
  MARK_ASKED,
  MARK_DIRTY,
  MARK_RELAXED,
  MARK_STALE,
  MARK_SUNK,
  MARK_TOLD,
  MARK_WANTS,
  RouteTable,
  SELF,
} from "./table.js";

/** A metric that changes by more than this part is told soon, a smaller change at leisure. */
const NOTABLE_PART = 1 / 4;
/** What ends with the scope. That a hub has sunk must still be said: it is why the scope ends. */
const SCOPED_MARKS = MARK_ASKED | MARK_DIRTY | MARK_RELAXED | MARK_STALE | MARK_TOLD | MARK_WANTS;

/**
 * Up to this rank a new sequence number is told to everybody, at leisure, so that backups stay feasible. Above it only those that
 * asked hear of it: there, somewhere in a large mesh somebody always asks.
 */
const EAGER_RANK = 1;

/** How soon the next round of messages is wanted; both where some of it can wait. */
export const QUIET = 0;
export const RELAXED = 1;
export const URGENT = 2;

/** What became of one update: all but "taken" are counted by these names. */
export type Verdict = "taken" | "forgedMetric" | "tooManyEntries";

export class DistanceVectors {
  readonly table: RouteTable;
  /** By column. */
  readonly neighbours: (Adjacency | undefined)[] = [];
  readonly requests: SeqnoRequests;
  /** What was wanted since it was last set to QUIET. */
  urgency = QUIET;
  /** A landmark, or where a neighbour is, has changed: the locator may have, too. */
  placeChanged = false;
  /** A destination came, went, or changed its rank or size. */
  membersChanged = false;
  /** Rows without a route: they are forgotten some time. */
  lost = 0;

  constructor(
    readonly self: HubId,
    readonly settings: RoutingSettings,
  ) {
    this.table = new RouteTable(self);
    this.requests = new SeqnoRequests(this.table, this.neighbours, settings);
  }

  open(adjacency: Adjacency): void {
    this.neighbours[adjacency.column] = adjacency;
    this.table.openColumn(adjacency.column, adjacency.cost);
    this.want(URGENT);
  }

  close({ column }: Adjacency, nowMs: number): void {
    this.neighbours[column] = undefined;
    for (let slot = 0; slot < this.table.length; slot++) {
      if (this.#forget(slot, column)) this.#reselect(slot, nowMs);
    }
    this.placeChanged = true;
  }

  /** The link's cost, or its penalty, is another. */
  recost({ column, cost, doubtUntilMs, penaltyUntilMs }: Adjacency, nowMs: number): void {
    const { table } = this;
    table.cost[column] = cost + (Math.max(doubtUntilMs, penaltyUntilMs) > nowMs ? PENALTY_COST : 0);
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (table.heardMetric[slot * table.width + column] === INFINITE) continue;
      this.#reselect(slot, nowMs);
      if (this.requests.seek(slot, nowMs)) this.want(RELAXED);
    }
  }

  /** Ends the penalties whose time is over. @returns when the next one ends. */
  forgive(nowMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const neighbour of this.neighbours) {
      if (neighbour === undefined) continue;
      const untilMs = Math.max(neighbour.doubtUntilMs, neighbour.penaltyUntilMs);
      if (untilMs > nowMs) nextMs = Math.min(nextMs, untilMs);
      else if (untilMs > 0) {
        neighbour.penaltyUntilMs = 0;
        neighbour.doubtUntilMs = 0;
        this.recost(neighbour, nowMs);
      }
    }
    return nextMs;
  }

  /** One of the two locators of each of these links is another: what has left the scope is forgotten by both ends, what has entered it is told
   *  in full. All links at once: a way over one of which the scope ends next is none.
   *  @param left it is this hub that is elsewhere now */
  rescope(links: readonly Adjacency[], nowMs: number, left: boolean): void {
    const lost = new Set<number>();
    for (const link of links) {
      const before = link.scope;
      const scope = scopeOf(link.sent, link.heard);
      if (scope === before) continue;
      link.scope = scope;
      this.want(URGENT);
      this.#rescope(link.column, before & ~scope, scope & ~before, lost);
      if (left && inScope(before & ~scope, this.table.rank(SELF))) this.table.mark(SELF, link.column, MARK_SUNK);
    }
    for (const slot of lost) this.#reselect(slot, nowMs, true);
  }

  /** @param lost takes the rows whose next hop this neighbour was */
  #rescope(column: number, ended: number, begun: number, lost: Set<number>): void {
    const { table } = this;
    for (let slot = 0; slot < table.length; slot++) {
      if (table.hubs[slot] === undefined) continue;
      const rank = table.rank(slot);
      if (inScope(ended, rank)) {
        if (this.#forget(slot, column)) lost.add(slot);
      } else if (inScope(begun, rank)) table.mark(slot, column, MARK_DIRTY);
    }
  }

  /** The neighbour is elsewhere. */
  moved(adjacency: Adjacency, heard: Locator, nowMs: number): void {
    adjacency.heard = heard;
    this.rescope([adjacency], nowMs, false);
    this.placeChanged = true;
  }

  /** Everything is to be said again to this neighbour. */
  repeat(adjacency: Adjacency): void {
    const { table } = this;
    const { column, scope } = adjacency;
    adjacency.full = true;
    for (let slot = 0; slot < table.length; slot++) {
      if (table.hubs[slot] !== undefined && inScope(scope, table.rank(slot))) table.mark(slot, column, MARK_DIRTY);
    }
    this.want(URGENT);
  }

  /** The neighbour begins to say everything again. */
  suspect({ column }: Adjacency): void {
    const { table } = this;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      const at = slot * table.width + column;
      if (table.heardMetric[at] !== INFINITE) table.marks[at] = (table.marks[at] as number) | MARK_STALE;
    }
  }

  /** The neighbour has said everything: what it did not repeat is no longer true. */
  dropStale({ column }: Adjacency, nowMs: number): void {
    const { table } = this;
    for (let slot = SELF + 1; slot < table.length; slot++) {
      if (((table.marks[slot * table.width + column] as number) & MARK_STALE) !== 0)
        this.#hear(slot, column, 0, INFINITE, nowMs);
    }
  }

  withdraw(from: Adjacency, hub: HubId, nowMs: number): void {
    const slot = this.table.slots.get(hub);
    if (slot === undefined || slot === SELF) return;
    this.#hear(slot, from.column, 0, INFINITE, nowMs);
  }

  /** A hub is no longer told of where the neighbour is: it has gone to another region, or its rank sank. */
  sink(from: Adjacency, { hub, version, sizes }: RouteUpdate, nowMs: number): void {
    const { table } = this;
    const slot = table.slots.get(hub);
    if (slot === undefined || slot === SELF) return;
    if (!isNewer(version, table.version[slot] as number)) {
      this.#hear(slot, from.column, 0, INFINITE, nowMs);
      return;
    }
    table.version[slot] = version;
    table.setSizes(slot, sizes);
    this.placeChanged = true;
    for (const neighbour of this.neighbours) {
      if (neighbour === undefined) continue;
      const at = slot * table.width + neighbour.column;
      const told = ((table.marks[at] as number) & MARK_TOLD) !== 0;
      table.heardMetric[at] = INFINITE;
      table.marks[at] = 0;
      if (told) table.mark(slot, neighbour.column, MARK_SUNK);
    }
    this.#reselect(slot, nowMs);
    this.want(URGENT);
  }

  /** Whether what is known of the neighbour is newer than what it says of itself, or speaks of another rank under the same version. */
  hasForgotten(from: Adjacency, { hub, version, sizes }: RouteUpdate): boolean {
    const { table } = this;
    const slot = hub === from.hub ? table.slots.get(hub) : undefined;
    if (slot === undefined) return false;
    const known = table.version[slot] as number;
    return isNewer(known, version) || (known === version && table.rank(slot) !== sizes.length);
  }

  /** Of another hub than this one. */
  update(from: Adjacency, update: RouteUpdate, nowMs: number): Verdict {
    const { table } = this;
    const { hub, seqno, version, sizes, metric = INFINITE } = update;
    if ((metric === 0) !== (hub === from.hub)) return "forgedMetric";
    let slot = table.slots.get(hub);
    if (slot === undefined) {
      if (metric > METRIC_MAX || !inScope(from.scope, sizes.length)) return "taken";
      if (!this.#makeRoom(sizes.length, nowMs)) return "tooManyEntries";
      slot = this.#add(hub, nowMs);
      table.version[slot] = version;
      table.setSizes(slot, sizes);
    } else if (isNewer(version, table.version[slot] as number)) this.#resize(slot, version, sizes, nowMs);
    const isWay = inScope(from.scope, table.rank(slot)) && metric <= METRIC_MAX;
    const hasRoom = !isWay || table.isReachable(slot) || this.#makeRoom(table.rank(slot), nowMs);
    this.#hear(slot, from.column, seqno, isWay && hasRoom ? metric : INFINITE, nowMs);
    return hasRoom ? "taken" : "tooManyEntries";
  }

  /** This hub says something new about itself. */
  restate(version: number, sizes: readonly number[], nowMs: number): void {
    this.#resize(SELF, version, sizes, nowMs);
    this.want(URGENT);
  }

  /** The region throughout which this hub is told of is another. What was said of it there ends, by name, instead of being hunted for
   *  like that of a dead hub; and here it begins with a sequence number that no remembered distance stands against. */
  emigrate(nowMs: number): void {
    const { table } = this;
    table.seqno[SELF] = seqnoAfter(table.seqno[SELF] as number);
    this.restate(seqnoAfter(table.version[SELF] as number), table.sizes[SELF] as readonly number[], nowMs);
  }

  /** This hub has a new sequence number, told to those that asked for it. */
  raiseSeqno(seqno: number): void {
    this.table.seqno[SELF] = seqno;
    this.requests.tell(SELF);
    this.want(URGENT);
  }

  /** Forgets what has been lost for long. Slots may be renumbered. @returns whether any lost row is left. */
  collect(nowMs: number): boolean {
    return collectLost(this.table, nowMs, this.settings.sourceHoldMs);
  }

  want(urgency: number): void {
    this.urgency |= urgency;
  }

  /** Neighbours whose entries found no room are asked again once there is. */
  askAgain(): void {
    if (!this.neighbours.some((neighbour) => neighbour?.incomplete) || !hasRoomAgain(this.table, this.#isSplit)) return;
    for (const neighbour of this.neighbours) {
      if (neighbour?.incomplete !== true) continue;
      neighbour.incomplete = false;
      neighbour.again = true;
    }
  }

  /** What the neighbour told, and was told, no longer counts. @returns whether it was the next hop: the caller selects another. */
  #forget(slot: number, column: number): boolean {
    const { table } = this;
    const at = slot * table.width + column;
    table.marks[at] = (table.marks[at] as number) & ~SCOPED_MARKS;
    table.heardMetric[at] = INFINITE;
    return table.via[slot] === column;
  }

  #hear(slot: number, column: number, seqno: number, metric: number, nowMs: number): void {
    const { table } = this;
    const at = slot * table.width + column;
    // A way that is new is worth a new question: the one before may have been lost on its way.
    const over = table.heardMetric[at] === INFINITE ? MARK_STALE | MARK_ASKED : MARK_STALE;
    table.heardMetric[at] = metric;
    table.heardSeqno[at] = seqno;
    table.marks[at] = (table.marks[at] as number) & ~over;
    if (table.via[slot] === column) {
      this.#reselect(slot, nowMs);
      return;
    }
    if (metric === INFINITE || metric + (table.cost[column] as number) >= (table.metric[slot] as number)) return;
    if (isFeasible(table, slot, seqno, metric)) this.#reselect(slot, nowMs);
    else if (this.requests.seek(slot, nowMs)) this.want(table.isReachable(slot) ? RELAXED : URGENT);
  }

  /** @param patient what was lost is most likely beyond the border now, and not worth a hunt yet */
  #reselect(slot: number, nowMs: number, patient = false): void {
    const { table } = this;
    const metric = table.metric[slot] as number;
    const via = table.via[slot] as number;
    const seqno = table.seqno[slot] as number;
    if (!select(table, slot, nowMs)) return;
    const now = table.metric[slot] as number;
    if (now !== metric) this.#metricChanged(slot, metric, now, nowMs, patient);
    else if (via !== table.via[slot]) {
      // Only the two next hops hear of it: the one is told of the way again, the other no longer.
      table.mark(slot, via, MARK_RELAXED);
      table.mark(slot, table.via[slot] as number, MARK_RELAXED);
      this.want(RELAXED);
    }
    if (table.seqno[slot] !== seqno && now !== INFINITE) {
      if (this.requests.arrived(slot)) this.want(URGENT);
      if (table.rank(slot) <= EAGER_RANK) {
        table.markAll(slot, MARK_RELAXED);
        this.want(RELAXED);
      }
    }
    if (table.rank(slot) > 0) this.placeChanged = true;
  }

  #metricChanged(slot: number, before: number, now: number, nowMs: number, patient: boolean): void {
    const isReach = before === INFINITE || now === INFINITE;
    const isNews = isReach || Math.abs(now - before) > before * NOTABLE_PART;
    const isNotable = isNews && !(now < before && this.#isOneOfACrowd(slot));
    this.table.markAll(slot, isNotable ? MARK_DIRTY : MARK_RELAXED);
    this.want(isNotable ? URGENT : RELAXED);
    if (isReach) {
      this.membersChanged = true;
      if (now === INFINITE) {
        this.lost += 1;
        // Who was asked for a shorter way, which nobody waited for, is asked again for any.
        this.table.unmarkAll(slot, MARK_ASKED);
      }
    }
    if (patient && now === INFINITE) this.requests.seekLater(slot, nowMs);
    else if (now > before) this.requests.seek(slot, nowMs);
  }

  /** More of its rank are known than a region holds: a split is due, and most of what would be said of them ends with it. */
  #isOneOfACrowd(slot: number): boolean {
    const { reachable } = this.table;
    const { cellMax, unitsMax } = this.settings;
    const rank = this.table.rank(slot);
    return (reachable[rank] as number) > (rank === 0 ? cellMax : unitsMax);
  }

  /** The origin says something new about itself: its rank, or how many children its regions have. */
  #resize(slot: number, version: number, sizes: readonly number[], nowMs: number): void {
    const { table } = this;
    const before = table.rank(slot);
    const rank = sizes.length;
    table.version[slot] = version;
    table.setSizes(slot, sizes);
    table.markAll(slot, rank === before ? MARK_RELAXED : MARK_DIRTY);
    this.want(rank === before ? RELAXED : URGENT);
    this.membersChanged = true;
    this.placeChanged ||= rank !== before;
    if (rank >= before) return;
    // Whoever knew it only for its rank must hear that it sank: silence would leave a ghost.
    for (const neighbour of this.neighbours) {
      if (neighbour === undefined || !inScope(neighbour.scope, before)) continue;
      if (!inScope(neighbour.scope, rank) && this.#forget(slot, neighbour.column)) this.#reselect(slot, nowMs);
      table.mark(slot, neighbour.column, MARK_SUNK);
    }
  }

  #add(hub: HubId, nowMs: number): number {
    const { table } = this;
    const slot = table.add(hub, nowMs);
    if (slot !== undefined) return slot;
    table.remove(longestLost(table));
    return table.add(hub, nowMs) as number;
  }

  get #isSplit(): boolean {
    return this.neighbours.some((neighbour) => (neighbour?.sent?.length ?? 0) > 0);
  }

  /** @returns whether one more of that rank may have a route. */
  #makeRoom(rank: number, nowMs: number): boolean {
    const room = roomFor(this.table, rank, this.#isSplit);
    if (room !== "displaces") return room === "free";
    const slot = farthestPlain(this.table);
    if (slot === undefined) return false;
    for (const neighbour of this.neighbours) {
      if (neighbour === undefined) continue;
      const at = slot * this.table.width + neighbour.column;
      // Its digest counts what is no longer kept of it.
      if (this.table.heardMetric[at] !== INFINITE) neighbour.incomplete = true;
      this.table.heardMetric[at] = INFINITE;
    }
    this.#reselect(slot, nowMs);
    return true;
  }
}
