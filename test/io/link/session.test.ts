import { spawn } from "node:child_process";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import mqtt from "mqtt";
import mqttPacket from "mqtt-packet";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import { encodeConnect, LINK_OUTGOING_BYTES_MAX } from "../../../runtime/io/link/frames.js";
import { MqttSession } from "../../../runtime/io/link/session.js";
import {
  ALPN,
  at,
  CONNACK,
  cleanUp,
  cleanups,
  closed,
  falseHub,
  HIGH,
  knock,
  LOW,
  publish,
  sideOf,
} from "../../fakes/link-sides.js";
import { makeTlsHubs } from "../../fakes/tls-hubs.js";

afterEach(cleanUp);

describe("a session", () => {
  test("is MQTT 3.1.1: any client with a hub's key links, and frames are its messages", async () => {
    const high = await sideOf(HIGH);
    const client = mqtt.connect(`mqtts://127.0.0.1:${high.door.port}`, {
      ...LOW.tls,
      ...{ protocolVersion: 4, clientId: LOW.id, keepalive: 1, reconnectPeriod: 0, rejectUnauthorized: false },
      ALPNProtocols: ALPN,
    });
    cleanups.push(() => client.end(true));
    const heard: string[] = [];
    client.on("message", (topic, payload) => heard.push(`${topic} ${payload}`));
    await expect.poll(() => high.log).toEqual(["opened 1"]);
    expect(high.open[0]?.peer).toBe(LOW.id);
    client.publish("m", "one");
    client.publish("m", "two");
    await expect.poll(() => high.frames).toEqual(["one", "two"]);
    high.open[0]?.send(Buffer.from("three"));
    await expect.poll(() => heard).toEqual(["m three"]);
    client.end(false);
    await expect.poll(() => high.log).toEqual(["opened 1", "closed 1"]);
    expect(high.counted()).toEqual({});
  });

  test("is one that any MQTT broker would accept from the dialling side", async () => {
    const packets: mqttPacket.Packet[] = [];
    const parser = mqttPacket.parser().on("packet", (packet: mqttPacket.Packet) => packets.push(packet));
    const port = await falseHub(HIGH, (_socket, bytes) => parser.parse(bytes));
    const low = await sideOf(LOW);
    low.links.dial({ addresses: at(port) });
    await expect.poll(() => packets.length).toBe(1);
    expect(packets[0]).toMatchObject({ cmd: "connect", clientId: LOW.id, clean: true, protocolVersion: 4 });
  });

  const generate = (packet: mqttPacket.Packet): Buffer => mqttPacket.generate(packet);
  const message = { cmd: "publish", topic: "m", payload: "x", qos: 0, dup: false, retain: false } as const;
  test.each<[string, Buffer]>([
    ["SUBSCRIBE", generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "m", qos: 0 }] })],
    ["a frame of QoS 1", generate({ ...message, qos: 1, messageId: 1 })],
    ["a retained frame", generate({ ...message, retain: true })],
    ["a message on another topic", generate({ ...message, topic: "app/x" })],
    ["a second CONNECT", encodeConnect(LOW.id)],
    ["a CONNACK", CONNACK],
    ["a PINGREQ with a body", Buffer.from([0xc0, 1, 0])],
    ["a frame of 64 KiB and one byte", publish(new Uint8Array(65_537))],
  ])("ends with %s", async (_name, bytes) => {
    const high = await sideOf(HIGH);
    const socket = await knock(high.door.port, LOW);
    socket.write(Buffer.concat([encodeConnect(LOW.id), publish("good"), bytes, publish("late")]));
    await closed(socket);
    await expect.poll(() => high.log).toEqual(["opened 1", "closed 1"]);
    expect(high.frames).toEqual(["good"]);
    expect(high.counted()).toEqual({ "link.refused_packet": 1 });
  });

  test.each<[string, Buffer, number | undefined]>([
    ["another hub's name", encodeConnect(HIGH.id), 2],
    [
      "MQTT 5",
      generate({ cmd: "connect", clientId: LOW.id, protocolId: "MQTT", protocolVersion: 5, clean: true, keepalive: 0 }),
      1,
    ],
    [
      "a kept session",
      generate({ cmd: "connect", clientId: LOW.id, protocolId: "MQTT", clean: false, keepalive: 0 }),
      undefined,
    ],
    ["a frame before CONNECT", publish("early"), undefined],
  ])("does not begin with %s", async (_name, bytes, code) => {
    const high = await sideOf(HIGH);
    const socket = await knock(high.door.port, LOW);
    const answers: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => answers.push(chunk));
    socket.write(Buffer.concat([bytes, publish("early")]));
    await closed(socket);
    expect(Buffer.concat(answers)).toEqual(code === undefined ? Buffer.alloc(0) : Buffer.from([0x20, 2, 0, code]));
    expect([high.log, high.frames]).toEqual([[], []]);
  });

  test.each<[string, Buffer]>([
    ["a refusal", Buffer.from([0x20, 2, 0, 5])],
    ["a session that it has kept", Buffer.from([0x20, 2, 1, 0])],
    ["a frame before its CONNACK", publish("early")],
    ["two CONNACKs", Buffer.concat([CONNACK, CONNACK])],
    ["PUBACK", Buffer.concat([CONNACK, Buffer.from([0x40, 2, 0, 1])])],
    ["SUBACK", Buffer.concat([CONNACK, Buffer.from([0x90, 3, 0, 1, 0])])],
    ["DISCONNECT, which only a client may send", Buffer.concat([CONNACK, Buffer.from([0xe0, 0])])],
    ["PINGREQ, which only a client may send", Buffer.concat([CONNACK, Buffer.from([0xc0, 0])])],
  ])("ends when the accepting side answers with %s", async (_name, bytes) => {
    const port = await falseHub(HIGH, (socket) => socket.write(bytes));
    const low = await sideOf(LOW);
    low.links.dial({ hub: HIGH.id, addresses: at(port) });
    await expect.poll(() => low.counted()).toEqual({ "link.refused_packet": 1 });
    expect(low.frames).toEqual([]);
  });

  test("is not begun with a hub that is not the one that was dialled", async () => {
    const low = await sideOf(LOW);
    const high = await sideOf(HIGH);
    const other = makeTlsHubs(1)[0]!;
    low.links.dial({ hub: other.id, addresses: at(high.door.port) });
    await expect.poll(() => low.counted()).toEqual({ "link.wrong_hub": 1 });
    expect([low.log, high.log]).toEqual([[], []]);
  });

  test("says no when the other side does not read, and yes again when it does", async () => {
    let inner: TLSSocket | undefined;
    const port = await falseHub(HIGH, (socket) => {
      inner = socket;
      socket.pause();
      socket.write(CONNACK);
    });
    const low = await sideOf(LOW);
    low.links.dial({ hub: HIGH.id, addresses: at(port) });
    await expect.poll(() => low.open.length).toBe(1);
    const frame = new Uint8Array(60_000);
    const link = low.open[0]!;
    let taken = 0;
    for (; taken < 1_000 && link.send(frame); taken++) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBeLessThan(1_000);
    expect(taken * frame.length).toBeGreaterThan(LINK_OUTGOING_BYTES_MAX - frame.length);
    expect(low.counted()).toEqual({ "link.buffer_full": 1 });
    inner?.resume();
    await expect.poll(() => link.send(frame)).toBe(true);
  });
});

