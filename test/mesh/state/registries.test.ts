/** What a registry keeps and drops by itself: when it is full, when hubs leave the cell, when it comes back from disk. */
import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { StateEntry } from "../../../runtime/core/messages-state.js";
import { positionOf } from "../../../runtime/mesh/state/entry.js";
import type { RegistrySpec } from "../../../runtime/mesh/state/registries.js";
import { ADVERTS, CELL_NOTES, entryOf, SETTINGS, StateNet, sha256, WALL_MS } from "../state-net.js";

const keyOf = (n: number): string =>
  Buffer.from(sha256(Buffer.from(`key ${n}`)))
    .subarray(0, 16)
    .toString("hex");

function netOf(hubs: number, spec: RegistrySpec, skewMs = 0): StateNet {
  const net = new StateNet(
    1,
    [spec],
    {},
    () => 0,
    () => skewMs,
  );
  for (let i = 0; i < hubs; i++) net.addHub();
  return net;
}

test("of more keys than there is room for, all hubs come to hold the same where the lowest stay", () => {
  const net = netOf(2, { ...ADVERTS, entriesMax: 50, whenFull: "lowest" });
  for (let n = 0; n < 80; n++) net.station(n % 2).state.restore(entryOf(keyOf(n)), 0);
  net.link(0, 1);
  net.run(5000);
  expect(net.agrees()).toBe(true);
  const { registries } = net.station(0).state;
  expect(registries.size("adverts")).toEqual({ entries: 50, bytes: 50 * 121 });
  const positions = Array.from({ length: 80 }, (_, n) => positionOf(sha256, 1, keyOf(n))).sort((a, b) => a - b);
  expect([...registries.entries("adverts")].map(({ position }) => position)).toEqual(positions.slice(0, 50));
});

test("what this hub wrote itself is taken back from its disk, however far behind its clock wakes; the next write wins", () => {
  const net = netOf(1, { ...SETTINGS, accept: () => "unsigned", holds: ({ key }) => key !== "bb" }, -WALL_MS);
  const { state } = net.station(0);
  const kept = (key: string): StateEntry => ({
    registry: 2,
    key,
    major: WALL_MS,
    minor: 7,
    value: new Uint8Array(1),
  });
  expect([state.restore(kept("aa"), 0), state.restore(kept("bb"), 0)]).toEqual([true, false]);
  expect(state.stamp(0)).toEqual({ wallMs: WALL_MS, counter: 8 });
});

test("loses the entries of hubs that leave the cell, but its own", () => {
  const net = netOf(3, { ...CELL_NOTES, hubOf: ({ key }) => key as HubId });
  const [self, stays, leaves] = net.hubs as [HubId, HubId, HubId];
  const { state } = net.station(0);
  for (const hub of net.hubs) state.restore(entryOf(hub, 1, 80, 4), 0);
  state.cellChanged([stays], 0, net.rng);
  expect([self, stays, leaves].map((hub) => state.registries.get("notes", hub) !== undefined)).toEqual([
    true,
    true,
    false,
  ]);
});
