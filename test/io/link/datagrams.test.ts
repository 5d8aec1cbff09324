/** Datagrams beside links: two hubs on loopback with real TLS between them, and somebody who sends to their ports what he pleases. */
import { spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import type { Datagram } from "../../../runtime/core/mesh.js";
import { systemClock } from "../../../runtime/io/clock.js";
import { type DatagramChannel, type OpenLinkDatagrams, openLinkDatagrams } from "../../../runtime/io/link/datagrams.js";
import { DATAGRAM_TAG_BYTES, encodeDatagram } from "../../../runtime/wire/datagram.js";
import { at, cleanUp, cleanups, HIGH, LOW, type Side, sideOf } from "../../fakes/link-sides.js";
import type { TlsHub } from "../../fakes/tls-hubs.js";

afterEach(cleanUp);

const HOST = "127.0.0.1";
const SECRET = new Uint8Array(40).map((_, index) => index);
const ping = (number: number): Datagram => ({ number, isAnswer: false, isOver: false });
const answer = (number: number): Datagram => ({ number, isAnswer: true, isOver: false });

interface BesideSide extends Side {
  readonly heard: Datagram[];
}

async function besideOf(hub: TlsHub): Promise<BesideSide> {
  const heard: Datagram[] = [];
  const side = await sideOf(hub, {}, { datagram: (_link, datagram) => heard.push(datagram) });
  return { ...side, heard };
}

async function linked(): Promise<{ readonly dialler: BesideSide; readonly acceptor: BesideSide }> {
  const [dialler, acceptor] = [await besideOf(LOW), await besideOf(HIGH)];
  dialler.links.dial({ hub: HIGH.id, addresses: at(acceptor.door.port) });
  await expect.poll(() => dialler.open.length * acceptor.open.length).toBe(1);
  return { dialler, acceptor };
}

describe("beside a link", () => {
  test("a ping arrives, and so does its answer, in both directions", async () => {
    const { dialler, acceptor } = await linked();
    dialler.open[0]?.sendDatagram?.(ping(1));
    await expect.poll(() => acceptor.heard).toEqual([ping(1)]);
    acceptor.open[0]?.sendDatagram?.(answer(1));
    acceptor.open[0]?.sendDatagram?.(ping(1));
    await expect.poll(() => dialler.heard).toHaveLength(2);
    expect(dialler.heard).toEqual(expect.arrayContaining([answer(1), ping(1)]));
    dialler.open[0]?.sendDatagram?.(answer(1));
    await expect.poll(() => acceptor.heard).toEqual([ping(1), answer(1)]);
    expect([dialler.counted(), acceptor.counted()]).toEqual([{}, {}]);
  });

  test("the end that was dialled says nothing before it knows where the other one is", async () => {
    const { dialler, acceptor } = await linked();
    acceptor.open[0]?.sendDatagram?.(ping(1));
    dialler.open[0]?.sendDatagram?.(ping(1));
    await expect.poll(() => acceptor.heard).toHaveLength(1);
    acceptor.open[0]?.sendDatagram?.(ping(2));
    await expect.poll(() => dialler.heard).toEqual([ping(2)]);
  });

  test("nothing passes once it has ended, and nobody is bothered", async () => {
    const { dialler, acceptor } = await linked();
    const [near] = dialler.open;
    acceptor.open[0]?.close();
    await expect.poll(() => dialler.open).toHaveLength(0);
    near?.sendDatagram?.(ping(1));
    dialler.links.dial({ hub: HIGH.id, addresses: at(acceptor.door.port) });
    await expect.poll(() => dialler.open.length * acceptor.open.length).toBe(1);
    dialler.open[0]?.sendDatagram?.(ping(1));
    await expect.poll(() => acceptor.heard).toEqual([ping(1)]);
  });

  test("there are none where another program has the port, and the link is as good as ever", async () => {
    const taken = await socketAt(0);
    const counters = createCounters();
    const options = { host: HOST, port: taken.address().port, counters, clock: systemClock };
    expect(await openLinkDatagrams(options)).toBeUndefined();
    expect(counters.snapshot()).toEqual({ "link.datagrams_unavailable": 1 });

    const [near, far] = [await sideOf(LOW, {}, {}, "no datagrams"), await besideOf(HIGH)];
    near.links.dial({ hub: HIGH.id, addresses: at(far.door.port) });
    await expect.poll(() => near.open.length * far.open.length).toBe(1);
    near.open[0]?.sendDatagram?.(ping(1));
    far.open[0]?.sendDatagram?.(ping(1));
    near.open[0]?.send(Buffer.from("frame"));
    await expect.poll(() => far.frames).toEqual(["frame"]);
    expect([far.heard, far.counted()]).toEqual([[], {}]);
  });
});

async function socketAt(port: number, host = HOST): Promise<Socket> {
  const socket = createSocket("udp4");
  cleanups.push(() => socket.close());
  socket.bind(port, host);
  await once(socket, "listening");
  return socket;
}

function bytesOf(datagram: Datagram, { byDialler = true, secret = SECRET } = {}): Buffer {
  const tagged = encodeDatagram(secret.subarray(0, 8), { ...datagram, byDialler });
  const tag = createHmac("sha256", secret.subarray(8)).update(tagged).digest();
  return Buffer.concat([tagged, tag.subarray(0, DATAGRAM_TAG_BYTES)]);
}

interface Receiver {
  readonly datagrams: OpenLinkDatagrams;
  readonly heard: Datagram[];
  counted(): object;
  /** From a stranger's socket, and known to be dealt with. */
  feed(from: Socket, ...all: readonly Uint8Array[]): Promise<void>;
}

/** The end of a link that was dialled, unless `channel` says otherwise. Its clock stands still until it is set. */
async function receiver(channel: Partial<DatagramChannel> = {}, clock = { ms: 0 }): Promise<Receiver> {
  const port = await freePort();
  const counters = createCounters();
  const heard: Datagram[] = [];
  const datagrams = await openLinkDatagrams({
    ...{ host: HOST, port, counters },
    clock: { nowMs: () => clock.ms, wallMs: () => 0 },
  });
  if (datagrams === undefined) throw new Error("no datagrams");
  cleanups.push(() => datagrams.close());
  datagrams.add({ linkId: 1, secret: SECRET, dialled: false, heard: (one) => heard.push(one), ...channel });
  const dealtWith = (): number =>
    heard.length + Object.values(counters.snapshot()).reduce((sum, count) => sum + count, 0);
  return {
    ...{ datagrams, heard, counted: () => counters.snapshot() },
    async feed(from, ...all) {
      for (const bytes of all) {
        const before = dealtWith();
        from.send(bytes, port, HOST);
        await expect.poll(dealtWith, { interval: 1 }).toBe(before + 1);
      }
    },
  };
}

async function freePort(): Promise<number> {
  const probe = createSocket("udp4").bind(0, HOST);
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise<void>((resolve) => probe.close(resolve));
  return port;
}

describe("a hub that anybody can send datagrams to", () => {
  test("believes none whose tag does not hold", async () => {
    const { feed, heard, counted } = await receiver();
    const stranger = await socketAt(0);
    const good = bytesOf(ping(1));
    for (let bit = 0; bit < good.length * 8; bit += 7) {
      const forged = Buffer.from(good);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await feed(stranger, forged);
    }
    expect(heard).toEqual([]);
    await feed(stranger, good);
    expect(heard).toEqual([ping(1)]);
    expect(Object.keys(counted()).sort()).toEqual(["link.datagram_refused", "link.datagram_unknown"]);
  });

  test("counts those that are of no link it has, of no known form, or of one that is gone", async () => {
    const { datagrams, feed, heard, counted } = await receiver();
    const stranger = await socketAt(0);
    const other = bytesOf(ping(1), { secret: SECRET.map((byte) => byte ^ 1) });
    await feed(stranger, other, Buffer.alloc(0), Buffer.alloc(1), Buffer.alloc(29), Buffer.alloc(60_000));
    expect(heard).toEqual([]);
    expect(counted()).toEqual({ "link.datagram_unknown": 5 });
    datagrams.remove(1);
    await feed(stranger, bytesOf(ping(1)));
    expect(counted()).toEqual({ "link.datagram_unknown": 6 });
  });

  test("answers for half a minute beside a link that it has closed: it lives, and nothing more comes", async () => {
    const clock = { ms: 0 };
    const { datagrams, heard, feed, counted } = await receiver({}, clock);
    const peer = await socketAt(0);
    await feed(peer, bytesOf(ping(1)));
    datagrams.send(1, answer(1));
    await once(peer, "message");
    datagrams.remove(1);
    const said = once(peer, "message");
    datagrams.add({ linkId: 2, secret: SECRET.map((byte) => byte ^ 1), dialled: false, heard: () => undefined });
    peer.send(bytesOf(ping(2)), datagrams.port, HOST);
    const [bytes] = await said;
    expect(bytes).toEqual(bytesOf({ number: 2, isAnswer: true, isOver: true }, { byDialler: false }));
    clock.ms = 31_000;
    datagrams.remove(2);
    await feed(peer, bytesOf(ping(3)));
    expect(heard).toEqual([ping(1)]);
    expect(counted()).toEqual({ "link.datagram_unknown": 1 });
  });

  test("takes none of its own for the other end's, whoever throws them back", async () => {
    const stranger = await socketAt(0);
    const accepted = await receiver();
    await accepted.feed(stranger, bytesOf(ping(1), { byDialler: false }), bytesOf(answer(1), { byDialler: false }));
    const dialled = await receiver({ dialled: true, remote: { host: HOST, port: stranger.address().port } });
    await dialled.feed(stranger, bytesOf(ping(1)), bytesOf(answer(1)));
    for (const { heard, counted } of [accepted, dialled]) {
      expect(heard).toEqual([]);
      expect(counted()).toEqual({ "link.datagram_refused": 2 });
    }
  });

  test("hears each once, and none that is older than what it has heard", async () => {
    const { feed, heard, counted } = await receiver();
    const stranger = await socketAt(0);
    const all = [ping(5), ping(5), ping(4), answer(5), answer(5), answer(1), ping(6)];
    await feed(stranger, ...all.map((one) => bytesOf(one)));
    expect(heard).toEqual([ping(5), answer(5), ping(6)]);
    expect(counted()).toEqual({ "link.datagram_refused": 4 });
  });

  test("sends to where the newest ping came from, and a replay leads it nowhere", async () => {
    const { datagrams, feed } = await receiver();
    const [peer, moved, thief] = [await socketAt(0), await socketAt(0), await socketAt(0)];
    const stolen: unknown[] = [];
    thief.on("message", (bytes) => stolen.push(bytes));
    const arrival = async (socket: Socket, number: number): Promise<Buffer> => {
      const arrived = once(socket, "message");
      datagrams.send(1, answer(number));
      return (await arrived)[0] as Buffer;
    };
    await feed(peer, bytesOf(ping(1)));
    expect(await arrival(peer, 1)).toEqual(bytesOf(answer(1), { byDialler: false }));
    const forged = bytesOf(ping(9));
    forged[28] = (forged[28] ?? 0) ^ 1;
    await feed(thief, bytesOf(ping(1)), forged, bytesOf(answer(1)));
    await arrival(peer, 1);
    await feed(moved, bytesOf(ping(2)));
    await arrival(moved, 2);
    expect(stolen).toEqual([]);
  });

  test("that has dialled sends to where it dialled, wherever pings come from", async () => {
    const [peer, elsewhere] = [await socketAt(0), await socketAt(0)];
    const { datagrams, feed, heard } = await receiver({
      ...{ dialled: true, remote: { host: HOST, port: peer.address().port } },
    });
    await feed(elsewhere, bytesOf(ping(1), { byDialler: false }));
    expect(heard).toEqual([ping(1)]);
    const arrived = once(peer, "message");
    datagrams.send(1, answer(1));
    expect((await arrived)[0]).toEqual(bytesOf(answer(1)));
  });

  test("hears 64 a second of one link, whoever is behind it", async () => {
    const clock = { ms: 0 };
    const { feed, heard, counted } = await receiver({}, clock);
    const peer = await socketAt(0);
    for (let number = 1; number <= 70; number++) await feed(peer, bytesOf(ping(number)));
    expect(heard).toHaveLength(64);
    expect(counted()).toEqual({ "link.datagram_rate": 6 });
    clock.ms = 1_000;
    await feed(peer, bytesOf(ping(71)));
    expect(heard).toHaveLength(65);
  });

  test("checks 128 tags of a link a second, and hears it again when the flood is over; other links do not notice", async () => {
    const clock = { ms: 0 };
    const { datagrams, feed, heard, counted } = await receiver({}, clock);
    const other = SECRET.map((byte) => byte ^ 1);
    const heardOther: Datagram[] = [];
    datagrams.add({ linkId: 2, secret: other, dialled: false, heard: (one) => heardOther.push(one) });
    const stranger = await socketAt(0);
    const forged = bytesOf(ping(1_000_000));
    forged[28] = (forged[28] ?? 0) ^ 1;
    for (let number = 0; number < 228; number++) await feed(stranger, forged);
    expect(counted()).toEqual({ "link.datagram_refused": 128, "link.datagram_rate": 100 });
    stranger.send(bytesOf(ping(1), { secret: other }), datagrams.port, HOST);
    await expect.poll(() => heardOther).toEqual([ping(1)]);
    clock.ms = 10;
    await feed(stranger, bytesOf(ping(1)));
    expect(heard).toEqual([ping(1)]);
  });

  test("checks 2,000 tags a second in all", async () => {
    const { datagrams, feed, counted } = await receiver();
    const stranger = await socketAt(0);
    for (let link = 0; link < 20; link++) {
      const secret = SECRET.map((byte) => byte ^ (link + 1));
      datagrams.add({ linkId: 2 + link, secret, dialled: false, heard: () => undefined });
      const forged = bytesOf(ping(1_000_000), { secret });
      forged[28] = (forged[28] ?? 0) ^ 1;
      for (let number = 0; number < 105; number++) await feed(stranger, forged);
    }
    expect(counted()).toEqual({ "link.datagram_refused": 2000, "link.datagram_rate": 100 });
  });

  test("says nothing beside a link of which its hub never sent anything: its end was no neighbour", async () => {
    const { datagrams, feed, counted } = await receiver();
    const stranger = await socketAt(0);
    datagrams.remove(1);
    await feed(stranger, bytesOf(ping(1)));
    expect(counted()).toEqual({ "link.datagram_unknown": 1 });
  });

  test.runIf(process.getuid?.() === 0)("outlives a datagram from port 0", async () => {
    const { datagrams, counted } = await receiver();
    const script = `
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
data = bytes.fromhex(sys.argv[2])
s.sendto(struct.pack("!HHHH", 0, int(sys.argv[1]), 8 + len(data), 0) + data, ("127.0.0.1", 0))`;
    const sent = spawnSync("python3", ["-c", script, `${datagrams.port}`, bytesOf(ping(1)).toString("hex")]);
    if (sent.status !== 0) return; // no Python, or no raw sockets here
    await expect.poll(counted).toEqual({ "link.datagram_refused": 1 });
  });

  test("does not mind where nothing can be sent to, nor being closed", async () => {
    for (const remote of [
      { host: HOST, port: await freePort() },
      { host: "255.255.255.255", port: 9 },
      { host: "::1", port: 9 },
    ]) {
      const { datagrams, counted } = await receiver({ dialled: true, remote });
      for (let number = 1; number <= 3; number++) datagrams.send(1, ping(number));
      datagrams.send(2, ping(1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await datagrams.close();
      await datagrams.close();
      datagrams.send(1, ping(4));
      expect(counted()).toEqual({});
    }
  });
});
