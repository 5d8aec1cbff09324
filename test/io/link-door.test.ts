import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import type { ConnectionOptions } from "node:tls";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../runtime/io/clock.js";
import { encodeConnect } from "../../runtime/io/link-frames.js";
import { ALPN, at, cleanUp, closed, dialTls, HIGH, knock, LOW, publish, sideOf } from "../fakes/link-sides.js";

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
    const high = await sideOf(HIGH, { limits: { handshakesMax: 1, waitingMax: 1 } });
    const silent = connectTcp(high.door.port, "127.0.0.1");
    await once(silent, "connect");
    const waiting = dialTls(high.door.port, { ...LOW.tls, ALPNProtocols: ALPN });
    let isProven = false;
    waiting.once("secureConnect", () => {
      isProven = true;
    });
    await once(waiting, "connect");
    const third = connectTcp(high.door.port, "127.0.0.1");
    third.on("error", () => undefined);
    await closed(third);
    expect(high.counted()).toEqual({ "link.refused_crowd": 1 });
    expect(isProven).toBe(false);
    silent.destroy();
    await expect.poll(() => isProven).toBe(true);
  });

  test("has so many connections", async () => {
    const high = await sideOf(HIGH, { limits: { connectionsMax: 1 } });
    const first = await knock(high.door.port, LOW);
    const second = connectTcp(high.door.port, "127.0.0.1");
    second.on("error", () => undefined);
    await closed(second);
    expect(high.counted()).toEqual({ "link.refused_connection": 1 });
    first.destroy();
    await expect.poll(async () => (await sideOf(LOW)).links.dial({ addresses: at(high.door.port) })).toBe("dialling");
  });
});
