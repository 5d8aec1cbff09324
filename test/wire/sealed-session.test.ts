import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import { SEALED_CRYPTO } from "../../runtime/io/backbone/crypto.js";
import { readBeacon, writeBeacon } from "../../runtime/wire/sealed-beacon.js";
import { sealedGroupOf, sealedPairOf } from "../../runtime/wire/sealed-group.js";
import {
  accept,
  answer,
  finish,
  type HandshakeContext,
  initiate,
  readInit,
  type SessionSecrets,
} from "../../runtime/wire/sealed-handshake.js";
import { readDataHeader } from "../../runtime/wire/sealed-packet.js";
import { SealedSession } from "../../runtime/wire/sealed-session.js";
import { SEALED_DEFAULTS, type SealedSettings } from "../../runtime/wire/sealed-settings.js";
import { keyOf, TestHome } from "../fakes/home.js";
import { SealedNet } from "./sealed-net.js";

const home = new TestHome();
const group = sealedGroupOf(SEALED_CRYPTO, home.root.publicKey);
const contextOf = (name: string, of = group): HandshakeContext => ({
  crypto: SEALED_CRYPTO,
  group: of,
  identity: keyOf(name),
});
const [a, b, c] = [contextOf("a"), contextOf("b"), contextOf("c")];

function handshake(): readonly [SessionSecrets, SessionSecrets] {
  const initiation = initiate(a, b.identity.hub);
  const answering = answer(b, readInit(b, initiation.packet)!)!;
  const finished = finish(a, initiation, answering.packet)!;
  return [finished.session, accept(b, answering, finished.packet)!];
}

