/**
 * Asking for newer sequence numbers, and passing such requests on towards the origin.
 * Source: RFC 8966 §3.8.1.2 (answering and forwarding), §3.8.2.1 (when routes are lost), §3.8.2.2 (unfeasible updates).
 */
import type { HubId } from "../../core/ids.js";
import type { RouteRequest } from "../../core/messages-routing.js";
import type { Adjacency } from "./adjacency.js";
import { isUsable } from "./selection.js";
import { isNewer, seqnoAfter } from "./seqno.js";
import { INFINITE, REQUEST_FANOUT, REQUEST_HOPS_MAX, type RoutingSettings } from "./settings.js";
import { MARK_ASKED, MARK_DIRTY, MARK_WANTS, NO_COLUMN, type RouteTable } from "./table.js";

/** 32 times the first wait: after that, only what a neighbour says anew is a reason to ask. */
const TRIES_MAX = 6;
/** Where a region ends, its hubs end one after the other what they told of those beyond: so long after the first of them the others have, too. Unit: ms. */
const BORDER_MS = 50;
/** A way is worth a request when it is shorter by this part. */
const WORTH_PART = 1 / 8;

interface Waiting {
  seqno: number;
  dueMs: number;
  tries: number;
}

export class SeqnoRequests {
  /** Unit: ms. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** One for each destination at most, so as many as the table has rows. */
  #waiting: Map<HubId, Waiting> | undefined;

  constructor(
    readonly table: RouteTable,
    readonly neighbours: readonly (Adjacency | undefined)[],
    readonly settings: RoutingSettings,
  ) {}

  /** Asks the nearest neighbours that have a way which is not feasible, when it is worth it.
   *  @returns whether anybody was asked. */
  seek(slot: number, nowMs: number): boolean {
    const hub = this.table.hubs[slot] as HubId;
    const seqno = seqnoAfter(this.table.fdSeqno[slot] as number);
    let asked = false;
    for (let i = 0; i < REQUEST_FANOUT; i++) {
      const column = this.#nearestUnusable(slot);
      if (column === NO_COLUMN) break;
      this.table.mark(slot, column, MARK_ASKED);
      asked = this.neighbours[column]?.ask({ hub, seqno, hops: REQUEST_HOPS_MAX }) === true || asked;
    }
    if (asked && !this.table.isReachable(slot)) this.#await(hub, seqno, nowMs + this.settings.requestRetryMs);
    return asked;
  }

  /** As `seek` a moment later, if there is no way by then. */
  seekLater(slot: number, nowMs: number): void {
    if (this.#nearestUnusable(slot) === NO_COLUMN) return;
    const seqno = seqnoAfter(this.table.fdSeqno[slot] as number);
    this.#await(this.table.hubs[slot] as HubId, seqno, nowMs + BORDER_MS);
  }

  /** A neighbour asks for a destination that is not this hub.
   *  @returns what became of it. */
  pass(from: Adjacency, slot: number, request: RouteRequest, nowMs: number): "answered" | "passed" | "waits" | "lost" {
    const { table } = this;
    const via = table.via[slot] as number;
    const usable = table.isReachable(slot) && via !== from.column;
    if (usable && !isNewer(request.seqno, table.seqno[slot] as number)) {
      table.mark(slot, from.column, MARK_DIRTY);
      return "answered";
    }
    table.mark(slot, from.column, MARK_WANTS);
    const waiting = this.#waiting?.get(request.hub);
    if (waiting !== undefined && !isNewer(request.seqno, waiting.seqno)) return "waits";
    const next = usable ? via : this.#nearest(slot, from.column);
    if (next === NO_COLUMN || request.hops === 0) return "lost";
    const sent = this.neighbours[next]?.ask({ hub: request.hub, seqno: request.seqno, hops: request.hops - 1 });
    this.#await(request.hub, request.seqno, nowMs + this.settings.requestRetryMs);
    return sent === true ? "passed" : "lost";
  }

  /** The route of this row has a new sequence number: whoever waits for it is to be told.
   *  @returns whether anybody does. */
  arrived(slot: number): boolean {
    const { table } = this;
    table.unmarkAll(slot, MARK_ASKED);
    const hub = table.hubs[slot] as HubId;
    const waiting = this.#waiting?.get(hub);
    if (waiting === undefined || isNewer(waiting.seqno, table.seqno[slot] as number)) return false;
    this.#waiting?.delete(hub);
    this.tell(slot);
    return true;
  }

  /** Marks the row for those that asked. */
  tell(slot: number): void {
    const { table } = this;
    const row = slot * table.width;
    for (let column = 0; column < table.width; column++) {
      if (((table.marks[row + column] as number) & MARK_WANTS) !== 0) table.mark(slot, column, MARK_DIRTY);
    }
    table.unmarkAll(slot, MARK_WANTS);
  }

  /** @returns whether anybody was asked again. */
  tick(nowMs: number): boolean {
    if (nowMs < this.deadlineMs || this.#waiting === undefined) return false;
    let asked = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
    for (const [hub, waiting] of this.#waiting) {
      if (nowMs >= waiting.dueMs) asked = this.#again(hub, waiting, nowMs) || asked;
      if (this.#waiting.has(hub)) this.deadlineMs = Math.min(this.deadlineMs, waiting.dueMs);
    }
    if (this.#waiting.size === 0) this.#waiting = undefined;
    return asked;
  }

  #again(hub: HubId, waiting: Waiting, nowMs: number): boolean {
    const { table } = this;
    const slot = table.slots.get(hub);
    const tries = waiting.tries;
    this.#waiting?.delete(hub);
    if (slot === undefined) return false;
    table.unmarkAll(slot, MARK_ASKED);
    if (table.isReachable(slot) || tries >= TRIES_MAX) {
      table.unmarkAll(slot, MARK_WANTS);
      return false;
    }
    const asked = this.seek(slot, nowMs);
    const again = this.#waiting?.get(hub);
    if (again !== undefined) {
      again.tries = tries + 1;
      again.dueMs = nowMs + this.settings.requestRetryMs * 2 ** again.tries;
    }
    return asked;
  }

  #await(hub: HubId, seqno: number, dueMs: number): void {
    this.#waiting ??= new Map();
    const waiting = this.#waiting.get(hub);
    if (waiting === undefined) this.#waiting.set(hub, { seqno, dueMs, tries: 0 });
    else if (isNewer(seqno, waiting.seqno)) waiting.seqno = seqno;
    this.deadlineMs = Math.min(this.deadlineMs, dueMs);
  }

  /** Among the ways that are not usable, not asked for yet, and worth it. */
  #nearestUnusable(slot: number): number {
    const { table } = this;
    const present = table.metric[slot] as number;
    const worth = present === INFINITE ? INFINITE : present * (1 - WORTH_PART);
    return this.#best(
      slot,
      worth,
      (column, at) => ((table.marks[at] as number) & MARK_ASKED) === 0 && !isUsable(table, slot, column),
    );
  }

  #nearest(slot: number, not: number): number {
    return this.#best(slot, INFINITE, (column) => column !== not);
  }

  #best(slot: number, below: number, fits: (column: number, at: number) => boolean): number {
    const { table } = this;
    let best = below;
    let chosen = NO_COLUMN;
    for (let column = 0; column < table.width; column++) {
      const at = slot * table.width + column;
      const heard = table.heardMetric[at] as number;
      if (heard === INFINITE || heard + (table.cost[column] as number) >= best || !fits(column, at)) continue;
      best = heard + (table.cost[column] as number);
      chosen = column;
    }
    return chosen;
  }
}
