import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../runtime/io/clock.js";
import { encodeConnect } from "../../../runtime/io/link/frames.js";
import {
  ALPN,
  at,
  cleanUp,
  cleanups,
  closed,
  dialTls,
  HIGH,
  knock,
  LOW,
  publish,
  sideOf,
} from "../../fakes/link-sides.js";
import { makeTlsHubs, type TlsHub } from "../../fakes/tls-hubs.js";

/** An ordinary key of the web, P-256, made by openssl for this test. */
const NIST = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAwFyBnf7Wlv7de3/
apX04eeagocg1pZdwzcUKdHE1TahRANCAAQebjwjU1AVTqSkKShwXXGzK6IwJ1Xm
580fajze7EFOC4w8QFP+OBvTdfwBOCHaXWTbtBXl5etP1IsbafwpC7gH
-----END PRIVATE KEY-----`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBXDCCAQKgAwIBAgIBATAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAF4MCAXDTI2
MTEyMjE4NDUzNFoYDzIxMjYxMDI5MTg0NTM0WjAMMQowCAYDVQQDDAF4MFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAEHm48I1NQFU6kpCkocF1xsyuiMCdV5ufNH2o8
3uxBTguMPEBT/jgb03X8ATgh2l1k27QV5eXrT9SLG2n8KQu4B6NTMFEwHQYDVR0O
BBYEFLCJunlQQyE+wBmgPae1C/r8+/ZGMB8GA1UdIwQYMBaAFLCJunlQQyE+wBmg
Pae1C/r8+/ZGMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAIAz
Yf1gPsWPic4fTbiNJoj9vh21L99KYQpKexkPFGJzAiA4lURDfUQj6QfVoZC2syxz
lvLgnTAsDkOCR5xxR5Ut3g==
-----END CERTIFICATE-----`,
};

const [STRANGER] = makeTlsHubs(3).slice(2) as [TlsHub];

afterEach(cleanUp);