describe("the handshake", () => {
  test("gives both ends the same keys, and each the proven id of the other", () => {
    const [mine, theirs] = handshake();
    expect([mine.peer, theirs.peer]).toEqual([b.identity.hub, a.identity.hub]);
    expect(mine.sendKey).toEqual(theirs.receiveKey);
    expect(mine.receiveKey).toEqual(theirs.sendKey);
    expect(mine.sendKey).not.toEqual(mine.receiveKey);
    expect([mine.ownSid, mine.peerSid]).toEqual([theirs.peerSid, theirs.ownSid]);
  });

  test("has fresh keys every time", () => {
    expect(handshake()[0].sendKey).not.toEqual(handshake()[0].sendKey);
  });

  test("a stranger who does not know the home gets no answer, nor does who redirects an init", () => {
    const stranger = contextOf("a", sealedGroupOf(SEALED_CRYPTO, keyOf("another root").publicKey));
    expect(readInit(b, initiate(stranger, b.identity.hub).packet)).toBeUndefined();
    expect(readInit(c, initiate(a, b.identity.hub).packet)).toBeUndefined();
  });

  test("a member cannot answer in another's name", () => {
    const initiation = initiate(a, b.identity.hub);
    const init = readInit(b, initiation.packet)!;
    const liar: HandshakeContext = { ...c, identity: { ...c.identity, hub: b.identity.hub } };
    expect(finish(a, initiation, answer(liar, init)!.packet)).toBeUndefined();
    expect(finish(a, initiation, answer(c, init)!.packet)).toBeUndefined();
  });

  test("a member cannot begin in another's name", () => {
    const liar: HandshakeContext = { ...c, identity: { ...c.identity, hub: a.identity.hub } };
    const initiation = initiate(liar, b.identity.hub);
    const answering = answer(b, readInit(b, initiation.packet)!)!;
    const finished = finish(liar, initiation, answering.packet)!;
    expect(accept(b, answering, finished.packet)).toBeUndefined();
  });

  test("a member in the middle who passes proofs on gets nowhere", () => {
    const mine = initiate(a, c.identity.hub);
    const further = initiate(c, b.identity.hub);
    const theirs = answer(b, readInit(b, further.packet)!)!;
    expect(finish(a, mine, theirs.packet)).toBeUndefined();
  });

  test("a public key of small order is refused", () => {
    const init = { peer: a.identity.hub, sid: new Uint8Array(8), key: new Uint8Array(32) };
    expect(answer(b, init)).toBeUndefined();
  });

  test("any changed bit of any packet ends it", () => {
    const initiation = initiate(a, b.identity.hub);
    const answering = answer(b, readInit(b, initiation.packet)!)!;
    const finished = finish(a, initiation, answering.packet)!;
    const flip = (bytes: Uint8Array, bit: number): Uint8Array => {
      const out = bytes.slice();
      out[bit >> 3]! ^= 1 << (bit & 7);
      return out;
    };
    fc.assert(
      fc.property(fc.nat(), (bit) => {
        expect(readInit(b, flip(initiation.packet, bit % (initiation.packet.length * 8)))).toBeUndefined();
        expect(finish(a, initiation, flip(answering.packet, bit % (answering.packet.length * 8)))).toBeUndefined();
        // The first nine bytes find the session; the caller has looked at them.
        const at = 72 + (bit % ((finished.packet.length - 9) * 8));
        expect(accept(b, answering, flip(finished.packet, at))).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  test("any bytes are refused without an exception", () => {
    const answering = answer(b, readInit(b, initiate(a, b.identity.hub).packet)!)!;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(readInit(b, bytes)).toBeUndefined();
        expect(finish(a, initiate(a, b.identity.hub), bytes)).toBeUndefined();
        expect(accept(b, answering, bytes)).toBeUndefined();
        expect(readBeacon(group, bytes, undefined)).toBeUndefined();
      }),
      { numRuns: 50 },
    );
  });
});

describe("a sealed session", () => {
  const pair = (changes: Partial<SealedSettings> = {}, lost: (n: number) => boolean = () => false) => {
    const secrets = handshake();
    const dropped: string[] = [];
    const packets: Uint8Array[] = [];
    const net = new SealedNet(
      (events, at) =>
        new SealedSession(
          {
            crypto: SEALED_CRYPTO,
            settings: { ...SEALED_DEFAULTS, ...changes },
            secrets: secrets[at]!,
            events: {
              ...events,
              packet: (bytes) => {
                packets.push(bytes);
                events.packet(bytes);
              },
              dropped: (why) => dropped.push(why),
            },
          },
          0,
        ),
      (n) => (lost(n) ? [] : [10]),
    );
    return { net, dropped, packets };
  };

  test("carries frames that nobody can read, and no packet has another's number", () => {
    const { net, packets } = pair();
    const frame = new TextEncoder().encode("the cellar is flooded");
    net.ends[0].write(frame, 0);
    net.ends[1].write(frame, 0);
    net.run(1_000);
    expect(net.frames[0]).toEqual([frame]);
    expect(net.frames[1]).toEqual([frame]);
    expect(packets.some((packet) => Buffer.from(packet).includes("cellar"))).toBe(false);
  });

  test("packets that come again are counted and deliver nothing", () => {
    const { net, dropped, packets } = pair();
    net.ends[0].write(Uint8Array.of(1), 0);
    net.run(1_000);
    const count = packets.length;
    for (const packet of packets.slice(0, count)) net.inject(1, packet);
    expect(net.frames[1]).toHaveLength(1);
    expect(dropped.filter((why) => why === "replayed").length).toBeGreaterThan(0);
  });

  test("changed, cut and foreign packets are counted and change nothing", () => {
    const { net, dropped, packets } = pair();
    net.ends[0].write(Uint8Array.of(1), 0);
    net.run(5, () => packets.length > 0);
    const [packet] = packets as [Uint8Array];
    for (let at = 9; at < packet.length; at++) {
      const changed = packet.slice();
      changed[at]! ^= 1;
      net.inject(1, changed);
      net.inject(1, packet.subarray(0, at));
    }
    expect(net.frames[1]).toEqual([]);
    expect(dropped.length).toBe(2 * (packet.length - 9));
    net.run(1_000);
    expect(net.frames[1]).toHaveLength(1);
  });

  test("keys are replaced on the way, also when packets are lost, and nothing is", () => {
    const { net, packets } = pair({ rekeyPackets: 5, payloadBytesMax: 300 }, (n) => n % 7 === 3);
    for (let i = 0; i < 120; i++) net.ends[0].write(new Uint8Array(100).fill(i), 0);
    net.run(60_000, () => net.frames[1].length === 120);
    expect(net.frames[1].map(([first]) => first)).toEqual(Array.from({ length: 120 }, (_, i) => i));
    expect(Math.max(...packets.map((packet) => readDataHeader(packet).generation))).toBeGreaterThan(5);
  });

  test("keys are replaced after their time, too", () => {
    const { net, packets } = pair({ rekeyMs: 60_000 });
    net.run(200_000);
    expect(readDataHeader(packets.at(-1)!).generation).toBeGreaterThanOrEqual(2);
    expect(net.ended).toEqual([undefined, undefined]);
  });
});

describe("what the hubs of a home share at a broker", () => {
  const hub = a.identity.hub;
  const beacon = { hub, seeking: true, leaving: false, intervalS: 30 };

  test("a beacon says what it says to members, and nothing to others", () => {
    const packet = writeBeacon(group, beacon, undefined);
    expect(readBeacon(group, packet, undefined)).toEqual(beacon);
    expect(readBeacon(group, packet, hub)).toBeUndefined();
    expect(readBeacon(sealedGroupOf(SEALED_CRYPTO, keyOf("another").publicKey), packet, undefined)).toBeUndefined();
  });

  test("two homes hear each other, not themselves, under a key of their own", () => {
    const [own, other] = [home.root.publicKey, keyOf("another").publicKey];
    const [here, there] = [sealedPairOf(SEALED_CRYPTO, own, other), sealedPairOf(SEALED_CRYPTO, other, own)];
    expect([here.presenceTopic, here.listenTopic]).toEqual([there.listenTopic, there.presenceTopic]);
    expect(here.presenceTopic).not.toBe(here.listenTopic);
    expect(here.inboxTopic(hub)).toBe(there.inboxTopic(hub));
    expect(here.key).toEqual(there.key);
    const third = sealedPairOf(SEALED_CRYPTO, own, keyOf("x").publicKey);
    for (const apart of [group, sealedGroupOf(SEALED_CRYPTO, other), third])
      expect(readBeacon(apart, writeBeacon(here, beacon, undefined), undefined)).toBeUndefined();
  });

  test("topics show neither the home nor the hub, and differ between homes and hubs", () => {
    const other = sealedGroupOf(SEALED_CRYPTO, keyOf("another").publicKey);
    const topics = [
      group.presenceTopic,
      group.inboxTopic(hub),
      group.inboxTopic(b.identity.hub),
      other.inboxTopic(hub),
    ];
    expect(new Set(topics).size).toBe(4);
    for (const topic of topics) {
      expect(topic).toMatch(/^mindos\/1\/[0-9a-f]{16}\/(p|i\/[0-9a-f]{16})$/);
      expect(topic).not.toContain(home.home.slice(0, 8));
      expect(topic).not.toContain(hub.slice(0, 8));
    }
  });

  test("two hubs rank each other alike", () => {
    expect(group.affinity(hub, b.identity.hub)).toBe(group.affinity(b.identity.hub, hub));
    expect(group.affinity(hub, b.identity.hub)).not.toBe(group.affinity(hub, c.identity.hub as HubId));
  });
});
