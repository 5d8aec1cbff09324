import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { OutboxNet, proofOfAck, proofOfParcel } from "./outbox-net.js";

const texts = (net: OutboxNet): string[] => net.delivered.map(({ text }) => text);

describe("custody", () => {
  const leaving = (): { net: OutboxNet; a: HubId; b: HubId; c: HubId } => {
    const net = new OutboxNet(3);
    const [a, b, c] = net.hubs as [HubId, HubId, HubId];
    net.kill(b);
    for (let i = 0; i < 20; i++) net.send(a, b, `${i}`);
    net.run(100);
    net.leave(a, [c]);
    net.run(5000);
    return { net, a, b, c };
  };

  test("a hub that leaves hands over what it holds, and it arrives without it", () => {
    const { net, a, b, c } = leaving();
    expect(net.outbox(a)?.handedOver).toBe(true);
    expect(net.outbox(c)?.waiting.parcels).toBe(20);
    net.kill(a);
    net.start(b);
    net.run(30_000);
    expect(net.delivered.map(({ from }) => from)).toEqual(new Array(20).fill(a));
    expect(new Set(texts(net)).size).toBe(20);
    expect(net.outbox(c)?.waiting.parcels).toBe(0);
  });

  test("when it returns while its custodian is away it delivers itself, and the reader takes each once", () => {
    const { net, a, b, c } = leaving();
    net.kill(a);
    net.kill(c);
    net.run(6000);
    net.start(a);
    net.start(b);
    net.run(20_000);
    net.start(c);
    net.run(100_000);
    expect(texts(net).sort((x, y) => Number(x) - Number(y))).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
    for (const hub of [a, c]) expect(net.outbox(hub)?.waiting.parcels).toBe(0);
  });

  test("the origin hears from its custodian that they arrived", () => {
    const { net, a, b } = leaving();
    net.island = (hub) => (hub === a ? 1 : hub === b ? 2 : 0);
    net.start(b);
    net.island = (hub) => (hub === a ? 1 : 0);
    net.run(20_000);
    expect(net.delivered).toHaveLength(20);
    expect(net.outbox(a)?.waiting.parcels).toBe(20);
    net.island = () => 0;
    net.leave(a, []);
    net.run(60_000);
    expect(net.delivered).toHaveLength(20);
    expect(net.outbox(a)?.waiting.parcels).toBe(0);
  });

  test("a custodian has its own bound, and says so by not promising", () => {
    const net = new OutboxNet(3, 1, { custodyParcelsMax: 5 });
    const [a, b, c] = net.hubs as [HubId, HubId, HubId];
    net.kill(b);
    for (let i = 0; i < 20; i++) net.send(a, b, `${i}`);
    net.leave(a, [c]);
    net.run(20_000);
    expect(net.outbox(c)?.waiting.parcels).toBe(5);
    expect(net.outbox(a)?.handedOver).toBe(false);
    expect(net.count("mesh.outbox.custodyRefused")).toBeGreaterThan(0);
  });
});

describe("a custodian that lies", () => {
  const held = (): { net: OutboxNet; a: HubId; b: HubId; c: HubId; stream: number } => {
    const net = new OutboxNet(3);
    const [a, b, c] = net.hubs as [HubId, HubId, HubId];
    net.kill(b);
    const stream = net.send(a, b, "the truth")!.stream;
    net.run(100);
    return { net, a, b, c, stream };
  };
  const lie = (origin: HubId, to: HubId, stream: number) => {
    const content = Uint8Array.from("a lie", (character) => character.charCodeAt(0));
    return { op: "parcel", origin, to, stream, number: 1, kind: 9, content } as const;
  };

  test("changes nothing: what its origin has not signed is dropped before any window is touched", () => {
    const { net, a, b, c, stream } = held();
    net.leave(a, [c]);
    net.start(b);
    const { to: _, ...parcel } = lie(a, b, stream);
    net.inject(c, b, parcel);
    net.inject(c, b, { ...parcel, proof: proofOfParcel(lie(c, b, stream)) });
    net.inject(c, b, { ...parcel, stream: 2 ** 50, proof: proofOfParcel(lie(a, b, stream)) });
    net.run(20_000);
    expect(net.delivered.map(({ text }) => text)).toEqual(["the truth"]);
    expect(net.count("mesh.outbox.unproven")).toBe(1);
    expect(net.count("mesh.outbox.forged")).toBe(2);
  });

  test("takes nothing over that the origin has not signed", () => {
    const { net, a, b, c, stream } = held();
    net.inject(a, c, { ...lie(a, b, stream), op: "custody", origin: undefined, ttlS: 60, priority: 7 });
    net.run(1000);
    expect(net.outbox(c)?.waiting.parcels).toBe(0);
    expect(net.count("mesh.outbox.custodyRefused")).toBe(1);
  });

  test("cannot say that it has arrived", () => {
    const { net, a, b, c, stream } = held();
    net.leave(a, [c]);
    net.run(5000);
    const ack = { op: "ack", to: b, stream, number: 1 } as const;
    const signed = { origin: a, to: b, stream, number: 1, above: undefined };
    net.inject(c, a, ack);
    net.inject(c, a, { ...ack, proof: proofOfAck({ ...signed, to: c }) });
    net.run(6000);
    expect(net.settled).toEqual([]);
    net.inject(c, a, { ...ack, proof: proofOfAck(signed) });
    net.run(7000);
    expect(net.settled).toMatchObject([{ outcome: "delivered" }]);
  });

  test("keeps the origin's proof over a restart of its own", () => {
    const { net, a, b, c } = held();
    net.leave(a, [c]);
    net.run(5000);
    net.kill(a);
    net.kill(c);
    net.start(c);
    net.start(b);
    net.run(20_000);
    expect(net.delivered).toMatchObject([{ from: a, to: b, text: "the truth" }]);
  });
});
