import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { afterEach, describe, expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { Link, LinkEvents } from "../../runtime/core/ports.js";
import { loopbackOnly } from "../../runtime/io/broker-access.js";
import { systemClock } from "../../runtime/io/clock.js";
import { createLinks, type Links } from "../../runtime/io/link.js";
import { LINK_OUTGOING_BYTES_MAX } from "../../runtime/io/link-frames.js";
import { HIGH, LOW } from "../contract/links.js";
import { connectPacket, eventOf, type Rig, SELF, startRig } from "../fakes/mqtt-clients.js";

const CONNACK = Buffer.from([0x20, 2, 0, 0]);
const rng = (length: number): Uint8Array => new Uint8Array(length);
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function recorder(): LinkEvents & { readonly log: string[]; readonly open: Link[]; frames: number } {
  const log: string[] = [];
  const open: Link[] = [];
  const events = {
    log,
    open,
    frames: 0,
    opened: (link: Link) => {
      log.push(`opened ${link.linkId}`);
      open.push(link);
    },
    received: () => {
      events.frames++;
    },
    closed: (link: Link) => {
      log.push(`closed ${link.linkId}`);
      open.splice(open.indexOf(link), 1);
    },
  };
  return events;
}

function linksOf(selfId: HubId, events: LinkEvents, rest: object = {}): { links: Links; counters: () => object } {
  const counters = createCounters();
  const links = createLinks({
    selfId,
    events,
    counters,
    rng,
    clock: systemClock,
    backoff: { minMs: 20, maxMs: 50 },
    ...rest,
  });
  cleanups.push(() => links.stop());
  return { links, counters: () => counters.snapshot() };
}

async function rigOf(...args: Parameters<typeof startRig>): Promise<Rig> {
  const rig = await startRig(...args);
  cleanups.push(() => rig.stop());
  return rig;
}

/** A peer that answers a CONNECT with these bytes. */
async function falseHub(answer: (socket: Socket) => void): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, server };
}