describe("a session that is given up", () => {
  test("is heard to its last word by an end that did not read, and still wrote", async () => {
    const ends: TLSSocket[] = [];
    const port = await falseHub(HIGH, (socket) => {
      ends.push(socket.pause());
      socket.write(CONNACK);
    });
    const low = await sideOf(LOW);
    low.links.dial({ hub: HIGH.id, addresses: at(port) });
    await expect.poll(() => low.open.length).toBe(1);
    const heard: Buffer[] = [];
    const fates: string[] = [];
    const [end] = ends;
    end?.on("data", (chunk: Buffer) => heard.push(chunk)).pause();
    for (const fate of ["end", "error"]) end?.once(fate, () => fates.push(fate));
    low.open[0]?.send(Buffer.from("I give this link up"));
    low.open[0]?.close();
    await expect.poll(() => low.log).toEqual(["opened 1", "closed 1"]);
    // What a hub says that wakes, before it reads: a reset would answer it.
    for (let time = 0; time < 20; time++) {
      end?.write(publish(new Uint8Array(1000)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    end?.resume();
    await expect.poll(() => fates).toEqual(["end"]);
    expect(Buffer.concat(heard)).toEqual(publish("I give this link up"));
    expect(low.frames).toEqual([]);
  });

  test("is waited for for 25 s, and not at all by a process that ends; nothing more is taken from it", () => {
    vi.useFakeTimers();
    cleanups.push(() => vi.useRealTimers());
    const socket = Object.assign(new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() }), {
      unref: vi.fn(),
    });
    const received = vi.fn();
    const closed = vi.fn();
    const events = { opened: () => undefined, received, closed };
    const names = { selfId: LOW.id, peer: HIGH.id, remote: "x" };
    const session = new MqttSession({ ...{ socket, dialled: false, counters: createCounters(), events }, ...names });
    socket.emit("data", encodeConnect(HIGH.id));
    session.close();
    session.close();
    socket.emit("data", publish("late"));
    expect([closed.mock.calls.length, received.mock.calls.length]).toEqual([1, 0]);
    vi.advanceTimersByTime(24_999);
    expect([socket.destroyed, socket.unref.mock.calls.length]).toEqual([false, 1]);
    vi.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(true);
  });

  test("is not read without end", () => {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const events = { opened: () => undefined, received: () => undefined, closed: () => undefined };
    const names = { selfId: LOW.id, peer: HIGH.id, remote: "x" };
    const session = new MqttSession({ ...{ socket, dialled: false, counters: createCounters(), events }, ...names });
    socket.emit("data", encodeConnect(HIGH.id));
    session.close();
    for (let time = 0; time < 33; time++) socket.emit("data", Buffer.alloc(65_536));
    expect(socket.destroyed).toBe(true);
  });
});

describe("a session that is sent more than fits into its turn", () => {
  /** Of a hub that takes 0.1 ms for each frame. */
  function busy(log: string[], name: string, clock: { now: number }) {
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
    const received = (_session: unknown, frame: Uint8Array): void => {
      clock.now += 0.1;
      log.push(`${name}${Buffer.from(frame)}`);
    };
    const events = { opened: () => undefined, received, closed: () => undefined };
    const names = { selfId: LOW.id, peer: HIGH.id, remote: "x" };
    const nowMs = (): number => clock.now;
    const session = new MqttSession({
      ...{ socket, dialled: false, counters: createCounters(), events, nowMs },
      ...names,
    });
    socket.push(encodeConnect(HIGH.id));
    let turns = 0;
    socket.on("pause", () => {
      turns += 1;
    });
    return { socket, session, turns: () => turns };
  }
  const flood = (from: number, to: number): Buffer =>
    Buffer.concat(Array.from({ length: to - from }, (_, at) => publish(`${from + at}`)));
  const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test("lets the others have theirs, and loses nothing, in order", async () => {
    const log: string[] = [];
    const clock = { now: 0 };
    const flooder = busy(log, "f", clock);
    const other = busy(log, "o", clock);
    for (let from = 0; from < 10_000; from += 2000) flooder.socket.push(flood(from, from + 2000));
    for (let time = 0; log.length < 10_010; time++) {
      if (time < 10) other.socket.push(publish(`${time}`));
      await immediate();
    }
    const ofFlood = log.filter((entry) => entry.startsWith("f"));
    expect(ofFlood).toEqual(Array.from({ length: 10_000 }, (_, at) => `f${at}`));
    const waits = Array.from({ length: 10 }, (_, at) => log.indexOf(`o${at}`)).map(
      (at, n, all) => at - (all[n - 1] ?? 0),
    );
    // A step is some 450 of these frames, in 45 ms of this clock: one or two of them between two of the other's.
    expect(Math.max(...waits)).toBeLessThan(1500);
    expect(flooder.turns()).toBeGreaterThan(0);
    expect(other.turns()).toBe(0);
  });

  test("takes nothing more once it is closed between two turns", async () => {
    const log: string[] = [];
    const flooder = busy(log, "f", { now: 0 });
    flooder.socket.push(flood(0, 5000));
    await immediate();
    flooder.session.close();
    const heard = log.length;
    expect(heard).toBeGreaterThan(0);
    for (let time = 0; time < 5; time++) await immediate();
    expect([log.length, flooder.socket.isPaused()]).toEqual([heard, false]);
  });
});

describe("keepalive", () => {
  /** A session over a pair of streams, and what it writes. */
  function sessionOn(dialled: boolean): { session: MqttSession; written: string[]; feed(hex: string): void } {
    const written: string[] = [];
    const socket = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        written.push(chunk.toString("hex"));
        done();
      },
    });
    const events = { opened: () => undefined, received: () => undefined, closed: () => written.push("closed") };
    const counters = createCounters();
    const session = new MqttSession({
      ...{ socket, dialled, selfId: LOW.id, peer: HIGH.id, remote: "x", counters, events },
    });
    const feed = (hex: string): void => void socket.emit("data", Buffer.from(hex, "hex"));
    feed(dialled ? CONNACK.toString("hex") : encodeConnect(HIGH.id).toString("hex"));
    written.length = 0;
    return { session, written, feed };
  }

  test("the dialling side speaks up before its promise runs out", () => {
    const { session, written, feed } = sessionOn(true);
    for (let beats = 0; beats < 12; beats++) {
      session.beat();
      feed("d000");
    }
    expect(written).toEqual(Array(6).fill("c000"));
  });

  test("the dialling side asks when only the other side is quiet", async () => {
    const { session, written } = sessionOn(true);
    for (let beats = 0; beats < 2; beats++) {
      session.send(Uint8Array.of(1));
      await new Promise((resolve) => process.nextTick(resolve));
      session.beat();
    }
    expect(written).toContain("c000");
  });

  test("the accepting side answers, and says nothing by itself", () => {
    const { session, written, feed } = sessionOn(false);
    for (let beats = 0; beats < 5; beats++) session.beat();
    feed("c000");
    expect(written).toEqual(["d000"]);
  });

  test("the accepting side has one answer under way, however often it is asked by a peer that reads nothing", async () => {
    const done: (() => void)[] = [];
    const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, taken) => void done.push(taken) });
    const events = { opened: () => undefined, received: () => undefined, closed: () => undefined };
    const names = { selfId: LOW.id, peer: HIGH.id, remote: "x" };
    new MqttSession({ ...{ socket, dialled: false, counters: createCounters(), events }, ...names });
    socket.emit("data", encodeConnect(HIGH.id));
    for (let time = 0; time < 1000; time++) socket.emit("data", Buffer.from("c000".repeat(100), "hex"));
    // CONNACK is being written, and one PINGRESP waits.
    expect(socket.writableLength).toBe(4 + 2);
    while (done.length > 0) {
      done.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.emit("data", Buffer.from("c000", "hex"));
    expect(socket.writableLength).toBe(2);
  });

  test.each([true, false])("silence of one and a half keepalives ends it (dialled: %s)", (dialled) => {
    const { session, written } = sessionOn(dialled);
    for (let beats = 0; beats < 6; beats++) session.beat();
    expect(written).not.toContain("closed");
    session.beat();
    expect(written).toContain("closed");
  });

  test("frames of one tick leave in one write", async () => {
    const { session, written } = sessionOn(true);
    for (let i = 0; i < 3; i++) session.send(Uint8Array.of(i));
    expect(written).toEqual([]);
    await new Promise((resolve) => process.nextTick(resolve));
    expect(written).toEqual(["300400016d00300400016d01300400016d02"]);
  });
});

test("a peer that is killed is noticed at once, and linked again when it is back", async () => {
  const high = await sideOf(HIGH);
  const script = fileURLToPath(new URL("../../fakes/link-dialler-process.js", import.meta.url));
  const dial = () => {
    const env = { ...process.env, LINK_KEY: LOW.tls.key, LINK_CERT: LOW.tls.cert };
    const child = spawn(process.execPath, [script, String(high.door.port), LOW.id], { stdio: "ignore", env });
    cleanups.push(() => child.kill("SIGKILL"));
    return child;
  };
  const first = dial();
  await expect.poll(() => high.log, { timeout: 8_000 }).toEqual(["opened 1"]);
  first.kill("SIGKILL");
  await expect.poll(() => high.log).toEqual(["opened 1", "closed 1"]);
  dial();
  await expect.poll(() => high.log, { timeout: 8_000 }).toEqual(["opened 1", "closed 1", "opened 2"]);
});
