import { afterEach, describe, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import { MindosError } from "../../../runtime/core/errors.js";
import type { Store } from "../../../runtime/core/ports.js";
import { RetainedMessages } from "../../../runtime/io/broker/retained.js";
import { decodeRetained, encodeRetained, type RetainedMessage } from "../../../runtime/io/broker/retained-codec.js";
import { createMemoryStore } from "../../fakes/memory-store.js";
import { eventOf, nextMessage, type Rig, startRig } from "../../fakes/mqtt-clients.js";

const limits = { retainedMessagesMax: 10, retainedBytesMax: 10_000 };
const message = (topic: string, text: string, more: Partial<RetainedMessage> = {}): RetainedMessage => ({
  topic,
  payload: Buffer.from(text),
  qos: 0,
  ...more,
});
const everything = (): boolean => true;
const textsOf = (retained: RetainedMessages): string[] =>
  [...retained.matching(everything)].map(({ topic, payload }) => `${topic}=${payload.toString()}`);

async function loaded(store: Store, counters = createCounters()): Promise<RetainedMessages> {
  const retained = new RetainedMessages({ store, counters, limits });
  await retained.load();
  return retained;
}

describe("the codec", () => {
  test("gives back what it was given", () => {
    const full = message("t", "payload", {
      qos: 2,
      messageExpiry: 1_763_000_000_000,
      properties: {
        contentType: "text/plain",
        responseTopic: "app/r",
        payloadFormatIndicator: true,
        correlationData: Buffer.from([0, 1, 255]),
        userProperties: { a: "b", c: ["d", "e"] },
      },
    });
    expect(decodeRetained("t", encodeRetained(full) ?? new Uint8Array())).toEqual(full);
  });

  test.each([
    ["nothing", []],
    ["another version", [2, 0, 0, 2, 0x7b, 0x7d, 1]],
    ["a QoS of 3", [1, 3, 0, 2, 0x7b, 0x7d, 1]],
    ["a header longer than all", [1, 0, 9, 9, 0x7b]],
    ["a header that is no JSON", [1, 0, 0, 2, 0x7b, 0x7b, 1]],
    ["a header that is no object", [1, 0, 0, 1, 0x31, 1]],
    ["no payload", [1, 0, 0, 2, 0x7b, 0x7d]],
  ])("refuses %s", (_name, bytes) => {
    expect(decodeRetained("t", Uint8Array.from(bytes))).toBeUndefined();
  });
});

describe("retained messages and the store", () => {
  test("come back after a restart; removed ones do not", async () => {
    const store = createMemoryStore();
    const before = await loaded(store);
    before.set(message("a", "1"));
    before.set(message("b", "2"));
    await before.flush(true);
    before.set(message("b", ""));
    await before.flush(true);
    expect(textsOf(await loaded(store))).toEqual(["a=1"]);
  });

  test("a thousand changes of QoS 0 are one write", async () => {
    const store = createMemoryStore();
    const retained = await loaded(store);
    for (let i = 0; i < 1_000; i++) retained.set(message("a", String(i)));
    await retained.flush(false);
    expect(store.written.calls).toBe(1);
    expect(textsOf(await loaded(store))).toEqual(["a=999"]);
  });

  test("a value that is stored already is not written again", async () => {
    const store = createMemoryStore();
    const retained = await loaded(store);
    retained.set(message("a", "same"));
    await retained.flush(true);
    retained.set(message("a", "same"));
    await retained.flush(true);
    expect(store.written.calls).toBe(1);
  });

  test("what comes and goes between two writes is never written", async () => {
    const store = createMemoryStore();
    const retained = await loaded(store);
    retained.set(message("a", "1"));
    retained.set(message("a", ""));
    await retained.flush(true);
    expect(store.written.calls).toBe(0);
  });

  test("a message removed while its write is under way is gone after the next one", async () => {
    const store = createMemoryStore();
    const retained = await loaded(store);
    retained.set(message("a", "1"));
    const first = retained.flush(true);
    await Promise.resolve();
    retained.set(message("a", ""));
    await first;
    await retained.flush(true);
    expect(textsOf(await loaded(store))).toEqual([]);
  });

  test("a failed write is reported, and repeated with the next", async () => {
    const store = createMemoryStore();
    const retained = await loaded(store);
    store.failWith = new MindosError("DISK_FULL", "full");
    retained.set(message("a", "1"));
    await expect(retained.flush(true)).rejects.toMatchObject({ code: "DISK_FULL" });
    store.failWith = undefined;
    await retained.flush(true);
    expect(textsOf(await loaded(store))).toEqual(["a=1"]);
  });

  test("an unreadable entry is dropped and counted; the others are kept", async () => {
    const store = createMemoryStore();
    const retained = await loaded(store);
    retained.set(message("good", "1"));
    await retained.flush(true);
    await store.write([{ type: "put", key: "mqtt/retained/bad", value: Uint8Array.of(9, 9) }]);
    const counters = createCounters();
    expect(textsOf(await loaded(store, counters))).toEqual(["good=1"]);
    expect(counters.snapshot()).toEqual({ "broker.retained_unreadable": 1 });
    expect(await store.get("mqtt/retained/bad")).toBeUndefined();
  });

  test("number and bytes are bounded, and a known topic may still change", async () => {
    const counters = createCounters();
    const retained = await loaded(createMemoryStore(), counters);
    for (let i = 0; i < 11; i++) retained.set(message(`t${i}`, "x"));
    expect(retained.size).toBe(10);
    retained.set(message("t0", "y".repeat(9_000)));
    retained.set(message("t1", "y".repeat(9_000)));
    expect(textsOf(retained)[1]).toBe("t1=x");
    expect(counters.snapshot()).toEqual({ "broker.retained_full": 2 });
  });
});

describe("the broker with a store", () => {
  let rig: Rig;
  afterEach(async () => {
    await rig.stop();
  });

  test.each([4, 5] as const)("level %i: QoS 1 is on disk when it is acknowledged", async (protocolVersion) => {
    const store = createMemoryStore();
    rig = await startRig({ store });
    const client = await rig.client({ protocolVersion });
    await client.publishAsync("app/kept", "1", { qos: 1, retain: true });
    expect(store.written.durableCalls).toBe(1);
    expect(await store.get("mqtt/retained/app/kept")).toBeDefined();
  });

  test("QoS 0 is not written at once, but by the time the broker has stopped", async () => {
    const store = createMemoryStore();
    rig = await startRig({ store });
    const client = await rig.client({ protocolVersion: 5 });
    await client.subscribeAsync("app/lazy");
    const echo = nextMessage(client);
    await client.publishAsync("app/lazy", "1", { retain: true, properties: { userProperties: { k: "v" } } });
    await echo;
    expect(store.written.calls).toBe(0);
    await rig.stop();
    rig = await startRig({ store });
    const later = await rig.client({ protocolVersion: 5 });
    const greeting = nextMessage(later);
    await later.subscribeAsync("app/#");
    expect(await greeting).toMatchObject({
      topic: "app/lazy",
      retain: true,
      properties: { userProperties: { k: "v" } },
    });
  });

  test("what cannot be stored is not acknowledged", async () => {
    const store = createMemoryStore();
    rig = await startRig({ store });
    store.failWith = new MindosError("DISK_FULL", "full");
    const five = await rig.client({ protocolVersion: 5 });
    await expect(five.publishAsync("app/x", "1", { qos: 1, retain: true })).rejects.toThrow();
    const four = await rig.client({ protocolVersion: 4 });
    four.publish("app/y", "1", { qos: 1, retain: true }, () => undefined);
    await eventOf(four, "close");
    store.failWith = undefined;
  });

  test("the hub's own retained state greets a subscriber", async () => {
    rig = await startRig({ store: createMemoryStore() });
    await rig.broker.publish("mindos/v1/hub", "here", { retain: true, qos: 1 });
    const client = await rig.client();
    const greeting = nextMessage(client);
    await client.subscribeAsync("mindos/v1/#");
    expect(await greeting).toMatchObject({ topic: "mindos/v1/hub", retain: true });
  });
});
