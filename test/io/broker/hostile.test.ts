import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import fc from "fast-check";
import mqttPacket, { type Packet } from "mqtt-packet";
import { afterEach, describe, expect, test } from "vitest";
import { BROKER_LIMITS } from "../../../runtime/io/broker/limits.js";
import { connectPacket, eventOf, nextMessage, openRaw, type Rig, startRig } from "../../fakes/mqtt-clients.js";

let rig: Rig;
afterEach(async () => {
  await rig.stop();
});

/** The process lives and the broker still serves. */
async function expectAlive(): Promise<void> {
  const client = await rig.client();
  await client.subscribeAsync("app/alive");
  const message = nextMessage(client);
  await client.publishAsync("app/alive", "yes");
  await message;
  await client.endAsync();
}

function bytesOf(packet: Packet, protocolVersion = 4): Buffer {
  return mqttPacket.generate(packet, { protocolVersion });
}

function publishOf(topic: string, payload = "x", qos: 0 | 1 | 2 = 0, messageId = 1): Buffer {
  return bytesOf({ cmd: "publish", topic, payload, qos, retain: false, dup: false, messageId });
}

describe("bytes that are no MQTT", () => {
  test.each([
    ["text", Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")],
    ["a packet type of 0", Buffer.from([0x00, 0x00])],
    ["a QoS of 3", Buffer.from([0x36, 0x02, 0x00, 0x00])],
    ["a length of five bytes", Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f])],
    ["a CONNECT cut short", Buffer.from([0x10, 0x04, 0x00, 0x04, 0x4d, 0x51])],
    ["a PUBLISH before CONNECT", publishOf("app/x")],
    ["what only a server sends", Buffer.from([0x20, 0x02, 0x00, 0x00])],
  ])("%s: the connection is closed and counted", async (_name, bytes) => {
    rig = await startRig();
    const raw = await rig.raw();
    raw.socket.write(bytes);
    if (_name === "a CONNECT cut short") raw.socket.end();
    await raw.closed;
    expect(rig.broker.connections).toBe(0);
    await expectAlive();
  });

  test("any bytes after a CONNECT leave the broker serving", async () => {
    rig = await startRig();
    const samples = [4, 5].flatMap((version) => [
      publishOf("app/x", "hello", 1),
      bytesOf({ cmd: "subscribe", messageId: 2, subscriptions: [{ topic: "app/#", qos: 1 }] }, version),
      bytesOf({ cmd: "unsubscribe", messageId: 3, unsubscriptions: ["app/#", "b"] }, version),
      bytesOf({ cmd: "pubrel", messageId: 4 }, version),
    ]);
    const damaged = fc
      .tuple(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 4 }))
      .map(([sample, changes]) => {
        const bytes = Buffer.from(sample);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        return bytes;
      });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), { maxLength: 4 }),
        async (parts) => {
          const raw = await openRaw(rig.broker.port);
          raw.socket.end(Buffer.concat([connectPacket("fuzz"), ...parts]));
          await raw.closed;
        },
      ),
      { numRuns: 150 },
    );
    await expectAlive();
  });
});

