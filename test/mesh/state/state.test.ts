import { describe, expect, test } from "vitest";
import type { StateEntry, SyncBody } from "../../../runtime/core/messages-state.js";
import { REMOVED_MAJOR } from "../../../runtime/mesh/state/or-dots.js";
import { OrMap } from "../../../runtime/mesh/state/or-map.js";
import { STATE_DEFAULTS } from "../../../runtime/mesh/state/settings.js";
import { ADVERTS, all, CELL_NOTES, entryOf, halves, keyOf, PLACES, SETTINGS, StateNet, WALL_MS } from "../state-net.js";

describe("a mesh", () => {
  test("holds alike what each hub writes", () => {
    const net = halves(0, 10);
    net.link(2, 15);
    for (const index of all(net)) net.put(index, entryOf(net.hubs[index]!));
    net.run(net.nowMs + 10_000);
    expect(net.agrees()).toBe(true);
    expect(net.station(7).state.registries.size("adverts").entries).toBe(20);
  });

  test("teaches a newcomer once, and does not broadcast what it alone lacked", () => {
    const net = halves(2000, 6);
    net.link(0, 6);
    net.run(net.nowMs + 5000);
    const comer = net.addHub();
    net.metering = true;
    for (const index of [0, 3, 8]) net.link(comer, index, 20);
    net.run(net.nowMs + 10_000);
    expect(net.agrees()).toBe(true);
    let total = 0;
    for (const bytes of net.bytes.values()) total += bytes;
    expect(total).toBeLessThan(2000 * 125 * 1.3);
  });

  test("that starts all at once tells what each has written in fewer broadcasts than there are hubs", () => {
    const net = new StateNet(1);
    for (let i = 0; i < 36; i++) net.addHub();
    for (const index of all(net)) for (const n of [0, 1]) net.put(index, entryOf(keyOf(2 * index + n)));
    let payloads = 0;
    net.onSend = (_from, _to, message) => {
      if (message.type === "GOSSIP" && message.op === "gossip") payloads += 1;
    };
    for (const index of all(net)) for (const step of [1, 6]) if (index + step < 36) net.link(index, index + step, 5);
    net.run(6000);
    expect(net.agrees()).toBe(true);
    expect(net.station(35).state.registries.size("adverts").entries).toBe(72);
    expect(payloads / 36).toBeLessThan(27);
  });

  test("in agreement costs at most 8 bytes a second for each hub", () => {
    const net = halves(100, 10);
    net.link(0, 10);
    net.run(net.nowMs + 10_000);
    net.metering = true;
    net.run(net.nowMs + 3_600_000);
    let total = 0;
    for (const bytes of net.bytes.values()) total += bytes;
    expect(total / 20 / 3600).toBeLessThan(8);
    expect(total).toBeGreaterThan(0);
  });

  test("brings to light what neither broadcast nor a new link carried", () => {
    const net = halves(50, 5);
    net.station(2).state.restore(entryOf(keyOf(1), 9), net.nowMs);
    net.run(net.nowMs + 3_600_000);
    expect(net.agrees([0, 1, 2, 3, 4])).toBe(true);
  });
});

describe("a cell's registry", () => {
  test("stays within the cell", () => {
    const net: StateNet = new StateNet(1, [ADVERTS, CELL_NOTES], {}, (hub) => net.hubs.indexOf(hub) % 2);
    for (let i = 0; i < 8; i++) net.addHub();
    for (let i = 0; i < 8; i++) for (const step of [1, 2]) net.link(i, (i + step) % 8);
    net.put(0, entryOf(keyOf(1), 1, 80, 4), "notes");
    net.run(5000);
    const held = all(net).map((index) => net.station(index).state.registries.size("notes").entries);
    expect(held).toEqual([1, 0, 1, 0, 1, 0, 1, 0]);
  });
});

