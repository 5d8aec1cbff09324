import type { MqttClient } from "mqtt";
import { afterEach, describe, expect, test } from "vitest";
import { MindosError } from "../../../runtime/core/errors.js";
import { anyone, eventOf, nextMessage, type Rig, startRig } from "../../fakes/mqtt-clients.js";

let rig: Rig;
afterEach(async () => {
  await rig.stop();
});

/** Ends without DISCONNECT, as a killed process does. */
async function vanish(client: MqttClient): Promise<void> {
  client.stream.destroy();
  await eventOf(client, "close");
}

const ways = [
  { protocolVersion: 4, over: "tcp" },
  { protocolVersion: 5, over: "tcp" },
  { protocolVersion: 4, over: "ws" },
  { protocolVersion: 5, over: "ws" },
] as const;

describe.each(ways)("MQTT level $protocolVersion over $over", (way) => {
  test.each([0, 1, 2] as const)("a message of QoS %i arrives once, unchanged", async (qos) => {
    rig = await startRig();
    const subscriber = await rig.client(way);
    const publisher = await rig.client(way);
    await subscriber.subscribeAsync("app/+/x", { qos: 2 });
    const got: string[] = [];
    subscriber.on("message", (topic, payload) => got.push(`${topic} ${payload.toString()}`));
    await publisher.publishAsync("app/a/x", "héllo", { qos });
    await publisher.publishAsync("app/b/x", "", { qos });
    await publisher.publishAsync("app/end/x", "end", { qos });
    await expect.poll(() => got).toEqual(["app/a/x héllo", "app/b/x ", "app/end/x end"]);
  });

  test("a retained message greets who subscribes later, and an empty one removes it", async () => {
    rig = await startRig();
    const publisher = await rig.client(way);
    await publisher.publishAsync("app/state", "on", { qos: 1, retain: true });
    const first = await rig.client(way);
    const greeting = nextMessage(first);
    await first.subscribeAsync("app/#");
    expect(await greeting).toMatchObject({ topic: "app/state", retain: true });
    await publisher.publishAsync("app/state", "", { qos: 1, retain: true });
    const second = await rig.client(way);
    const live = nextMessage(second);
    await second.subscribeAsync("app/#");
    await publisher.publishAsync("app/other", "live");
    expect(await live).toMatchObject({ topic: "app/other" });
  });

  test("the will of a client that vanishes is published, that of one that says goodbye is not", async () => {
    rig = await startRig();
    const watcher = await rig.client(way);
    await watcher.subscribeAsync("app/will/#");
    const polite = await rig.client({ ...way, will: { topic: "app/will/polite", payload: Buffer.from("x"), qos: 0 } });
    const vanishing = await rig.client({ ...way, will: { topic: "app/will/gone", payload: Buffer.from("y"), qos: 1 } });
    const message = nextMessage(watcher);
    await polite.endAsync();
    await vanish(vanishing);
    expect(await message).toMatchObject({ topic: "app/will/gone" });
  });

  test("a kept session is given what was sent while it was away", async () => {
    rig = await startRig();
    const kept = { ...way, clientId: "keeper", clean: false, properties: { sessionExpiryInterval: 60 } };
    if (way.protocolVersion === 4) delete (kept as { properties?: unknown }).properties;
    const before = await rig.client(kept);
    await before.subscribeAsync("app/queue", { qos: 1 });
    await before.endAsync();
    const publisher = await rig.client(way);
    for (const text of ["1", "2", "3"]) await publisher.publishAsync("app/queue", text, { qos: 1 });
    const after = rig.start(kept);
    const got: string[] = [];
    after.on("message", (_topic, payload) => got.push(payload.toString()));
    const [connack] = await eventOf(after, "connect");
    expect(connack).toMatchObject({ sessionPresent: true });
    await expect.poll(() => got).toEqual(["1", "2", "3"]);
  });

  test("a second client of one id takes the first one's place", async () => {
    rig = await startRig();
    const first = await rig.client({ ...way, clientId: "twin" });
    const closed = eventOf(first, "close");
    const second = await rig.client({ ...way, clientId: "twin" });
    await closed;
    const message = nextMessage(second);
    await second.subscribeAsync("app/t");
    await rig.broker.publish("app/t", "hi");
    expect(await message).toMatchObject({ topic: "app/t" });
  });

  test("a packet of 60 KiB passes whole", async () => {
    rig = await startRig();
    const client = await rig.client(way);
    await client.subscribeAsync("app/large", { qos: 1 });
    const payload = Buffer.alloc(60 * 1024, 7);
    const message = nextMessage(client);
    await client.publishAsync("app/large", payload, { qos: 1 });
    expect(payload.equals((await message).payload as Buffer)).toBe(true);
  });
});

describe("MQTT 5", () => {
  const five = { protocolVersion: 5 } as const;

  test("user properties, content type and correlation data survive delivery", async () => {
    rig = await startRig();
    const client = await rig.client(five);
    await client.subscribeAsync("app/p");
    const message = nextMessage(client);
    const properties = {
      contentType: "text/plain",
      correlationData: Buffer.from([1, 2]),
      userProperties: { unit: ["Cel", "K"] },
    };
    await client.publishAsync("app/p", "x", { properties });
    expect((await message).properties).toMatchObject({
      contentType: "text/plain",
      userProperties: { unit: ["Cel", "K"] },
    });
  });

  test("a session ends with its expiry interval, and not before", async () => {
    rig = await startRig();
    const options = { ...five, clientId: "brief", clean: false, properties: { sessionExpiryInterval: 1 } };
    const present = async (): Promise<boolean> => {
      const client = rig.start(options);
      const [connack] = (await eventOf(client, "connect")) as [{ sessionPresent: boolean }];
      await client.subscribeAsync("app/x", { qos: 1 });
      await client.endAsync();
      return connack.sessionPresent;
    };
    expect([await present(), await present()]).toEqual([false, true]);
    await rig.counted("broker.session_expired");
    expect(await present()).toBe(false);
  });

  test("a refused publish is answered with reason 0x87 and the session goes on", async () => {
    rig = await startRig({ authorise: { ...anyone, publish: (_client, topic) => topic.startsWith("app/") } });
    const client = await rig.client(five);
    await expect(client.publishAsync("other", "x", { qos: 1 })).rejects.toMatchObject({ code: 0x87 });
    await client.publishAsync("app/ok", "x", { qos: 1 });
    expect(client.connected).toBe(true);
  });
});

describe("settings", () => {
  test("a port that is taken is a typed error", async () => {
    rig = await startRig();
    await expect(startRig({ port: rig.broker.port })).rejects.toMatchObject({ code: "PORT_IN_USE" });
  });

  test("an address that this machine does not have is a typed error", async () => {
    rig = await startRig();
    const other = startRig({ host: "203.0.113.7" });
    await expect(other).rejects.toBeInstanceOf(MindosError);
    await expect(other).rejects.toMatchObject({ code: "ADDRESS_UNAVAILABLE" });
  });

  test("the port can be used again as soon as the broker has stopped", async () => {
    rig = await startRig();
    const { port } = rig.broker;
    await rig.client();
    await rig.stop();
    rig = await startRig({ port });
    expect(rig.broker.port).toBe(port);
  });

  test("what applications publish reaches the hub", async () => {
    const heard: string[] = [];
    rig = await startRig({ onMessage: (topic, payload, id) => heard.push(`${id} ${topic} ${String(payload)}`) });
    const client = await rig.client({ clientId: "tool" });
    await client.publishAsync("app/say", Buffer.from("hi"), { qos: 1 });
    await expect.poll(() => heard).toEqual(["tool app/say hi"]);
  });
});
