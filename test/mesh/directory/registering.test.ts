/** What makes a hub say again where it is. */
import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { Directory } from "../../../runtime/mesh/directory/directory.js";
import type { Ways } from "../../../runtime/mesh/forwarding/ways.js";
import { generator, geometricGraph, StaticMesh } from "../static-ways.js";

const rng = (length: number): Uint8Array => new Uint8Array(length).fill(128);

/** @returns after which time its own place was sent, when `change` happens 200 ms after it moved. Unit: ms. */
function saidAt(change: (ways: Ways) => Partial<Ways>): number[] {
  const mesh = new StaticMesh(geometricGraph(180, 6, generator(1)), [3, 4], generator(1));
  const hub = mesh.hubs.at(5)!;
  const ways: Ways = { ...mesh.waysOf(hub) };
  const said = new Set<number>();
  let nowMs = 0;
  const sink = {
    send: () => Number(said.add(nowMs)),
    count: () => undefined,
    resolved: () => undefined,
    unresolved: () => undefined,
  };
  const directory = new Directory({ hub, epoch: 1, ways, sink });
  directory.moved(0, rng);
  directory.cellChanged(0, rng);
  for (; nowMs <= 20_000; nowMs += 100) {
    if (nowMs >= 500 && nowMs < 10_000 && nowMs % 500 === 0) {
      Object.assign(ways, change(ways));
      directory.cellChanged(nowMs, rng);
    }
    if (directory.deadlineMs <= nowMs) directory.tick(nowMs, rng);
  }
  return [...said];
}

test("hubs of its cell that come and go are no reason", () => {
  expect(saidAt(({ cell }) => ({ cell: () => cell().slice() })).length).toBe(1);
});

/** Every other time one of the level-1 regions is gone, or its list only begun anew. */
function waver(areGone: boolean): (ways: Ways) => Partial<Ways> {
  let all: readonly HubId[] | undefined;
  let times = 0;
  return (ways) => {
    all ??= ways.regions(1);
    times += 1;
    const now = areGone && times % 2 === 1 ? all.slice(1) : [...all];
    const before = ways.regions;
    return { regions: (level) => (level === 1 ? now : before(level)) };
  };
}

test("a region that is gone is: what it said may have been lost with it", () => {
  expect(saidAt(waver(true)).length).toBe(3);
});

test("one more region is none, since it takes over from the keepers what it is to keep", () => {
  expect(saidAt(waver(false)).length).toBe(1);
});