describe("what is refused", () => {
  const one = (specs = [ADVERTS], skewMs?: (index: number) => number): StateNet => {
    const net = new StateNet(1, specs, {}, () => 0, skewMs);
    net.addHub();
    net.addHub();
    return net;
  };

  test("a stamp more than a day ahead is refused and counted; a skewed clock harms its own hub only", () => {
    const net = one([SETTINGS], (index) => (index === 0 ? 100_000_000 : 0));
    net.link(0, 1);
    const { wallMs, counter } = net.station(0).state.stamp(0);
    net.put(0, { registry: 2, key: "aa", major: wallMs, minor: counter, value: new Uint8Array(1) }, "settings");
    net.run(5000);
    expect(net.count("future")).toBeGreaterThan(0);
    expect(net.station(1).state.registries.size("settings").entries).toBe(0);
    expect(net.station(1).state.stamp(net.nowMs).wallMs).toBe(WALL_MS + net.nowMs);
  });

  test("nothing is refused because this hub's clock is an hour behind, and its own next write is later all the same", () => {
    const net = one([SETTINGS], (index) => (index === 0 ? 3_600_000 : 0));
    net.link(0, 1);
    const { wallMs, counter } = net.station(0).state.stamp(0);
    net.put(0, { registry: 2, key: "aa", major: wallMs, minor: counter, value: new Uint8Array(1) }, "settings");
    net.run(5000);
    expect(net.station(1).state.registries.size("settings").entries).toBe(1);
    expect(net.station(1).state.stamp(net.nowMs).wallMs).toBeGreaterThanOrEqual(wallMs);
  });

  test("after eight entries that nobody has signed nothing more is taken from whoever brings them, for a minute", () => {
    let believes = true;
    const net = one([{ ...ADVERTS, accept: () => (believes ? undefined : "badSignature") }]);
    for (let n = 0; n < 200; n++) net.station(0).state.restore(entryOf(keyOf(n)), 0);
    believes = false;
    net.link(0, 1);
    net.run(5000);
    expect(net.count("badSignature")).toBe(8);
    expect(net.station(1).state.registries.size("adverts").entries).toBe(0);
    believes = true;
    net.run(1_200_000);
    expect(net.agrees()).toBe(true);
  });

  test("a full registry refuses new keys and takes new versions", () => {
    const net = one([{ ...ADVERTS, entriesMax: 2 }]);
    const { state } = net.station(0);
    expect([1, 2, 3].map((n) => state.restore(entryOf(keyOf(n)), 0))).toEqual([true, true, false]);
    expect(state.restore(entryOf(keyOf(1), 2), 0)).toBe(true);
    expect(state.registries.size("adverts")).toEqual({ entries: 2, bytes: 2 * 121 });
    expect(() => state.put("adverts", keyOf(3), 1, 1, new Uint8Array(0), 0)).toThrow("full");
  });

  test("what the registry's own judgement does not take is not passed on, by no hub", () => {
    const net = one([{ ...ADVERTS, accept: ({ value }) => (value[0] === 66 ? "forged" : undefined) }]);
    net.link(0, 1);
    net.run(1000);
    const bad: StateEntry = { ...entryOf(keyOf(1)), value: Uint8Array.of(66) };
    net.station(1).state.onDelta(net.hubs[0]!, says({ entries: [bad] }), net.nowMs, net.rng);
    expect(net.count("forged")).toBe(1);
    expect(net.station(1).changes).toEqual([]);
  });

  test("a revocation as the greater version wins for ever over every certificate", () => {
    const { state } = one().station(0);
    const certificate = (serial: number, revoked: number): StateEntry => ({
      ...entryOf(keyOf(1), serial),
      major: revoked,
    });
    state.restore(certificate(5, 0), 0);
    expect(state.restore(certificate(1, 1), 0)).toBe(true);
    expect(state.restore(certificate(Number.MAX_SAFE_INTEGER, 0), 0)).toBe(false);
    expect(state.registries.get("adverts", keyOf(1))?.major).toBe(1);
  });

  test("what is pruned is gone, and its room free", () => {
    const { state } = one().station(0);
    for (let n = 0; n < 10; n++) state.restore(entryOf(keyOf(n)), 0);
    expect(state.registries.drop("adverts", ({ key }) => key !== keyOf(4))).toBe(1);
    expect(state.registries.size("adverts").entries).toBe(9);
  });
});

