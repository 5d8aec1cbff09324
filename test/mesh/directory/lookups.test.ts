import { expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";
import { Lookups } from "../../../runtime/mesh/directory/lookups.js";
import { DIRECTORY_DEFAULTS } from "../../../runtime/mesh/directory/settings.js";
import type { Ways } from "../../../runtime/mesh/forwarding/ways.js";
import { generator, hubIdOf } from "../static-ways.js";

const random = generator(6);
const [self, other, landmark, elsewhere] = Array.from({ length: 4 }, () => hubIdOf(random)) as [
  HubId,
  HubId,
  HubId,
  HubId,
];
const place = (version: number, at: HubId) => ({ epoch: 1, version, locator: [at], lifetimeS: 100 });
const frame: RoutedFrame = { src: self, srcEpoch: 1, dst: other, hops: 0, seq: 1, payload: { type: "ECHO", nonce: 1 } };

function lookups() {
  const asked: string[] = [];
  const resolved: RoutedFrame[] = [];
  const unresolved: RoutedFrame[] = [];
  const counts: string[] = [];
  const ways = {
    locator: [landmark],
    topLevel: 1,
    nextHop: (_to: HubId, where: readonly HubId[] | undefined) => (where?.[0] === elsewhere ? elsewhere : undefined),
  } as unknown as Ways;
  const made = new Lookups(ways, DIRECTORY_DEFAULTS, {
    ask: (_hub, rank) => asked.push(`ask ${rank}`) > 0,
    search: (_hub, ring) => asked.push(`search ${ring}`) > 0,
    resolved: (one) => void resolved.push(one),
    unresolved: (one) => void unresolved.push(one),
    count: (name) => void counts.push(name),
  });
  return { made, asked, resolved, unresolved, counts };
}

test("in settled times the second region is asked only when the first does not know", () => {
  const { made, asked } = lookups();
  made.wait(frame, 0);
  expect(asked).toEqual(["ask 0"]);
  made.answered(other, undefined, 10);
  expect(asked).toEqual(["ask 0", "ask 1"]);
});

test("while regions change both are asked at once, then all are searched, and again until patience ends; it is not believed that nobody knows", () => {
  const { made, asked, unresolved } = lookups();
  made.waysChanged(0);
  made.wait(frame, 0);
  expect(asked).toEqual(["ask 0", "ask 1"]);
  made.answered(other, undefined, 10);
  expect(asked).toEqual(["ask 0", "ask 1"]);
  made.answered(other, undefined, 20);
  expect(asked).toEqual(["ask 0", "ask 1", "search 1"]);
  while (made.deadlineMs < 10_000) made.tick(made.deadlineMs);
  expect(asked.filter((what) => what === "ask 0").length).toBeGreaterThan(2);
  expect(unresolved).toEqual([frame]);
  asked.length = 0;
  made.wait(frame, DIRECTORY_DEFAULTS.patienceMs + 500);
  expect(asked).toEqual(["ask 0", "ask 1"]);
});

test("while nobody answers it asks again until patience ends, and does not believe that nobody knows", () => {
  const { made, asked, unresolved } = lookups();
  made.wait(frame, 0);
  made.tick(DIRECTORY_DEFAULTS.timeoutMs);
  expect(asked).toEqual(["ask 0", "ask 1"]);
  while (made.deadlineMs < 10_000) made.tick(made.deadlineMs);
  expect(asked.filter((what) => what === "ask 0")).toHaveLength(2);
  expect(unresolved).toEqual([frame]);
  asked.length = 0;
  made.wait(frame, DIRECTORY_DEFAULTS.patienceMs + 100);
  expect(asked).toEqual(["ask 0"]);
});

test("who moves tells: a newer place replaces the one remembered, an older one does not, and one of a stranger is not kept", () => {
  const { made, resolved, counts } = lookups();
  expect(made.told(other, place(1, elsewhere), 0)).toBe(false);
  expect(made.known(other, 0)).toBeUndefined();
  made.wait(frame, 0);
  made.answered(other, place(2, elsewhere), 10);
  expect(resolved).toHaveLength(1);
  expect(made.told(other, place(3, landmark), 20)).toBe(true);
  expect(made.told(other, place(2, elsewhere), 30)).toBe(false);
  expect(made.known(other, 40)).toEqual([landmark]);
  expect(counts).toEqual([]);
});

test("a place that has led nowhere is not used again, but what is older than it is still refused", () => {
  const { made } = lookups();
  made.wait(frame, 0);
  made.answered(other, place(2, elsewhere), 10);
  made.invalidate(other, 1000);
  expect(made.known(other, 1000)).toBeUndefined();
  expect(made.told(other, place(1, landmark), 1010)).toBe(false);
  expect(made.told(other, place(3, landmark), 1020)).toBe(true);
});

test("correspondents are those that frames went to lately, the latest first", () => {
  const { made } = lookups();
  const hubs = Array.from({ length: 20 }, () => hubIdOf(random));
  for (const [at, dst] of hubs.entries()) {
    made.wait({ ...frame, dst }, at * 1000);
    made.answered(dst, place(1, elsewhere), at * 1000);
  }
  made.known(hubs[0] as HubId, 20_000);
  const lately = made.correspondents(20_000).map(({ hub }) => hub);
  expect(lately).toHaveLength(DIRECTORY_DEFAULTS.correspondentsMax);
  expect(lately.slice(0, 2)).toEqual([hubs[0], hubs[19]]);
  expect(made.correspondents(20_000 + DIRECTORY_DEFAULTS.correspondentMs)).toEqual([]);
});