describe("the door", () => {
  test.each<[string, () => ConnectionOptions, string]>([
    ["without a certificate", () => ({ ALPNProtocols: ALPN }), "link.no_key"],
    ["of another protocol", () => ({ ...LOW.tls, ALPNProtocols: ["mqtt"] }), "link.handshake_failed"],
    ["that names no protocol", () => ({ ...LOW.tls }), "link.wrong_protocol"],
    ["of TLS 1.2", () => ({ ...LOW.tls, ALPNProtocols: ALPN, maxVersion: "TLSv1.2" }), "link.handshake_failed"],
    ["with this hub's own key", () => ({ ...HIGH.tls, ALPNProtocols: ALPN }), "link.to_self"],
  ])("cuts a peer %s before it reads a byte of MQTT", async (_name, options, counter) => {
    const high = await sideOf(HIGH);
    const socket = dialTls(high.door.port, options());
    socket.once("secureConnect", () => socket.write(Buffer.concat([encodeConnect(LOW.id), publish("early")])));
    await closed(socket);
    await expect.poll(() => high.counted()).toMatchObject({ [counter]: 1 });
    expect(Object.keys(high.counted())).toEqual([counter]);
    expect([high.log, high.frames]).toEqual([[], []]);
  });

  test("knows no key but Ed25519", async () => {
    const high = await sideOf(HIGH);
    const socket = dialTls(high.door.port, { ...NIST, ALPNProtocols: ALPN });
    await closed(socket);
    await expect.poll(() => high.counted()).toEqual({ "link.no_key": 1 });
  });

  test("resumes no session: who comes back proves the key again", async () => {
    const high = await sideOf(HIGH);
    const first = await knock(high.door.port, LOW);
    let session: Buffer | undefined;
    first.on("session", (one: Buffer) => {
      session = one;
    });
    first.write(encodeConnect(LOW.id));
    await once(first, "data");
    const again = dialTls(high.door.port, { ...LOW.tls, ALPNProtocols: ALPN, session: session ?? first.getSession() });
    await once(again, "secureConnect");
    expect(again.isSessionReused()).toBe(false);
  });

  test("survives any bytes, and lets in who comes properly afterwards", async () => {
    const high = await sideOf(HIGH, { limits: { burst: 1_000 } });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        const socket = connectTcp(high.door.port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.end(bytes);
        await closed(socket);
      }),
      { numRuns: 40 },
    );
    const low = await sideOf(LOW);
    low.links.dial({ hub: HIGH.id, addresses: at(high.door.port) });
    await expect.poll(() => low.log).toEqual(["opened 1"]);
  });

  test("lets an address try so often, and what fails counts for more", async () => {
    let nowMs = 0;
    const clock = { ...systemClock, nowMs: () => nowMs };
    const high = await sideOf(HIGH, { clock, limits: { burst: 5, perSecond: 1, failureCost: 2 } });
    const fail = async (): Promise<void> => {
      const socket = connectTcp(high.door.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.end("GET / HTTP/1.1\r\n\r\n");
      await closed(socket);
    };
    await fail();
    await expect.poll(() => high.counted()).toEqual({ "link.handshake_failed": 1 });
    await fail();
    await expect.poll(() => high.counted()).toEqual({ "link.handshake_failed": 2 });
    await fail();
    await expect.poll(() => high.counted()).toEqual({ "link.handshake_failed": 2, "link.refused_rate": 1 });
    nowMs = 1_000;
    await knock(high.door.port, LOW);
  });

  test("does so many handshakes at once; the next waits for its turn", async () => {
    const patient = { handshakesMax: 1, handshakesKept: 0, handshakePatienceMs: 60_000 };
    const high = await sideOf(HIGH, { limits: patient });
    const slow = connectFrom(high.door.port, "127.0.0.2");
    slow.write(HALF_A_HELLO);
    await settled();
    const waiting = dialTls(high.door.port, { ...LOW.tls, ALPNProtocols: ALPN });
    let isProven = false;
    waiting.once("secureConnect", () => {
      isProven = true;
    });
    await once(waiting, "connect");
    await settled();
    expect(isProven).toBe(false);
    slow.destroy();
    await expect.poll(() => isProven).toBe(true);
  });

  test("lets a handshake that stands still have its place only until others want it", async () => {
    const high = await sideOf(HIGH, { limits: { handshakesMax: 1, handshakesKept: 0, handshakePatienceMs: 100 } });
    const slow = connectFrom(high.door.port, "127.0.0.2");
    slow.write(HALF_A_HELLO);
    await settled();
    await knock(high.door.port, LOW);
    expect(high.counted()).toEqual({ "link.crowded_out": 1 });
  });

  test("gives those that say nothing no part in the queue, and puts the oldest of them out for whoever comes", async () => {
    const high = await sideOf(HIGH, { limits: { handshakesMax: 1, handshakesKept: 0, waitingMax: 4 } });
    const silent = Array.from({ length: 6 }, (_, i) => connectFrom(high.door.port, `127.0.0.${2 + i}`));
    const first = closed(silent[0] as Socket);
    await settled();
    await knock(high.door.port, LOW);
    await first;
    expect(high.counted()).toEqual({ "link.crowded_out": 3 });
  });

  test("waits for the first byte only so long", async () => {
    const high = await sideOf(HIGH, { limits: { firstByteMs: 100 } });
    await closed(connectFrom(high.door.port, "127.0.0.2"));
    expect(high.counted()).toEqual({ "link.silent": 1 });
  });

  test("puts a stranger out for the next when it has no more connections, and no member", async () => {
    const high = await sideOf(HIGH, {
      limits: { connectionsMax: 2, connectionsKept: 0 },
      isMember: (hub) => hub === LOW.id,
    });
    const low = await sideOf(LOW);
    low.links.dial({ hub: HIGH.id, addresses: at(high.door.port) });
    await expect.poll(() => high.log).toEqual(["opened 1"]);
    const from = (localAddress: string): ConnectionOptions & { localAddress: string } => ({
      ...{ ...STRANGER.tls, ALPNProtocols: ALPN, localAddress },
    });
    const stranger = dialTls(high.door.port, from("127.0.0.2"));
    await once(stranger, "secureConnect");
    const gone = closed(stranger);
    await once(dialTls(high.door.port, from("127.0.0.3")), "secureConnect");
    await gone;
    expect(high.counted()).toEqual({ "link.crowded_out": 1 });
    expect(high.log).toEqual(["opened 1"]);
  });

  test("gives the place of a link that is over, though its other end has not read so far", async () => {
    const high = await sideOf(HIGH, { limits: { connectionsMax: 1, connectionsKept: 0 } });
    const low = await knock(high.door.port, LOW);
    low.write(encodeConnect(LOW.id));
    await expect.poll(() => high.log).toEqual(["opened 1"]);
    high.open[0]?.close();
    await expect.poll(() => high.log).toEqual(["opened 1", "closed 1"]);
    await knock(high.door.port, STRANGER);
    expect(high.counted()).toEqual({});
  });

  test("refuses when all of its connections are members'", async () => {
    const high = await sideOf(HIGH, { limits: { connectionsMax: 1, connectionsKept: 0 } });
    const low = await sideOf(LOW);
    low.links.dial({ hub: HIGH.id, addresses: at(high.door.port) });
    await expect.poll(() => high.log).toEqual(["opened 1"]);
    await closed(connectFrom(high.door.port, "127.0.0.2"));
    expect(high.counted()).toEqual({ "link.refused_crowd": 1 });
  });

  test("keeps some room for an address that a member came from, though strangers take all the rest", async () => {
    const high = await sideOf(HIGH, {
      limits: {
        connectionsMax: 2,
        connectionsKept: 1,
        handshakesMax: 2,
        handshakesKept: 1,
        handshakePatienceMs: 60_000,
      },
      isMember: (hub) => hub === LOW.id,
    });
    const low = await knock(high.door.port, LOW);
    low.write(encodeConnect(LOW.id));
    await expect.poll(() => high.log).toEqual(["opened 1"]);
    low.destroy();
    await expect.poll(() => high.log).toEqual(["opened 1", "closed 1"]);
    connectFrom(high.door.port, "127.0.0.2").write(HALF_A_HELLO);
    await settled();
    await knock(high.door.port, LOW);
    expect(high.counted()).toEqual({});
  });
});

/** The first bytes of a ClientHello's record, which says that more will come. */
const HALF_A_HELLO = Uint8Array.of(0x16, 0x03, 0x01, 0x01, 0x00, 0x01);

function connectFrom(port: number, localAddress: string): Socket {
  const socket = connectTcp({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => undefined);
  cleanups.push(() => socket.destroy());
  return socket;
}

/** What is sent by now has arrived. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise(setImmediate);
}