function says(more: Partial<SyncBody>): SyncBody {
  return { scope: "everyone", open: false, more: false, ranges: [], wants: [], entries: [], ...more };
}

describe("a hostile neighbour", () => {
  const pair = (settings: object = {}): StateNet => {
    const net = new StateNet(1, [ADVERTS], settings);
    net.addHub();
    net.addHub();
    for (let n = 0; n < 500; n++) net.station(0).state.restore(entryOf(keyOf(n)), 0);
    net.link(0, 1);
    net.run(2000);
    return net;
  };
  const tell = (net: StateNet, body: SyncBody): void =>
    net.act(0, ({ state }) => state.onSync(net.hubs[1]!, body, net.nowMs, net.rng));
  const fingerprint = new Uint8Array(6);

  test("that speaks outside a session, or out of turn, is counted", () => {
    const net = pair();
    tell(net, says({ session: 1 }));
    tell(net, says({}));
    tell(net, says({ session: 2, open: true, more: true, ranges: [{ upper: 2 ** 48, fingerprint }] }));
    tell(net, says({ session: 3 }));
    expect([net.count("no-session"), net.count("malformed")]).toEqual([2, 1]);
  });

  test("that asks for more than an honest one would is left alone", () => {
    const net = pair();
    tell(net, says({ session: 2, open: true, more: true, ranges: [{ upper: 2 ** 48, fingerprint }] }));
    for (let i = 0; i < 2000; i++)
      tell(net, says({ session: 2, more: true, ranges: [{ upper: 2 ** 48, fingerprint }] }));
    expect(net.count("overflow")).toBe(1);
  });

  test("that gets all it wants gets it at the session's rate", () => {
    const net = pair({ bytesPerSecond: 10_000, burstBytes: 16_384 });
    net.metering = true;
    tell(net, says({ session: 2, open: true, ranges: [{ upper: 2 ** 48, listed: new Uint8Array(0) }] }));
    net.run(net.nowMs + 1000);
    expect(net.over(0, 1)).toBeLessThan(16_384 + 10_000 + 8192);
  });

  test("that falls silent in the middle loses its session", () => {
    const net = pair();
    net.mute(1, 0);
    tell(net, says({ session: 2, open: true, more: true, ranges: [{ upper: 2 ** 48, fingerprint }] }));
    net.run(net.nowMs + STATE_DEFAULTS.sessionIdleMs + 1000);
    expect(net.count("timeout")).toBe(1);
  });

  test("that answers a little every 9 s holds a newcomer for 10 s, not for 5 minutes; then others teach it", () => {
    const net = new StateNet(1, [ADVERTS]);
    for (let n = 0; n < 3; n++) net.addHub();
    for (let n = 0; n < 100; n++) net.station(2).state.restore(entryOf(keyOf(n)), 0);
    net.link(0, 1);
    net.mute(1, 0);
    tell(net, says({ session: 2, open: true, more: true, ranges: [{ upper: 2 ** 48, fingerprint }] }));
    net.link(0, 2);
    for (let s = 1; s <= 2; s++) {
      net.run(net.nowMs + 9000);
      tell(net, says({ session: 2, more: true }));
    }
    expect(net.count("timeout")).toBeGreaterThan(0);
    expect(net.station(0).state.registries.set("everyone")?.size).toBe(100);
  });

  test("that brings news at a slow link's pace is listened to", () => {
    const net = pair();
    net.mute(1, 0);
    tell(net, says({ session: 2, open: true, more: true, ranges: [{ upper: 2 ** 48, fingerprint }] }));
    for (let s = 1; s <= 60; s++) {
      net.run(net.nowMs + 1000);
      const news = Array.from({ length: 5 }, (_, at) => ({
        ...entryOf(keyOf(1000 + 5 * s + at)),
        value: new Uint8Array(1024),
      }));
      tell(net, says({ session: 2, more: true, entries: news }));
    }
    expect([net.count("timeout"), net.count("no-session")]).toEqual([0, 0]);
  });

  test("whose ranges run backwards is counted", () => {
    const net = pair();
    tell(
      net,
      says({
        session: 2,
        open: true,
        ranges: [
          { upper: 9, fingerprint },
          { upper: 3, fingerprint },
        ],
      }),
    );
    expect(net.count("malformed")).toBe(1);
  });
});

