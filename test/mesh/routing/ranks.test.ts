import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { mixed, RankRule } from "../../../runtime/mesh/routing/ranks.js";
import { ROUTING_DEFAULTS } from "../../../runtime/mesh/routing/settings.js";
import { RouteTable, SELF } from "../../../runtime/mesh/routing/table.js";
import { generator, hubIdOf } from "../static-ways.js";

/** How many of those around go first. */
const BEFORE = 2;

/** A hub of that rank among more of its kind than a region may hold, with no region above; others are behind it.
 *  @returns when it raises itself. Unit: ms. */
function raisesAt(rank: number): number {
  const random = generator(1);
  const table = new RouteTable(hubIdOf(random));
  const sizes = new Array<number>(rank).fill(20);
  table.setSizes(SELF, sizes);
  const own = mixed(table.hash[SELF] as number, rank);
  let before = 0;
  while (table.size <= ROUTING_DEFAULTS.cellMax + 1) {
    const hub: HubId = hubIdOf(random);
    const isBefore = mixed(Number.parseInt(hub.slice(0, 8), 16), rank) > own;
    if (isBefore && before === BEFORE) continue;
    if (isBefore) before += 1;
    const slot = table.add(hub, 0) as number;
    table.setSizes(slot, sizes);
    // Those that go first are among the nearest.
    table.metric[slot] = isBefore ? 1 : 5;
    table.via[slot] = 1;
  }
  expect(before).toBe(BEFORE);
  const rule = new RankRule(ROUTING_DEFAULTS);
  expect(rule.judge({ table, neighbours: [], locator: [] }, 0)).toBe(0);
  return rule.deadlineMs;
}

test("hubs of a crowd without a landmark raise themselves one after the other", () => {
  const { electHoldMs, raiseStepMs } = ROUTING_DEFAULTS;
  expect(raisesAt(0)).toBe(electHoldMs + BEFORE * raiseStepMs);
});

test("landmarks among landmarks wait longer for each other: the news has farther to go", () => {
  const { electHoldMs, raiseStepMs } = ROUTING_DEFAULTS;
  expect(raisesAt(1)).toBe(electHoldMs + BEFORE * 4 * raiseStepMs);
});
