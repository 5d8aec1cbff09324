import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { readRecord, unreadBytes, unreadKey } from "../../../runtime/mesh/outbox/records.js";
import { OUTBOX_DEFAULTS } from "../../../runtime/mesh/outbox/settings.js";
import { UnreadParcels } from "../../../runtime/mesh/outbox/unread.js";
import { OutboxNet } from "./outbox-net.js";

const texts = (net: OutboxNet): string[] => net.delivered.map(({ text }) => text);
const unreadKeys = (net: OutboxNet, hub: HubId): string[] =>
  [...net.disk(hub).keys()].filter((key) => key.includes("/unread/"));

describe("parcels of a type that their reader does not know", () => {
  const three = (settings = {}): readonly [OutboxNet, HubId, HubId, HubId] => {
    const net = new OutboxNet(3, 1, settings);
    const [a, b, c] = net.hubs as [HubId, HubId, HubId];
    net.outdated.add(b);
    return [net, a, b, c];
  };
  const restart = (net: OutboxNet, hub: HubId): void => {
    net.kill(hub);
    net.start(hub);
  };

  test("are acknowledged, kept over restarts, and delivered once by the first version that reads them", () => {
    const [net, a, b] = three();
    for (const text of ["one", "two", "three"]) net.send(a, b, text);
    net.run(1000);
    expect(net.settled.map(({ outcome }) => outcome)).toEqual(["delivered", "delivered", "delivered"]);
    restart(net, b);
    net.run(2000);
    expect([texts(net), net.outbox(b)?.unread]).toEqual([[], 3]);
    net.outdated.clear();
    restart(net, b);
    net.run(3000);
    restart(net, b);
    net.run(4000);
    expect(texts(net)).toEqual(["one", "two", "three"]);
    expect([unreadKeys(net, b), net.outbox(b)?.unread]).toEqual([[], 0]);
  });

  test("are not acknowledged while they are not on disk", () => {
    const [net, a, b] = three();
    net.fillDisk(b, true);
    net.send(a, b, "one");
    net.run(2000);
    expect(net.settled).toEqual([]);
    restart(net, b);
    net.fillDisk(b, false);
    net.run(30_000);
    expect([net.settled.length, unreadKeys(net, b).length]).toEqual([1, 1]);
  });

  test("that come after a failed write are written together with those of that write", () => {
    const [net, a, b] = three();
    net.fillDisk(b, true);
    net.send(a, b, "one");
    net.run(2000);
    net.fillDisk(b, false);
    net.send(a, b, "two");
    net.run(30_000);
    net.outdated.clear();
    restart(net, b);
    net.run(31_000);
    expect(texts(net).sort()).toEqual(["one", "two"]);
  });

  test("take a bounded room, of which who has most there loses its oldest", () => {
    const [net, a, b, c] = three({ unreadParcelsMax: 5 });
    net.send(c, b, "other");
    net.run(1000);
    for (let i = 0; i < 10; i++) net.send(a, b, `${i}`);
    net.run(5000);
    expect([net.count("mesh.outbox.unread"), net.count("mesh.outbox.unreadDropped")]).toEqual([11, 6]);
    net.outdated.clear();
    restart(net, b);
    net.run(6000);
    // Some overtook each other on the way.
    expect(texts(net)).toHaveLength(5);
    expect(texts(net)).toContain("other");
    for (const early of ["0", "1", "2"]) expect(texts(net)).not.toContain(early);
  });
});

describe("what is kept unread", () => {
  const origin = "a".repeat(32) as HubId;
  const record = (number: number, bytes: number) =>
    ({ origin, stream: 8192, number, kind: 200, content: new Uint8Array(bytes) }) as const;

  test("comes back from disk as it was written", () => {
    const one = record(7, 3);
    expect(readRecord(unreadKey(one), unreadBytes(one))).toEqual({ type: "unread", ...one });
    expect(readRecord(unreadKey(one), unreadBytes(one).slice(0, 1))).toBeUndefined();
    expect(readRecord(`${unreadKey(one)}x`, unreadBytes(one))).toBeUndefined();
  });

  test("never asks for more than a store takes in one write", () => {
    const unread = new UnreadParcels(OUTBOX_DEFAULTS);
    let number = 0;
    while (!unread.isFull) unread.add(record(++number, 61_440));
    const bytes = unread.take().reduce((sum, one) => sum + (one.type === "put" ? one.value.length : 0), 0);
    expect(bytes).toBeLessThan(1_048_576 + 61_442);
    expect(unread.isFull).toBe(false);
  });
});