describe("sizes", () => {
  test("a packet announced with 256 MB is cut off at its header", async () => {
    rig = await startRig();
    const raw = await rig.raw();
    await raw.connect("big");
    const before = process.memoryUsage().rss;
    raw.socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])); // 268,435,455 bytes
    await raw.closed;
    await rig.counted("broker.packet_too_large");
    expect(process.memoryUsage().rss - before).toBeLessThan(32 * 1024 * 1024);
  });

  test("so it is before CONNECT", async () => {
    rig = await startRig();
    const raw = await rig.raw();
    raw.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]));
    await raw.closed;
    await rig.counted("broker.packet_too_large");
  });

  test("an MQTT 5 client is told why: 0x95", async () => {
    rig = await startRig();
    const client = await rig.client({ protocolVersion: 5 });
    client.options.properties = {};
    const goodbye = eventOf(client, "disconnect");
    client.stream.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
    expect((await goodbye)[0]).toMatchObject({ reasonCode: 0x95 });
  });

  test.each([
    ["a topic of 60 kB", publishOf("t".repeat(60_000)), "broker.refused_topic"],
    ["a topic of 100 levels", publishOf("a/".repeat(100)), "broker.refused_topic"],
    ["a topic with a NUL", publishOf("app/\u0000"), "broker.refused_topic"],
    ["a wildcard in a topic", Buffer.from([0x30, 0x06, 0, 3, 0x61, 0x2f, 0x23, 0x78]), "broker.refused_topic"],
    ["a topic of 100 kB", Buffer.from([0x30, 0xa2, 0x8d, 0x06, 0xff, 0xff, 0x61]), "broker.packet_too_large"],
    [
      "a thousand filters at once",
      bytesOf({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: Array.from({ length: 1000 }, (_, i) => ({ topic: `a/${i}`, qos: 0 as const })),
      }),
      "broker.refused_subscriptions",
    ],
    [
      "filters that are inherited names",
      bytesOf({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "__proto__", qos: 1 }] }),
      "broker.refused_topic",
    ],
  ])("%s cuts the client", async (_name, bytes, counter) => {
    rig = await startRig();
    const raw = await rig.raw();
    await raw.connect("wrong");
    raw.socket.write(bytes);
    await raw.closed;
    await rig.counted(counter);
    await expectAlive();
  });

  test.each(["constructor", "__proto__", "toString"])("the client id %s is refused", async (clientId) => {
    rig = await startRig();
    const raw = await rig.raw();
    raw.socket.write(Buffer.concat([connectPacket(clientId), publishOf("app/x")]));
    await raw.closed;
    await rig.counted("broker.refused_client_id");
    await expectAlive();
  });

  test('the filter "constructor" is a filter like others', async () => {
    rig = await startRig();
    const client = await rig.client();
    const message = nextMessage(client);
    await client.subscribeAsync(["constructor", "app/x"], { qos: 1 });
    await client.publishAsync("constructor", "fine", { qos: 1 });
    expect(await message).toMatchObject({ topic: "constructor" });
  });

  test("QoS 2 without PUBREL is bounded", async () => {
    rig = await startRig();
    const raw = await rig.raw();
    await raw.connect("two");
    for (let id = 1; id <= BROKER_LIMITS.incomingMessagesMax + 1; id++)
      raw.socket.write(publishOf("app/q", "x", 2, id));
    await raw.closed;
    await rig.counted("broker.incoming_full");
  });

  test("a client may hold so many subscriptions and no more", async () => {
    rig = await startRig({ limits: { subscriptionsMax: 3 } });
    const client = await rig.client();
    for (const topic of ["a", "b", "c"]) await client.subscribeAsync(topic);
    await expect(client.subscribeAsync("d")).rejects.toThrow();
  });

  test("retained messages are bounded in number; the rest is delivered all the same", async () => {
    rig = await startRig({ limits: { retainedMessagesMax: 2 } });
    const live = await rig.client();
    const got: string[] = [];
    live.on("message", (topic) => got.push(topic));
    await live.subscribeAsync("app/#");
    for (const topic of ["app/1", "app/2", "app/3"]) await live.publishAsync(topic, "x", { retain: true, qos: 1 });
    await expect.poll(() => got).toEqual(["app/1", "app/2", "app/3"]);
    const late = await rig.client();
    const greeted: string[] = [];
    late.on("message", (topic) => greeted.push(topic));
    await late.subscribeAsync("app/#");
    await expect.poll(() => greeted).toEqual(["app/1", "app/2"]);
    await rig.counted("broker.retained_full");
  });
});

