import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { Holdings } from "../../../runtime/mesh/directory/holdings.js";
import { chooseTwo } from "../../../runtime/mesh/directory/rendezvous.js";
import { Repair } from "../../../runtime/mesh/directory/repair.js";
import { DIRECTORY_DEFAULTS } from "../../../runtime/mesh/directory/settings.js";
import type { Ways } from "../../../runtime/mesh/forwarding/ways.js";
import { generator, hubIdOf } from "../static-ways.js";

const random = generator(12);
const hubs = Array.from({ length: 20 }, () => hubIdOf(random)).sort();
const keys = Array.from({ length: 500 }, () => hubIdOf(random));
const rng = (length: number): Uint8Array => new Uint8Array(length);

/** Every keeper of the cell as it was, each with its own places; the cell then is another. @returns who holds what afterwards. */
function repaired(before: readonly HubId[], after: readonly HubId[]): { held: Map<HubId, Set<HubId>>; sent: number } {
  const held = new Map(
    keys.map((key) => [key, new Set(chooseTwo(key, before).filter((hub) => after.includes(hub as HubId)))]),
  );
  let sent = 0;
  for (const self of after) {
    if (!before.includes(self)) continue;
    let cell = before;
    const ways = { locator: [], topLevel: 0, cell: () => cell } as unknown as Ways;
    const holdings = new Holdings(DIRECTORY_DEFAULTS.placesMax);
    const repair = new Repair(self, ways, holdings, DIRECTORY_DEFAULTS, (key, rank, place) => {
      expect(place.lifetimeS).toBeLessThan(100);
      const [first, second] = chooseTwo(key, after);
      const target = rank >= 2 ? second : first;
      held.get(key)?.add(target as HubId);
      // The first keeper tells the second.
      if (rank < 2) held.get(key)?.add(second as HubId);
      sent += 1;
    });
    repair.cellChanged(0, rng);
    for (const key of keys)
      if (chooseTwo(key, before).includes(self))
        holdings.put(key, { epoch: 1, version: 1, locator: [], lifetimeS: 100 }, 0, 0);
    cell = after;
    repair.cellChanged(1000, rng);
    while (repair.dueMs !== Number.POSITIVE_INFINITY) repair.tick(repair.dueMs);
  }
  return { held: held as Map<HubId, Set<HubId>>, sent };
}

test("when a hub goes both keepers of every place hold it again, and only its own places move", () => {
  const { held, sent } = repaired(hubs, hubs.slice(1));
  for (const key of keys)
    for (const hub of chooseTwo(key, hubs.slice(1))) expect(held.get(key)?.has(hub as HubId)).toBe(true);
  expect(sent).toBe(keys.filter((key) => chooseTwo(key, hubs).includes(hubs[0])).length);
});

test("when hubs come the places that are theirs are handed to them, once", () => {
  const { held, sent } = repaired(hubs.slice(2), hubs);
  for (const key of keys) for (const hub of chooseTwo(key, hubs)) expect(held.get(key)?.has(hub as HubId)).toBe(true);
  expect(sent).toBeLessThan(keys.length / 2);
});

test("nothing is done where nothing changed for the places held", () => {
  expect(repaired(hubs, [...hubs]).sent).toBe(0);
});
