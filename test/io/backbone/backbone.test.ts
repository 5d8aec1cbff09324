/** Hubs that meet at a broker in this process, which meddles. */
import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { createCounters } from "../../../runtime/core/counters.js";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Counters, Link } from "../../../runtime/core/ports.js";
import { Backbone, type BackboneOptions } from "../../../runtime/io/backbone/backbone.js";
import { checkBackbone } from "../../../runtime/io/backbone/file.js";
import { BACKBONE_DEFAULTS } from "../../../runtime/io/backbone/settings.js";
import { systemClock } from "../../../runtime/io/clock.js";
import { PACKET } from "../../../runtime/wire/sealed-packet.js";
import { SEALED_DEFAULTS } from "../../../runtime/wire/sealed-settings.js";
import { keyOf, TestHome, type TestKey } from "../../fakes/home.js";
import { MeddlingBroker } from "../../fakes/meddling-broker.js";

const home = new TestHome();
const sealed = { ...SEALED_DEFAULTS, rtoInitialMs: 200, rtoMinMs: 100, giveUpMs: 3_000 };
const settings = { ...BACKBONE_DEFAULTS, handshakeMs: 100, retryMinMs: 100, answerMs: 50, sealed };
const client = { retryMinMs: 50, retryMaxMs: 200 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Hub {
  readonly key: TestKey;
  readonly backbone: Backbone;
  readonly counters: Counters;
  readonly open: Link[];
  readonly log: string[];
  readonly frames: Uint8Array[];
  readonly elsewhere: Set<HubId>;
  linkWith(other: Hub): Link;
}

async function brokerOf(account?: { user: string; password: string }): Promise<MeddlingBroker> {
  const broker = new MeddlingBroker(account);
  await broker.start();
  cleanups.push(() => broker.stop());
  return broker;
}

let linkIds = 0;

function hubAt(url: string, name: string, more: Partial<BackboneOptions> = {}): Hub {
  const key = keyOf(name);
  const counters = createCounters();
  const open: Link[] = [];
  const log: string[] = [];
  const frames: Uint8Array[] = [];
  const elsewhere = new Set<HubId>();
  const backbone = new Backbone({
    ...{ account: checkBackbone({ url }), identity: key, rootKey: home.root.publicKey, counters, client, settings },
    ...{ clock: systemClock, rng: (length: number) => new Uint8Array(randomBytes(length)), linkIds: () => ++linkIds },
    events: {
      opened: (link) => {
        open.push(link);
        log.push("opened");
      },
      received: (_link, frame) => frames.push(frame.slice()),
      closed: (link) => {
        open.splice(open.indexOf(link), 1);
        log.push("closed");
      },
    },
    isRevoked: () => false,
    isLinkedElsewhere: (hub) => elsewhere.has(hub),
    ...more,
  });
  cleanups.push(() => backbone.stop());
  const linkWith = (other: Hub): Link => open.find(({ peer }) => peer === other.key.hub)!;
  return { key, backbone, counters, open, log, frames, elsewhere, linkWith };
}

async function linked(...hubs: readonly Hub[]): Promise<void> {
  await expect
    .poll(() => hubs.map(({ open }) => open.length), { timeout: 10_000, interval: 20 })
    .toEqual(hubs.map(() => hubs.length - 1));
}

const text = (hub: Hub): string[] => hub.frames.map((frame) => Buffer.from(frame).toString());
const frame = (words: string): Uint8Array => new Uint8Array(Buffer.from(words));

describe("hubs at one broker", () => {
  test("link with each other, each knowing whom with, and speak", async () => {
    const broker = await brokerOf();
    const [a, b, c] = ["a", "b", "c"].map((name) => hubAt(broker.url, name)) as [Hub, Hub, Hub];
    await linked(a, b, c);
    a.linkWith(b).send(frame("hello b"));
    a.linkWith(c).send(frame("hello c"));
    b.linkWith(a).send(frame("hello a"));
    await expect.poll(() => [text(a), text(b), text(c)]).toEqual([["hello a"], ["hello b"], ["hello c"]]);
    expect(new Set([...a.open, ...b.open, ...c.open].map(({ linkId }) => linkId)).size).toBe(6);
    expect(a.backbone.view()).toMatchObject({ state: "connected", mqtt: "5", met: 2 });
    expect(
      a.backbone
        .view()
        .links.map(({ hub }) => hub)
        .sort(),
    ).toEqual([b.key.hub, c.key.hub].sort());
  });

  test("carry frames from empty to 64 KiB in order, both ways", async () => {
    const broker = await brokerOf();
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    const frames = [0, 1, 127, 128, 16_384, 65_536, 3, 40_000].map((bytes, at) => new Uint8Array(bytes).fill(at));
    for (const one of frames) {
      expect(a.open[0]?.send(one.slice())).toBe(true);
      expect(b.open[0]?.send(one.slice())).toBe(true);
    }
    expect(() => a.open[0]?.send(new Uint8Array(65_537))).toThrow(RangeError);
    await expect.poll(() => [a.frames.length, b.frames.length]).toEqual([frames.length, frames.length]);
    const plain = (list: readonly Uint8Array[]): string[] => list.map((one) => Buffer.from(one).toString("hex"));
    expect(plain(a.frames)).toEqual(plain(frames));
    expect(plain(b.frames)).toEqual(plain(frames));
    expect(Math.max(...broker.passed.map(({ payload }) => payload.length))).toBeLessThanOrEqual(32_768);
  });

  test("lose and double nothing where the broker loses every seventh and doubles every fifth", async () => {
    const broker = await brokerOf();
    broker.copies = (n) => (n % 7 === 6 ? 0 : n % 5 === 4 ? 2 : 1);
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    for (let i = 0; i < 400; i++) {
      a.open[0]?.send(frame(`${i} ${"x".repeat(1_000)}`));
      b.open[0]?.send(frame(`${i}`));
      if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect.poll(() => [a.frames.length, b.frames.length], { timeout: 15_000 }).toEqual([400, 400]);
    expect(text(b).map((line) => Number.parseInt(line, 10))).toEqual(Array.from({ length: 400 }, (_, i) => i));
    expect(text(a)).toEqual(Array.from({ length: 400 }, (_, i) => `${i}`));
  });

  test("keep their links through a restart of the broker, and what was said meanwhile", async () => {
    const broker = await brokerOf();
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    const [link] = a.open;
    await broker.stop();
    await expect.poll(() => a.backbone.view().state).toBe("waiting");
    expect(link?.send(frame("said into the void"))).toBe(true);
    await broker.start();
    await expect.poll(() => text(b), { timeout: 5_000 }).toEqual(["said into the void"]);
    expect([a.log, b.log]).toEqual([["opened"], ["opened"]]);
  });

  test("end their links when the broker stays away, and open new ones when it is back", async () => {
    const broker = await brokerOf();
    const short = { settings: { ...settings, sealed: { ...sealed, giveUpMs: 300 } } };
    const [a, b] = [hubAt(broker.url, "a", short), hubAt(broker.url, "b", short)];
    await linked(a, b);
    await broker.stop();
    for (const hub of [a, b]) hub.open[0]?.send(frame("lost"));
    await expect
      .poll(() => [a.log, b.log])
      .toEqual([
        ["opened", "closed"],
        ["opened", "closed"],
      ]);
    await broker.start();
    await linked(a, b);
    expect(a.log).toEqual(["opened", "closed", "opened"]);
  });

  test("leave alone whom they are linked with by other means, and whom the home has put out", async () => {
    const broker = await brokerOf();
    const a = hubAt(broker.url, "a", { isRevoked: (hub) => hub === keyOf("c").hub });
    const b = hubAt(broker.url, "b");
    a.elsewhere.add(b.key.hub);
    const c = hubAt(broker.url, "c");
    await expect.poll(() => c.open.length).toBe(1);
    await expect.poll(() => a.backbone.view().met).toBe(2);
    expect(c.open[0]?.peer).toBe(b.key.hub);
    expect(a.open).toEqual([]);
    expect(a.counters.snapshot()["backbone.handshakeUnwelcome"]).toBeGreaterThan(0);
    a.elsewhere.clear();
    a.backbone.reconsider();
    await expect.poll(() => a.open.map(({ peer }) => peer), { timeout: 5_000 }).toEqual([b.key.hub]);
  });

  test("a link that is closed is told once at both ends, and comes back after a while", async () => {
    const broker = await brokerOf();
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    a.open[0]?.close();
    expect(a.log).toEqual(["opened"]); // not reported inside the call
    expect(a.open[0]?.send(frame("too late"))).toBe(false);
    await expect
      .poll(() => [a.log, b.log])
      .toEqual([
        ["opened", "closed", "opened"],
        ["opened", "closed", "opened"],
      ]);
    expect(b.frames).toEqual([]);
  });

  test("a hub that starts anew replaces its former link", async () => {
    const broker = await brokerOf();
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    const again = hubAt(broker.url, "b");
    await expect.poll(() => a.log).toEqual(["opened", "closed", "opened"]);
    await expect.poll(() => again.open.length).toBe(1);
    a.open[0]?.send(frame("to the new one"));
    await expect.poll(() => text(again)).toEqual(["to the new one"]);
  });

  test("of twelve each has a few links, none more than it may, and all are connected", async () => {
    const broker = await brokerOf();
    const few = { settings: { ...settings, linksWanted: 3, linksMax: 5 } };
    const hubs = Array.from({ length: 12 }, (_, at) => hubAt(broker.url, `hub ${at}`, few));
    const reached = (): number => {
      const seen = new Set<HubId>([hubs[0]!.key.hub]);
      for (const id of seen) for (const { peer } of hubs.find(({ key }) => key.hub === id)!.open) seen.add(peer);
      return seen.size;
    };
    await expect.poll(reached, { timeout: 10_000 }).toBe(12);
    expect(Math.max(...hubs.map(({ open }) => open.length))).toBeLessThanOrEqual(5);
  });
});

describe("the broker", () => {
  test("sees neither ids nor frames, and no topic but the home's", async () => {
    const broker = await brokerOf();
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    a.open[0]?.send(frame("the cellar is flooded"));
    await expect.poll(() => b.frames.length).toBe(1);
    const seen = Buffer.concat(broker.passed.flatMap(({ payload, topic }) => [Buffer.from(topic), payload]));
    for (const secret of ["cellar", a.key.hub, Buffer.from(a.key.hub, "hex"), Buffer.from(a.key.publicKey)]) {
      expect(seen.includes(secret)).toBe(false);
    }
    for (const { topic } of broker.passed) expect(topic).toMatch(/^mindos\/1\/[0-9a-f]{16}\/(p|i\/[0-9a-f]{16})$/);
  });

  test("asks for user and password: who has them comes in, who has not is told so and tries again", async () => {
    const broker = await brokerOf({ user: "villa", password: "secret!" });
    const account = checkBackbone({ url: broker.url, user: "villa", password: "secret!" });
    const [a, b] = [hubAt(broker.url, "a", { account }), hubAt(broker.url, "b", { account })];
    const stranger = hubAt(broker.url, "c");
    await linked(a, b);
    await expect.poll(() => stranger.backbone.view().problem).toBe("the broker does not let this user in");
    expect(JSON.stringify(a.backbone.view())).not.toContain("secret!");
  });

  test("another home at the same broker is not even heard", async () => {
    const broker = await brokerOf();
    const other = hubAt(broker.url, "x", { rootKey: new TestHome("other").root.publicKey });
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    expect(other.backbone.view()).toMatchObject({ state: "connected", met: 0 });
  });

  test("another home that both trust is shown apart from this one, by the name that it has here", async () => {
    const broker = await brokerOf();
    const mill = new TestHome("mill");
    const meeting = ({ home: id, root }: TestHome, name: string) => ({
      ...{ home: id, name, rootKey: root.publicKey, isRevoked: () => false, isLinkedElsewhere: () => false },
      events: { opened: () => undefined, received: () => undefined, closed: () => undefined },
    });
    const own = hubAt(broker.url, "a", { others: [meeting(mill, "mill")] });
    const theirs = hubAt(broker.url, "m", { rootKey: mill.root.publicKey, others: [meeting(home, "villa")] });
    await expect.poll(() => own.backbone.view().others[0]?.links.length, { timeout: 10_000 }).toBe(1);
    expect(own.backbone.view()).toMatchObject({
      ...{ met: 0, links: [] },
      others: [{ home: mill.home, name: "mill", met: 1, links: [{ hub: theirs.key.hub }] }],
    });
  });
});

describe("a stranger with an account at the broker", () => {
  test("says again all that was said, and cuts and changes it: no frame comes twice, and links live", async () => {
    const broker = await brokerOf();
    const [a, b] = [hubAt(broker.url, "a"), hubAt(broker.url, "b")];
    await linked(a, b);
    a.open[0]?.send(frame("once"));
    await expect.poll(() => b.frames.length).toBe(1);
    const before = [...broker.passed];
    for (const { payload, topic } of before) {
      broker.say(topic, payload);
      broker.say(topic, payload.subarray(0, payload.length - 1));
      const changed = Buffer.from(payload);
      changed[changed.length - 1]! ^= 1;
      broker.say(topic, changed);
    }
    await expect.poll(() => b.counters.snapshot()["backbone.packet.replayed"] ?? 0).toBeGreaterThan(0);
    a.open[0]?.send(frame("twice"));
    await expect.poll(() => text(b)).toEqual(["once", "twice"]);
    expect([a.log, b.log]).toEqual([["opened"], ["opened"]]);
  });

  test("floods every topic with garbage of every type: counted, and links live", async () => {
    const broker = await brokerOf();
    const slow = { beaconsBurst: 16, beaconsReadPerSecond: 4, handshakesBurst: 16, handshakesPerSecond: 4 };
    const wary = { settings: { ...settings, ...slow } };
    const [a, b] = [hubAt(broker.url, "a", wary), hubAt(broker.url, "b", wary)];
    await linked(a, b);
    const topics = [...new Set(broker.passed.map(({ topic }) => topic))];
    expect(topics).toHaveLength(3);
    const types = [0, 255, ...Object.values(PACKET)];
    for (let i = 0; i < 2_000; i++) {
      const payload = randomBytes(i % 300);
      if (payload.length > 0) payload[0] = types[i % types.length]!;
      broker.say(topics[i % 3]!, payload);
    }
    a.open[0]?.send(frame("still here"));
    await expect.poll(() => text(b), { timeout: 10_000 }).toEqual(["still here"]);
    expect([a.log, b.log]).toEqual([["opened"], ["opened"]]);
    const counted = b.counters.snapshot();
    for (const name of [
      "garbage",
      "beaconForged",
      "beaconFlood",
      "handshakeForged",
      "handshakeFlood",
      "unknownSession",
    ]) {
      expect([name, counted[`backbone.${name}`] ?? 0]).not.toEqual([name, 0]);
    }
  });
});
