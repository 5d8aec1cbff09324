/** What is said to one neighbour in one round: its marked rows as messages that fit the bounds of a control frame. Pure but for the marks. */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { RouteBody, RouteUpdate } from "../../core/messages-routing.js";
import type { Adjacency } from "./adjacency.js";
import { digestTerm } from "./ranks.js";
import { inScope } from "./scope.js";
import { ENTRIES_PER_MESSAGE_MAX, INFINITE } from "./settings.js";
import { MARK_DIRTY, MARK_RELAXED, MARK_SUNK, MARK_TOLD, PENDING_SOON, type RouteTable } from "./table.js";

const TO_SAY_SOON = MARK_DIRTY | MARK_SUNK;
const TO_SAY = TO_SAY_SOON | MARK_RELAXED;

/** What one neighbour is to hear, gathered row by row. */
export interface Round {
  readonly updates: RouteUpdate[];
  readonly withdrawn: HubId[];
}

export function updateOf(table: RouteTable, slot: number, metric: number | undefined): RouteUpdate {
  return {
    hub: table.hubs[slot] as HubId,
    seqno: table.seqno[slot] as number,
    metric,
    version: table.version[slot] as number,
    sizes: table.sizes[slot] as readonly number[],
  };
}

/** Goes once over the rows that have something to be said and gathers it by column; afterwards it is marked no more.
 *  @param all what can wait, too */
export function gather(
  table: RouteTable,
  neighbours: readonly (Adjacency | undefined)[],
  all: boolean,
): (Round | undefined)[] {
  const rounds: (Round | undefined)[] = [];
  const due = all ? TO_SAY : TO_SAY_SOON;
  for (let slot = 0; slot < table.length; slot++) {
    const pending = table.pending[slot] as number;
    if (pending === 0 || (!all && (pending & PENDING_SOON) === 0)) continue;
    table.pending[slot] = all ? 0 : pending & ~PENDING_SOON;
    // The same to everybody who hears it: one object.
    let update: RouteUpdate | undefined;
    for (const neighbour of neighbours) {
      if (neighbour === undefined) continue;
      const at = slot * table.width + neighbour.column;
      const marks = table.marks[at] as number;
      if ((marks & due) === 0) continue;
      table.marks[at] = marks & ~TO_SAY;
      if (table.hubs[slot] === neighbour.hub) continue;
      rounds[neighbour.column] ??= { updates: [], withdrawn: [] };
      const round = rounds[neighbour.column] as Round;
      if (isTold(table, slot, neighbour)) {
        update ??= updateOf(table, slot, table.metric[slot]);
        table.marks[at] = (marks & ~TO_SAY) | MARK_TOLD;
        round.updates.push(update);
      } else if ((marks & MARK_SUNK) !== 0) {
        table.marks[at] = marks & ~(TO_SAY | MARK_TOLD);
        round.updates.push(updateOf(table, slot, undefined));
      } else if ((marks & MARK_TOLD) !== 0) {
        table.marks[at] = marks & ~(TO_SAY | MARK_TOLD);
        round.withdrawn.push(table.hubs[slot] as HubId);
      }
    }
  }
  return rounds;
}

/** Split horizon: a next hop is never told of the way through itself, so that what it hears from others are ways of their own. */
function isTold(table: RouteTable, slot: number, { column, scope }: Adjacency): boolean {
  return table.isReachable(slot) && table.via[slot] !== column && inScope(scope, table.rank(slot));
}

const NOTHING: Round = { updates: [], withdrawn: [] };

/** Takes everything that waits to be said to one neighbour. Withdrawals and requests come before mere updates, the digest last.
 *  @param place this hub's locator, when the neighbour does not know it yet
 *  @returns no message when there is nothing to be said. */
export function messagesTo(
  neighbour: Adjacency,
  table: RouteTable,
  round: Round = NOTHING,
  place?: Locator,
): readonly RouteBody[] {
  const { full, again, digestDue, mirror } = neighbour;
  const requests = neighbour.takeRequests();
  const withdrawnEnd = round.withdrawn.length;
  const requestsEnd = withdrawnEnd + requests.length;
  const end = requestsEnd + round.updates.length;
  const bodies: RouteBody[] = mirror === undefined ? [] : [{ updates: [mirror] }];
  neighbour.full = false;
  neighbour.again = false;
  neighbour.digestDue = false;
  neighbour.mirror = undefined;
  if (end === 0 && place === undefined && !digestDue && !full && !again) return bodies;
  let from = 0;
  do {
    const body: Writable<RouteBody> = {};
    if (from === 0 && place !== undefined) body.locator = place;
    if (from === 0 && full) body.full = true;
    if (from === 0 && again) body.again = true;
    const withdrawn = part(round.withdrawn, from, 0);
    const asked = part(requests, from, withdrawnEnd);
    const updates = part(round.updates, from, requestsEnd);
    if (withdrawn.length > 0) body.withdrawn = withdrawn;
    if (asked.length > 0) body.requests = asked;
    if (updates.length > 0) body.updates = updates;
    from += ENTRIES_PER_MESSAGE_MAX;
    if (from >= end && (digestDue || full)) body.digest = digestTold(table, neighbour.column);
    bodies.push(body);
  } while (from < end);
  return bodies;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What of `items`, which begin at `start` of all entries, belongs to the message that begins at `from`. */
function part<T>(items: readonly T[], from: number, start: number): readonly T[] {
  const first = Math.max(from - start, 0);
  const end = from + ENTRIES_PER_MESSAGE_MAX - start;
  if (first === 0 && end >= items.length) return items;
  return end <= first ? [] : items.slice(first, end);
}

/** Over what this neighbour was told. */
export function digestTold(table: RouteTable, column: number): number {
  let digest = 0;
  for (let slot = 0, at = column; slot < table.length; slot++, at += table.width) {
    if (table.hubs[slot] === undefined || ((table.marks[at] as number) & MARK_TOLD) === 0) continue;
    digest = (digest + digestTerm(table, slot, table.metric[slot] as number)) >>> 0;
  }
  return digest;
}

/** Over what this neighbour has told. */
export function digestHeard(table: RouteTable, column: number): number {
  let digest = 0;
  for (let slot = 0, at = column; slot < table.length; slot++, at += table.width) {
    const metric = table.heardMetric[at] as number;
    if (table.hubs[slot] === undefined || metric === INFINITE) continue;
    digest = (digest + digestTerm(table, slot, metric)) >>> 0;
  }
  return digest;
}