describe("the dialling side", () => {
  test.each([
    ["a frame of 256 MB", Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])],
    [
      "a message of QoS 2",
      mqttPacket.generate({ cmd: "publish", topic: "m", payload: "", qos: 2, messageId: 1, dup: false, retain: false }),
    ],
    ["a SUBSCRIBE", Buffer.from([0x82, 0x06, 0, 1, 0, 1, 0x6d, 0])],
    ["text", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
  ])("%s from the other side ends the session", async (_name, bytes) => {
    const { port } = await falseHub((socket) => socket.write(Buffer.concat([CONNACK, bytes])));
    const events = recorder();
    const { links, counters } = linksOf(LOW, events);
    links.dial({ hub: HIGH, host: "127.0.0.1", port });
    await expect.poll(() => counters()).toMatchObject({ "link.refused_packet": expect.any(Number) });
    expect(events.frames).toBe(0);
  });

  test("any bytes leave this side alive, and it links when the peer is sane", async () => {
    let answer = Buffer.alloc(0);
    const { port, server } = await falseHub((socket) => socket.end(Buffer.concat([CONNACK, answer])));
    const chunk = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 20 }).map((rest) => Uint8Array.of(0x30, rest.length, ...rest)),
      fc.constant(CONNACK),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 4 }), async (chunks) => {
        answer = Buffer.concat(chunks);
        const accepted = once(server, "connection") as Promise<[Socket]>;
        const { links } = linksOf(LOW, recorder());
        links.dial({ hub: HIGH, host: "127.0.0.1", port });
        const [socket] = await accepted;
        await once(socket, "close");
        await links.stop();
      }),
      { numRuns: 60 },
    );
    const rig = await rigOf();
    linksOf(SELF, recorder(), { broker: rig.broker });
    const events = recorder();
    linksOf(LOW, events).links.dial({ hub: SELF, host: "127.0.0.1", port: rig.broker.port });
    await expect.poll(() => events.log).toEqual(["opened 1"]);
  });

  test("a message on another topic is dropped and counted", async () => {
    const message = mqttPacket.generate({ cmd: "publish", topic: "x", payload: "", qos: 0, dup: false, retain: false });
    const { port } = await falseHub((socket) => socket.write(Buffer.concat([CONNACK, message])));
    const events = recorder();
    const { links, counters } = linksOf(LOW, events);
    links.dial({ hub: HIGH, host: "127.0.0.1", port });
    await expect.poll(() => counters()).toMatchObject({ "link.refused_frame": 1 });
    expect(events.frames).toBe(0);
  });

  test("a refused session is tried again, and the peer is linked when it is ready", async () => {
    const rig = await rigOf();
    const events = recorder();
    const { links } = linksOf(LOW, events);
    links.dial({ hub: SELF, host: "127.0.0.1", port: rig.broker.port });
    await rig.counted("broker.refused_link", 2);
    expect(events.log).toEqual([]);
    linksOf(SELF, recorder(), { broker: rig.broker });
    await expect.poll(() => events.log).toEqual(["opened 1"]);
  });

  test("a new address of a known peer is used from the next attempt on", async () => {
    const gone = await falseHub((socket) => socket.destroy());
    const rig = await rigOf();
    linksOf(SELF, recorder(), { broker: rig.broker });
    const events = recorder();
    const { links } = linksOf(LOW, events);
    expect(links.dial({ hub: SELF, host: "127.0.0.1", port: gone.port })).toBe("dialling");
    await once(gone.server, "connection");
    links.dial({ hub: SELF, host: "127.0.0.1", port: rig.broker.port });
    await expect.poll(() => events.log).toEqual(["opened 1"]);
  });

  test("send says no when the other side does not read, and yes again when it does", async () => {
    const sockets: Socket[] = [];
    const { port } = await falseHub((socket) => {
      socket.pause();
      sockets.push(socket);
      socket.write(CONNACK);
    });
    const events = recorder();
    const { links, counters } = linksOf(LOW, events);
    links.dial({ hub: HIGH, host: "127.0.0.1", port });
    await expect.poll(() => events.open.length).toBe(1);
    const frame = new Uint8Array(60_000);
    const link = events.open[0]!;
    let taken = 0;
    for (let i = 0; i < 1_000 && link.send(frame); i++) {
      taken++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeLessThan(1_000);
    expect(counters()).toMatchObject({ "link.buffer_full": 1 });
    sockets[0]!.resume();
    await expect.poll(() => link.send(frame)).toBe(true);
  });
});

