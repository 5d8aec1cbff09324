import { describe, expect, test } from "vitest";
import type { OverlaySettings } from "../../../runtime/mesh/overlay/settings.js";
import { type NetHub, OverlayNet, scattered } from "./overlay-net.js";

const HOUR_MS = 3_600_000;
const across = (a: NetHub, b: NetHub): boolean => a.index % 2 !== b.index % 2;

/** Two halves that know each other well, cut apart for so long. */
function split(
  count: number,
  hours: number,
  settings: Partial<OverlaySettings> = {},
): { readonly net: OverlayNet; readonly mendedMs: number } {
  const net = new OverlayNet({ seed: 11, settings });
  scattered(net, count, 20, 5);
  net.run(60_000);
  net.cut(across);
  net.run(60_000 + hours * HOUR_MS);
  net.mend();
  return { net, mendedMs: net.nowMs };
}

describe("a split", () => {
  test("of half an hour heals within 3 s; the pace is the same for 72 h", () => {
    const { net, mendedMs } = split(40, 0.5);
    expect(net.components()).toEqual([20, 20]);
    net.run(mendedMs + 3000);
    expect(net.components()).toEqual([40]);
  });

  test("costs each hub the less the more of its neighbours search too", () => {
    const { net } = split(20, 0.2);
    const dials = net.hubs.reduce((sum, hub) => sum + hub.dials, 0);
    // Alone each would try thirty times a minute; with four or five around that search too it is six.
    expect(dials / 20 / 13).toBeLessThan(8);
  });

  test("heals by many links, not by one: the first contact tells both sides", () => {
    const { net, mendedMs } = split(40, 0.2);
    net.run(mendedMs + 10_000);
    let links = 0;
    for (const hub of net.hubs) for (const other of hub.links.keys()) if (across(hub, other)) links += 1;
    expect(links / 2).toBeGreaterThanOrEqual(6);
  });

  test("of two homes of five heals within 3 s after two hours", () => {
    const { net, mendedMs } = split(10, 2);
    expect(net.components()).toEqual([5, 5]);
    net.run(mendedMs + 3000);
    expect(net.components()).toEqual([10]);
  });

  test("longer than `trickleAfterMs` is still tried, at a trickle", () => {
    const { net, mendedMs } = split(6, 3, { trickleAfterMs: 2 * HOUR_MS });
    const before = net.hubs.reduce((sum, hub) => sum + hub.dials, 0);
    net.cut(across);
    net.run(mendedMs + HOUR_MS);
    const perHub = (net.hubs.reduce((sum, hub) => sum + hub.dials, 0) - before) / 6;
    expect(perHub).toBeGreaterThan(3);
    expect(perHub).toBeLessThan(20);
  });
});

describe("isolation", () => {
  const net = new OverlayNet({ seed: 2 });
  scattered(net, 12, 20, 5);
  net.run(20_000);
  const lonely = net.hubs[4]!;
  net.cut((a, b) => a === lonely || b === lonely);
  net.run(30_000);

  test("is noticed by the hub that lost all its links, and by nobody else", () => {
    const told = net.hubs.filter((hub) => hub.notices.some((notice) => notice.type === "isolated"));
    expect(told).toEqual([lonely]);
    expect(lonely.overlay.isolated).toBe(true);
  });

  test("ends with the first link, within 20 s of the mending", () => {
    net.mend();
    net.run(50_000);
    expect(lonely.overlay.isolated).toBe(false);
    expect(lonely.links.size).toBeGreaterThan(0);
  });
});

describe("the memory of peers", () => {
  test("outlives a restart: a hub that nobody tells anything finds its mesh again within 2 s", () => {
    const net = new OverlayNet({ seed: 8 });
    scattered(net, 30, 20, 5);
    net.run(200_000);
    const hub = net.hubs[9]!;
    net.crash(hub);
    net.run(210_000);
    net.restart(hub);
    net.run(212_000);
    expect(hub.links.size).toBeGreaterThanOrEqual(3);
    expect(net.components()).toEqual([30]);
  });

  test("that cannot be read is no memory", () => {
    const net = new OverlayNet({ seed: 9 });
    const hub = net.add(0, 0);
    for (const text of ["", "{", "[]", '{"version":1,"rows":[{"hub":1}]}', '{"version":9,"rows":[]}']) {
      hub.overlay.restore(new TextEncoder().encode(text), 0);
    }
    expect(hub.overlay.peersKnown).toBe(0);
  });
});
