import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { type Answer, decode, encode } from "dns-packet";
import { afterEach, describe, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Discovery, PeerAddress } from "../../../runtime/core/ports.js";
import { systemClock } from "../../../runtime/io/clock.js";
import { createDnsSdDiscovery } from "../../../runtime/io/discovery/dns-sd.js";
import { MDNS_GROUP } from "../../../runtime/io/discovery/multicast.js";
import { probeMulticast } from "../../../runtime/io/discovery/probe.js";
import { recordsOf, SERVICE } from "../../../runtime/io/discovery/records.js";
import { discoveryContract, hubIdOf } from "../../contract/discovery.js";

const rng = (length: number): Uint8Array => new Uint8Array(length);
const counters = createCounters();
const host = "127.0.0.1";
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function dnsSd(port: number): Discovery {
  return createDnsSdDiscovery({ port, rng, counters, clock: systemClock });
}

/** A UDP port that nobody else uses, so that real mDNS traffic stays out of the tests. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, host);
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  return port;
}

async function started(port: number, hub = hubIdOf(1)): Promise<{ found: PeerAddress[]; discovery: Discovery }> {
  const found: PeerAddress[] = [];
  const discovery = dnsSd(port);
  cleanups.push(() => discovery.stop());
  await discovery.start({ hub, host, port: 1_001 }, (peer) => found.push(peer));
  return { found, discovery };
}

/** Someone on this machine who says what they please, and hears what is said to the group. */
async function stranger(
  port: number,
): Promise<{ say(bytes: Uint8Array): void; answer(records: Answer[]): void; socket: Socket }> {
  const socket = createSocket({ type: "udp4", reuseAddr: true }).bind(port, MDNS_GROUP);
  await once(socket, "listening");
  socket.setMulticastInterface(host);
  socket.addMembership(MDNS_GROUP, host);
  cleanups.push(() => socket.close());
  const say = (bytes: Uint8Array): void => socket.send(bytes, port, MDNS_GROUP);
  return { say, socket, answer: (answers) => say(encode({ type: "response", answers })) };
}

async function expectCounted(name: string): Promise<void> {
  await expect.poll(() => counters.snapshot()[name] ?? 0).toBeGreaterThan(0);
}

discoveryContract("dns-sd", async () => {
  const port = await freePort();
  return { create: () => dnsSd(port), self: (index) => ({ hub: hubIdOf(index), host, port: 1_000 + index }) };
});

describe("dns-sd", () => {
  const other = hubIdOf(2);

  test("a hub is told once, again when it has moved, and again after it said goodbye", async () => {
    const port = await freePort();
    const { found } = await started(port);
    const { answer } = await stranger(port);
    for (const records of [
      recordsOf(other, 2_000, [host]),
      recordsOf(other, 2_000, [host]),
      recordsOf(other, 2_001, [host]),
      recordsOf(other, 2_001, [host], true),
      recordsOf(other, 2_001, [host]),
    ])
      answer(records);
    await expect.poll(() => found).toEqual([2_000, 2_001, 2_001].map((at) => ({ hub: other, host, port: at })));
  });

  test("names are compared without case, as DNS does", async () => {
    const port = await freePort();
    const { found } = await started(port);
    const { answer } = await stranger(port);
    answer(
      recordsOf(other, 2_000, [host]).map((record) => ({ ...record, name: record.name.toUpperCase() })) as Answer[],
    );
    await expect.poll(() => found).toEqual([{ hub: other, host, port: 2_000 }]);
  });

  test("a stop says goodbye with a lifetime of 0", async () => {
    const port = await freePort();
    const { discovery } = await started(port);
    const { found } = await started(port, other);
    await expect.poll(() => found.length).toBe(1);
    await discovery.stop();
    await started(port);
    await expect.poll(() => found.length).toBe(2);
  });

  test("a hub announces itself twice, and again when it is asked", async () => {
    const port = await freePort();
    const { say, socket } = await stranger(port);
    let announced = 0;
    socket.on("message", (message) => {
      if (decode(message).type === "response") announced++;
    });
    await started(port);
    await expect.poll(() => announced, { timeout: 3_000 }).toBe(2);
    say(encode({ type: "query", questions: [{ name: SERVICE, type: "PTR" }] }));
    await expect.poll(() => announced, { timeout: 3_000 }).toBe(3);
  });

  test.each([
    ["bytes that are no DNS", "discovery.malformed", Buffer.from([1, 2, 3])],
    ["a packet of 9 kB and more", "discovery.too_large", Buffer.alloc(9_001)],
    ["a name that is no hub id", "discovery.invalid_record", answersOf(recordsOf("x".repeat(32) as HubId, 1, [host]))],
    ["port 0", "discovery.invalid_record", answersOf(recordsOf(other, 0, [host]))],
    ["an address elsewhere", "discovery.invalid_record", answersOf(recordsOf(other, 1, ["8.8.8.8"]))],
    ["no address", "discovery.invalid_record", answersOf(recordsOf(other, 1, []))],
    [
      "an id that differs from the name",
      "discovery.invalid_record",
      answersOf(
        recordsOf(other, 1, [host]).map((record) =>
          record.type === "TXT" ? { ...record, data: [`id=${hubIdOf(9)}`, "v=1"] } : record,
        ),
      ),
    ],
  ])("%s is a counted drop", async (_name, counter, bytes) => {
    const port = await freePort();
    const { found } = await started(port);
    const { say, answer } = await stranger(port);
    const before = counters.snapshot()[counter] ?? 0;
    say(bytes);
    await expect.poll(() => counters.snapshot()[counter] ?? 0).toBeGreaterThan(before);
    answer(recordsOf(hubIdOf(3), 3_000, [host]));
    await expect.poll(() => found).toEqual([{ hub: hubIdOf(3), host, port: 3_000 }]);
  });

  test("a flood is cut to a rate", async () => {
    const port = await freePort();
    const { found } = await started(port);
    const { answer } = await stranger(port);
    for (let i = 10; i < 250; i++) answer(recordsOf(hubIdOf(i), 3_000, [host]));
    await expectCounted("discovery.rate_limited");
    expect(found.length).toBeLessThan(200);
  });

  test("the probe says that multicast works here, and that it does not where there is no such interface", async () => {
    expect(await probeMulticast()).toMatchObject({ works: true });
    const nowhere = await probeMulticast("203.0.113.7");
    expect(nowhere).toMatchObject({ works: false, detail: expect.stringContaining("203.0.113.7") });
  });

  test("without a usable interface start fails with a typed error, and nothing was sent", async () => {
    const discovery = createDnsSdDiscovery({ interfaceAddress: "203.0.113.7", rng, counters, clock: systemClock });
    const start = discovery.start({ hub: other, host, port: 1 }, () => undefined);
    await expect(start).rejects.toMatchObject({ code: "MULTICAST_UNAVAILABLE" });
    await discovery.stop();
  });
});

function answersOf(answers: Answer[]): Buffer {
  return encode({ type: "response", answers });
}