describe("the accepting side", () => {
  test("a second session of one hub replaces the first: closed, then opened", async () => {
    const rig = await rigOf();
    const accepted = recorder();
    linksOf(SELF, accepted, { broker: rig.broker });
    const first = await rig.raw();
    expect(await first.connect(LOW, "hub")).toBe(0);
    await expect.poll(() => accepted.log).toEqual(["opened 1"]);
    const second = await rig.raw();
    expect(await second.connect(LOW, "hub")).toBe(0);
    await first.closed;
    await expect.poll(() => accepted.log).toEqual(["opened 1", "closed 1", "opened 2"]);
  });

  test.each([
    ["a hub's name for an application", LOW, "someone"],
    ["a name that is no hub id for a link", "hub-1", "hub"],
    ["this hub's own name", SELF, "hub"],
  ])("%s is refused", async (_name, clientId, username) => {
    const rig = await rigOf();
    linksOf(SELF, recorder(), { broker: rig.broker });
    const raw = await rig.raw();
    expect(await raw.connect(clientId, username)).toBe(2);
    await raw.closed;
    await rig.counted("broker.refused_client_id");
  });

  test.each([
    ["a will", { will: { topic: "app/x", payload: Buffer.from("x"), qos: 0 as const, retain: false } }],
    ["a kept session", { clean: false }],
    ["MQTT 5", { protocolVersion: 5 as const }],
  ])("a link with %s is refused", async (_name, options) => {
    const rig = await rigOf();
    linksOf(SELF, recorder(), { broker: rig.broker });
    const link = rig.client({ protocolVersion: 4, clientId: LOW, username: "hub", ...options });
    await expect(link).rejects.toThrow(/not authorized/i);
    await rig.counted("broker.refused_link");
  });

  test("frames that come before the session is authorised are not delivered", async () => {
    const rig = await rigOf();
    const accepted = recorder();
    linksOf(SELF, accepted, { broker: rig.broker });
    const raw = await rig.raw();
    const frame = mqttPacket.generate({
      cmd: "publish",
      topic: "m",
      payload: "early",
      qos: 0,
      dup: false,
      retain: false,
    });
    raw.socket.write(Buffer.concat([connectPacket(LOW, "hub"), frame]));
    await raw.closed;
    await rig.counted("broker.refused_frame");
    expect(accepted.frames).toBe(0);
  });

  test("an application that sends a frame is cut, and no frame arrives", async () => {
    const rig = await rigOf();
    const accepted = recorder();
    linksOf(SELF, accepted, { broker: rig.broker });
    const client = await rig.client();
    client.publish("m", "x");
    await eventOf(client, "close");
    expect(accepted.frames).toBe(0);
  });

  test("a link may neither publish nor read anything but frames", async () => {
    const rig = await rigOf();
    linksOf(SELF, recorder(), { broker: rig.broker });
    const link = await rig.client({ protocolVersion: 4, clientId: LOW, username: "hub" });
    await expect(link.subscribeAsync("app/x")).rejects.toThrow();
    link.publish("app/x", "x");
    await eventOf(link, "close");
    await rig.counted("broker.refused_publish");
  });

  test.each(["m", "#", "+", "m/#", "+/#", "$SYS/#"])("nobody may subscribe to %s", async (filter) => {
    const rig = await rigOf();
    const client = await rig.client();
    await expect(client.subscribeAsync(filter)).rejects.toThrow();
    await rig.counted("broker.refused_subscribe");
  });

  test("by default applications read mindos/v1/ and write app/, and nothing else", async () => {
    const rig = await rigOf({ authorise: loopbackOnly });
    const client = await rig.client({ protocolVersion: 5 });
    await client.subscribeAsync("mindos/v1/#");
    for (const filter of ["mindos/#", "app/#", "+/v1/#"]) await expect(client.subscribeAsync(filter)).rejects.toThrow();
    await client.publishAsync("app/x", "x", { qos: 1 });
    for (const topic of ["mindos/v1/x", "other", "$SYS/x"])
      await expect(client.publishAsync(topic, "x", { qos: 1 })).rejects.toThrow();
  });

  test("send says no when the other side does not read", async () => {
    const rig = await rigOf();
    const accepted = recorder();
    linksOf(SELF, accepted, { broker: rig.broker });
    const raw = await rig.raw();
    await raw.connect(LOW, "hub");
    raw.socket.pause();
    await expect.poll(() => accepted.open.length).toBe(1);
    const frame = new Uint8Array(60_000);
    let sent = 0;
    while (sent < 1_000 && accepted.open[0]!.send(frame)) {
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(sent * frame.length).toBeGreaterThanOrEqual(LINK_OUTGOING_BYTES_MAX - frame.length);
    expect(sent).toBeLessThan(1_000);
  });
});

test("a peer that is killed is noticed at once, and linked again when it is back", async () => {
  const rig = await rigOf();
  const accepted = recorder();
  linksOf(SELF, accepted, { broker: rig.broker });
  const script = fileURLToPath(new URL("../fakes/link-dialler-process.js", import.meta.url));
  const dial = () => {
    const child = spawn(process.execPath, [script, String(rig.broker.port), LOW], { stdio: "ignore" });
    cleanups.push(() => child.kill("SIGKILL"));
    return child;
  };
  const first = dial();
  await expect.poll(() => accepted.log, { timeout: 8_000 }).toEqual(["opened 1"]);
  first.kill("SIGKILL");
  await expect.poll(() => accepted.log).toEqual(["opened 1", "closed 1"]);
  dial();
  await expect.poll(() => accepted.log, { timeout: 8_000 }).toEqual(["opened 1", "closed 1", "opened 2"]);
});
