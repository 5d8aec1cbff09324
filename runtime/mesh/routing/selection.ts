/**
 * Which neighbour is the next hop: Babel's feasibility condition and route selection over one row. Pure.
 * Source: RFC 8966 §3.5.1 (feasibility), §3.6 (selection), §3.7.2 (feasibility distances), §3.5.3 (an unfeasible update of the
 * selected neighbour may be kept).
 *
 * What makes it loop-free: along every next hop the feasibility distance strictly sinks (a newer sequence number counts as
 * lower). A next hop is *chosen* only when what it advertises is below one's own distance, hence its distance is, too; and as
 * long as it stays the next hop its own distance can only sink. So the present next hop may say a greater metric without
 * being given up: that is no reason for a loop, only for a longer way.
 */
import { isNewer } from "./seqno.js";
import { INFINITE, METRIC_MAX } from "./settings.js";
import { NO_COLUMN, type RouteTable } from "./table.js";

export function isFeasible(table: RouteTable, slot: number, seqno: number, metric: number): boolean {
  const fdMetric = table.fdMetric[slot] as number;
  if (fdMetric === INFINITE) return true;
  const fdSeqno = table.fdSeqno[slot] as number;
  return seqno === fdSeqno ? metric < fdMetric : isNewer(seqno, fdSeqno);
}

/** May the row go on, or begin, to use this column? */
export function isUsable(table: RouteTable, slot: number, column: number): boolean {
  const at = slot * table.width + column;
  const metric = table.heardMetric[at] as number;
  if (metric === INFINITE) return false;
  const seqno = table.heardSeqno[at] as number;
  if (isFeasible(table, slot, seqno, metric)) return true;
  return column === table.via[slot] && !isNewer(table.fdSeqno[slot] as number, seqno);
}

/** Chooses the nearest usable neighbour, the present one among equals. Sets via, metric, seqno and the feasibility distance.
 *  @returns whether metric, seqno or next hop have changed. */
export function select(table: RouteTable, slot: number, nowMs: number): boolean {
  const { width, heardMetric, cost } = table;
  const current = table.via[slot] as number;
  const row = slot * width;
  let best = INFINITE;
  let chosen = NO_COLUMN;
  for (let column = 0; column < width; column++) {
    const heard = heardMetric[row + column] as number;
    if (heard === INFINITE) continue;
    const total = heard + (cost[column] as number);
    if (total > METRIC_MAX || total > best || (total === best && column !== current)) continue;
    if (!isUsable(table, slot, column)) continue;
    best = total;
    chosen = column;
  }
  return use(table, slot, chosen, best, nowMs);
}

function use(table: RouteTable, slot: number, column: number, metric: number, nowMs: number): boolean {
  const before = table.metric[slot] as number;
  const viaBefore = table.via[slot] as number;
  if (metric === INFINITE) {
    if (before === INFINITE) return false;
    table.via[slot] = NO_COLUMN;
    table.setMetric(slot, INFINITE);
    table.lostMs[slot] = nowMs;
    return true;
  }
  const seqno = table.heardSeqno[slot * table.width + column] as number;
  const changed = before !== metric || viaBefore !== column || table.seqno[slot] !== seqno;
  table.via[slot] = column;
  table.setMetric(slot, metric);
  table.seqno[slot] = seqno;
  const fdMetric = table.fdMetric[slot] as number;
  if (fdMetric === INFINITE || isNewer(seqno, table.fdSeqno[slot] as number)) {
    table.fdSeqno[slot] = seqno;
    table.fdMetric[slot] = metric;
  } else if (metric < fdMetric) table.fdMetric[slot] = metric;
  return changed;
}

/** The nearest usable column other than `not`: the ready backup.
 *  @returns NO_COLUMN when there is none. */
export function backup(table: RouteTable, slot: number, not: number): number {
  const row = slot * table.width;
  let best = METRIC_MAX + 1;
  let chosen = NO_COLUMN;
  for (let column = 0; column < table.width; column++) {
    const heard = table.heardMetric[row + column] as number;
    if (column === not || heard === INFINITE) continue;
    const total = heard + (table.cost[column] as number);
    if (total >= best || !isUsable(table, slot, column)) continue;
    best = total;
    chosen = column;
  }
  return chosen;
}