describe("time", () => {
  test("a connection that sends nothing is closed, and so is one that trickles", async () => {
    rig = await startRig({ limits: { connectTimeoutMs: 150 } });
    const silent = await rig.raw();
    const slow = await rig.raw();
    const trickle = setInterval(() => slow.socket.write(Buffer.from([0x10])), 40);
    slow.socket.write(Buffer.from([0x10, 0x7f, 0x00, 0x04]));
    await Promise.all([silent.closed, slow.closed]);
    clearInterval(trickle);
    await rig.counted("broker.connect_timeout", 2);
  });

  test("a client that falls silent is closed after one and a half keepalives", async () => {
    rig = await startRig();
    const raw = await rig.raw();
    const connect = connectPacket("silent");
    connect[11] = 1; // keepalive: 1 s
    raw.socket.write(connect);
    await raw.closed;
    await rig.counted("broker.keepalive_timeout");
  });
});

describe("numbers", () => {
  test("a flood of connections beyond the limit is refused, and the broker serves again when it ends", async () => {
    rig = await startRig({ limits: { connectionsMax: 20, connectTimeoutMs: 60_000 } });
    const held = await Promise.all(Array.from({ length: 20 }, () => rig.raw()));
    const further = await Promise.all(Array.from({ length: 100 }, () => rig.raw()));
    await Promise.all(further.map((raw) => raw.closed));
    await rig.counted("broker.refused_connection", 100);
    expect(rig.broker.connections).toBe(20);
    for (const raw of held) raw.socket.destroy();
    await expect.poll(() => rig.broker.connections).toBe(0);
    await expectAlive();
  });

  test("1,000 clients connect, subscribe, are told, and leave nothing behind", async () => {
    rig = await startRig({ limits: { connectionsMax: 1_100 } });
    const subscribe = bytesOf({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "app/all", qos: 0 }] });
    const raws = await Promise.all(
      Array.from({ length: 1_000 }, async (_, i) => {
        const raw = await rig.raw();
        raw.socket.write(Buffer.concat([connectPacket(`c${i}`), subscribe]));
        return raw;
      }),
    );
    await expect.poll(() => raws.every((raw) => raw.received().length === 9), { timeout: 10_000 }).toBe(true);
    await rig.broker.publish("app/all", "hello");
    await expect.poll(() => raws.every((raw) => raw.received().includes("hello")), { timeout: 10_000 }).toBe(true);
    for (const raw of raws) raw.socket.destroy();
    await expect.poll(() => rig.broker.connections, { timeout: 10_000 }).toBe(0);
  });

  test("a subscriber that does not read loses messages and then its connection; others lose nothing", async () => {
    rig = await startRig({ limits: { outgoingBytesMax: 256 * 1024, slowConsumerMs: 100 } });
    const slow = await rig.raw();
    await slow.connect("slow");
    slow.socket.pause();
    slow.socket.write(bytesOf({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "app/flood", qos: 0 }] }));
    const good = await rig.client();
    let got = 0;
    good.on("message", () => got++);
    await good.subscribeAsync("app/flood");
    const payload = Buffer.alloc(32 * 1024);
    let sent = 0;
    const cut = once(slow.socket, "close");
    const send = async (): Promise<void> => {
      while (!slow.socket.closed && sent < 4_000) {
        sent++;
        await rig.broker.publish("app/flood", payload);
        await new Promise((resolve) => setImmediate(resolve));
        if ((rig.counters.snapshot()["broker.slow_cut"] ?? 0) > 0) slow.socket.resume();
      }
    };
    await Promise.all([send(), cut]);
    await rig.counted("broker.slow_dropped");
    await rig.counted("broker.slow_cut");
    await expect.poll(() => got).toBe(sent);
  });

  test("a half-open TCP connection costs a slot, not the service", async () => {
    rig = await startRig({ limits: { connectTimeoutMs: 100 } });
    const sockets = Array.from({ length: 50 }, () => connectTcp({ host: "127.0.0.1", port: rig.broker.port }));
    await Promise.all(sockets.map((socket) => once(socket, "close")));
    await rig.counted("broker.connect_timeout", 50);
    await expectAlive();
  });
});