describe("an observed-remove map", () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  const DAY_MS = 24 * 3_600_000;
  const two = (): { net: StateNet; maps: OrMap[] } => {
    const net = new StateNet(1, [PLACES]);
    net.addHub();
    net.addHub();
    const maps = all(net).map(
      (index) =>
        new OrMap({
          registry: "places",
          self: net.hubs[index]!,
          state: net.station(index).state,
          keyOf: (value) => new TextDecoder().decode(value),
          wallMs: (nowMs) => WALL_MS + nowMs,
          tombstoneMs: STATE_DEFAULTS.tombstoneMs,
        }),
    );
    return { net, maps };
  };
  const held = (map: OrMap): string[] => [...map.values().keys()];

  test("of adding and removing at once, adding wins; of both sides all that was added stays", () => {
    const { net, maps } = two();
    const [a, b] = maps as [OrMap, OrMap];
    net.act(0, () => a.add(text("kitchen"), 0));
    net.link(0, 1);
    net.run(2000);
    net.cut(0, 1);
    net.act(0, () => a.remove("kitchen", 3000));
    net.act(1, () => b.add(text("kitchen"), 3000));
    net.act(0, () => a.add(text("cellar"), 3000));
    net.link(0, 1);
    net.run(6000);
    expect([held(a), held(b)]).toEqual([
      ["cellar", "kitchen"],
      ["cellar", "kitchen"],
    ]);
  });

  test("what all have seen and one removes is gone everywhere, and does not come back", () => {
    const { net, maps } = two();
    const [a, b] = maps as [OrMap, OrMap];
    net.act(0, () => a.add(text("attic"), 0));
    const dot = [...net.station(0).state.registries.entries("places")][0]!;
    net.link(0, 1);
    net.run(2000);
    net.act(1, () => b.remove("attic", 2000));
    net.run(4000);
    expect([held(a), held(b)]).toEqual([[], []]);
    expect(net.station(0).state.restore(dot, 4000)).toBe(false);
  });

  test("old tombstones go when their hub raises its floor, and below the floor nothing is taken", () => {
    const { net, maps } = two();
    const [a, b] = maps as [OrMap, OrMap];
    a.add(text("stays"), 0);
    for (let i = 0; i < 20; i++) {
      a.add(text(`place ${i}`), i);
      a.remove(`place ${i}`, i);
    }
    const { state } = net.station(0);
    const tombstone = [...state.registries.entries("places")].find(({ major }) => major === REMOVED_MAJOR)!;
    net.link(0, 1);
    net.run(20 * DAY_MS);
    net.act(0, () => expect(a.compact(20 * DAY_MS)).toBe(19));
    net.run(20 * DAY_MS + 5000);
    expect([held(a), held(b)]).toEqual([["stays"], ["stays"]]);
    expect(net.station(1).state.registries.size("places").entries).toBe(2);
    expect(state.restore({ ...tombstone, major: 0, value: text("back") }, net.nowMs)).toBe(false);
  });

  test("a tombstone older than the horizon is not taken any more", () => {
    const { net } = two();
    const old = { registry: 3, key: net.hubs[0]! + "00".repeat(6), major: 1, minor: WALL_MS, value: text("") };
    expect(net.station(1).state.restore(old, STATE_DEFAULTS.tombstoneMs + DAY_MS)).toBe(false);
  });
});
