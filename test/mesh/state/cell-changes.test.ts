import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { CellChanges } from "../../../runtime/mesh/state/cell-changes.js";
import { STATE_DEFAULTS } from "../../../runtime/mesh/state/settings.js";

const OTHER = "0000000000000000000000000000000b" as HubId;
const { cellQuietMs, cellQuietMsMax } = STATE_DEFAULTS;

function changed(changes: CellChanges, nowMs: number, opens = true): void {
  changes.changed(nowMs);
  changes.add(OTHER, opens, 0.5);
}

/** @returns the moments at which it compares, up to `untilMs`. Unit: ms. */
function compared(changes: CellChanges, fromMs: number, untilMs: number): number[] {
  const found: number[] = [];
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 10) if (changes.take(nowMs).includes(OTHER)) found.push(nowMs);
  return found;
}

test("of hubs that come to a cell one after the other one comparison tells, once none has come for a moment", () => {
  const changes = new CellChanges(STATE_DEFAULTS);
  const found: number[] = [];
  for (let nowMs = 0; nowMs < 1000; nowMs += 100) {
    changed(changes, nowMs);
    found.push(...compared(changes, nowMs, nowMs + 90));
  }
  found.push(...compared(changes, 1000, 10_000));
  expect(found).toHaveLength(1);
  expect(found[0]).toBeGreaterThanOrEqual(900 + cellQuietMs / 2);
  expect(found[0]).toBeLessThanOrEqual(900 + cellQuietMs + 10);
});

test("where hubs come and go without end, they are compared all the same", () => {
  const changes = new CellChanges(STATE_DEFAULTS);
  const found: number[] = [];
  for (let nowMs = 0; nowMs < 30_000; nowMs += 100) {
    changed(changes, nowMs);
    found.push(...compared(changes, nowMs, nowMs + 90));
  }
  expect(found.length).toBeGreaterThanOrEqual(Math.floor(30_000 / (cellQuietMsMax + 200)));
});

test("the other end waits, and need not ask when the one that opens has settled it", () => {
  const changes = new CellChanges(STATE_DEFAULTS);
  changed(changes, 0, false);
  expect(compared(changes, 0, cellQuietMs)).toEqual([]);
  changes.agreed(OTHER, 10);
  expect(compared(changes, cellQuietMs, 10_000)).toEqual([]);
});

test("a comparison that began before the change does not count", () => {
  const changes = new CellChanges(STATE_DEFAULTS);
  changed(changes, 100);
  changes.agreed(OTHER, 90);
  expect(compared(changes, 100, 10_000)).toHaveLength(1);
});

test("nobody is compared with whose link has ended", () => {
  const changes = new CellChanges(STATE_DEFAULTS);
  changed(changes, 0);
  changes.delete(OTHER);
  expect(compared(changes, 0, 10_000)).toEqual([]);
});
