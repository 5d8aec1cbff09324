/** Two borders that exchange effects by hand: what crosses, and what does not. */
import { beforeEach, describe, expect, test } from "vitest";
import type { HubId, IntentId } from "../../../runtime/core/ids.js";
import type { HomeId } from "../../../runtime/core/membership.js";
import type { Message } from "../../../runtime/core/messages.js";
import { MEMBERSHIP_CRYPTO } from "../../../runtime/io/home/home-keys.js";
import { OtherHome, TRUST_LIFE_MS } from "../../../runtime/mesh/admission/other-home.js";
import { Federation } from "../../../runtime/mesh/federation/federation.js";
import type { Facts, FederationEffect, FederationInput } from "../../../runtime/mesh/federation/inputs.js";
import { FEDERATION_DEFAULTS } from "../../../runtime/mesh/federation/settings.js";
import { signTrust } from "../../../runtime/wire/certificate.js";
import { HOME_WALL_MS, TestHome, type TestHub } from "../../fakes/home.js";

const LINK = 1;
const [villa, mill, third] = [new TestHome("villa"), new TestHome("mill"), new TestHome("third")];

let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
});

/** @param by undefined: the root. */
function trustOf(from: TestHome, to: TestHome, by?: TestHub, issuedWallMs = HOME_WALL_MS): Uint8Array {
  const value = {
    ...{ home: from.home, otherRootKey: to.root.publicKey, issuedWallMs, expiresWallMs: issuedWallMs + TRUST_LIFE_MS },
    ...(by === undefined ? {} : { issuer: by.chain[0]! }),
  };
  return signTrust(value, (message) => (by ?? from.root).sign(message));
}

class Border {
  readonly machine: Federation;
  readonly judge: OtherHome;
  readonly counted: string[] = [];
  readonly effects: FederationEffect[] = [];
  revocations: Uint8Array[] = [];
  other!: Border;
  wallMs = HOME_WALL_MS;

  constructor(
    readonly hub: TestHub,
    own: TestHome,
    readonly toward: TestHome,
    readonly trust: Uint8Array | undefined,
  ) {
    this.judge = new OtherHome(
      { home: toward.home, rootKey: toward.root.publicKey },
      own.root.publicKey,
      MEMBERSHIP_CRYPTO,
    );
    this.machine = new Federation({
      self: { hub: hub.hub, epoch: 1, boot: new Uint8Array(8).fill(1), name: hub.name, addresses: [] },
      read: () => undefined,
      gate: {
        papers: () => ({ chain: hub.chain, ...(this.trust === undefined ? {} : { trust: this.trust }) }),
        check: (_home, peer, chain, trust) =>
          this.judge.check(peer, chain, trust, { timeMs: this.wallMs, isClockBehind: false }),
        revoke: (_home, bytes) => this.judge.revoke(bytes),
        isRevoked: (_home, id) => this.judge.isRevoked(id),
        revocations: () => this.revocations,
      },
    });
  }

  open(): void {
    this.input({ type: "link-opened", linkId: LINK, peer: this.other.hub.hub, home: this.toward.home as HomeId });
  }

  input(input: FederationInput): void {
    for (const effect of this.machine.handle(input, nowMs)) this.#carryOut(effect);
  }

  hear(message: Message, seq = 1000 + nowMs): void {
    this.input({ type: "frame", linkId: LINK, heard: { form: "link", seq, message } });
  }

  routed(message: Message, seq: number, src: HubId = this.other.hub.hub, dst: HubId = this.hub.hub): void {
    const frame = { src, srcEpoch: 1, dst, hops: 0, seq, payload: message };
    this.input({ type: "frame", linkId: LINK, heard: { form: "routed", frame } });
  }

  of<T extends FederationEffect["type"]>(type: T): Extract<FederationEffect, { type: T }>[] {
    return this.effects.filter((effect): effect is Extract<FederationEffect, { type: T }> => effect.type === type);
  }

  #carryOut(effect: FederationEffect): void {
    this.effects.push(effect);
    if (effect.type === "count") this.counted.push(effect.name);
    if (effect.type === "close") this.other.input({ type: "link-closed", linkId: LINK });
    if (effect.type !== "send") return;
    const heard =
      "message" in effect.frame
        ? { form: "link" as const, ...effect.frame }
        : { form: "routed" as const, frame: effect.frame };
    this.other.input({ type: "frame", linkId: LINK, heard });
  }
}

const owner = villa.admit("owner", "owner");
const miller = mill.admit("miller", "owner");

/** Both ends are open before the first frame passes. */
function linked(a: Border, b: Border): readonly [Border, Border] {
  const held: (() => void)[] = [];
  const hold = (border: Border): void => {
    const { input } = border;
    border.input = (given) => void held.push(() => input.call(border, given));
  };
  hold(a);
  hold(b);
  [a.other, b.other] = [b, a];
  a.open();
  b.open();
  for (let next = held.shift(); next; next = held.shift()) next();
  for (const border of [a, b]) Reflect.deleteProperty(border, "input");
  return [a, b];
}

function friends(): readonly [Border, Border] {
  return linked(
    new Border(owner, villa, mill, trustOf(villa, mill)),
    new Border(miller, mill, villa, trustOf(mill, villa, miller)),
  );
}

const id = (number: number): IntentId => number.toString(16).padStart(16, "0") as IntentId;
const intent = (number: number, more: Partial<Extract<Message, { type: "INTENT" }>> = {}): Message => ({
  ...{ type: "INTENT", id: id(number), verb: "ask", topic: "home.question", args: { question: "is it warm?" } },
  ...{ priority: 4, remainingMs: 1000, privacy: "anyone" },
  ...more,
});

describe("two homes that trust each other", () => {
  test("are up at both ends, and a question is answered", () => {
    const [a, b] = friends();
    expect(a.machine.hubs()).toEqual([{ hub: miller.hub, home: mill.home, name: "miller" }]);
    expect(b.machine.hubs()).toEqual([{ hub: owner.hub, home: villa.home, name: "owner" }]);
    a.input({ type: "ask", id: id(1), home: mill.home, question: "is it warm?", timeoutMs: 1000 });
    expect(b.of("question")).toMatchObject([{ question: "is it warm?", home: villa.home, remainingMs: 1000 }]);
    const facts: Facts = [{ hubs: 1, silent: 0, replay: false }, { line: "19 °C" }];
    b.input({ type: "answer", linkId: LINK, id: id(1), facts });
    expect(a.of("answered")).toMatchObject([{ id: id(1), hub: miller.hub, facts }]);
  });

  test("fail a question that is not understood, has no way, or is not answered in time", () => {
    const [a, b] = friends();
    a.input({ type: "ask", id: id(1), home: mill.home, question: "?", timeoutMs: 1000 });
    b.input({ type: "answer", linkId: LINK, id: id(1) });
    a.input({ type: "ask", id: id(2), home: third.home, question: "?", timeoutMs: 1000 });
    a.input({ type: "ask", id: id(3), home: mill.home, question: "?", timeoutMs: 1000 });
    expect(a.machine.deadlineMs).toBe(1000);
    nowMs = 1000;
    a.input({ type: "tick" });
    a.input({ type: "ask", id: id(4), home: mill.home, question: "?", timeoutMs: 1000 });
    a.input({ type: "link-closed", linkId: LINK });
    expect(a.of("failed").map(({ why }) => why)).toEqual(["refused", "unreachable", "timeout", "unreachable"]);
  });

  test("take nothing but questions in words: every other message is dropped and counted", () => {
    const [a] = friends();
    const hub = miller.hub;
    const refused: Message[] = [
      { type: "SYNC", op: "delta", registry: "settings", entries: [] } as unknown as Message,
      { type: "ADMIT", op: "renew", chain: miller.chain },
      { type: "ADVERT", hub, name: "x", topics: [], places: [], sensorCount: 0, neighbours: [], version: 1 },
      { type: "ECHO", nonce: 1 },
    ];
    let seq = 1;
    for (const message of refused) {
      a.routed(message, ++seq);
      a.hear(message, 1000 + seq);
    }
    expect(a.counted).toEqual(Array(2 * refused.length).fill("federation.refused"));
    for (const bent of [{ verb: "actuate" }, { topic: "climate.value" }, { privacy: "home" }, { args: {} }] as const)
      a.routed(intent(seq, bent), ++seq);
    expect(a.of("question")).toEqual([]);
  });

  test("pass nothing on: a frame of another source, for another hub, or said again is dropped", () => {
    const [a] = friends();
    a.routed(intent(1), 5, third.admit("x").hub);
    a.routed(intent(1), 6, miller.hub, third.admit("y").hub);
    a.routed(intent(1), 7);
    a.routed(intent(2), 7);
    expect(a.counted).toEqual(["federation.notForThisHub", "federation.notForThisHub", "federation.replayed"]);
    expect(a.of("question")).toHaveLength(1);
  });

  test("bear a flood: so many questions at once, then one every two seconds", () => {
    const [a] = friends();
    let seq = 10;
    const flood = (count: number): number => {
      const before = a.of("question").length;
      for (let i = 0; i < count; i++) {
        a.routed(intent(++seq), seq);
        if (a.of("question").at(-1)?.id === id(seq)) a.input({ type: "answer", linkId: LINK, id: id(seq), facts: [] });
      }
      return a.of("question").length - before;
    };
    expect(flood(100)).toBe(FEDERATION_DEFAULTS.questionsBurst);
    nowMs = 4_000;
    expect(flood(100)).toBe(2);
    expect(a.counted.filter((name) => name === "federation.flood").length).toBe(188);
  });

  test("gain nothing by linking anew, and are answered so many questions at a time", () => {
    const [a, b] = friends();
    for (let i = 1; i <= FEDERATION_DEFAULTS.answeringMax; i++) a.routed(intent(i), i);
    a.routed(intent(99), 99);
    expect(a.of("question")).toHaveLength(FEDERATION_DEFAULTS.answeringMax);
    a.input({ type: "link-closed", linkId: LINK });
    b.input({ type: "link-closed", linkId: LINK });
    linked(a, b);
    expect(a.machine.hubs()).toHaveLength(1);
    a.routed(intent(100), 100);
    expect(a.counted).toEqual(["federation.flood", "federation.flood"]);
    a.input({ type: "answer", linkId: LINK, id: id(1), facts: [] });
    expect(a.counted.at(-1)).toBe("federation.answerTooLate");
    a.routed(intent(101), 101);
    expect(a.of("question")).toHaveLength(FEDERATION_DEFAULTS.answeringMax + 1);
  });

  test("do not check revocations without end", () => {
    const [a] = friends();
    const revocations = [mill.revocation(villa.admit("x").hub, undefined, { wallMs: 1 }).with(-1, 0xff)];
    for (let seq = 1000; seq < 1200; seq++) a.hear({ type: "REVOKE", revocations }, seq);
    const times = (name: string): number => a.counted.filter((one) => one === name).length;
    expect(times("federation.revocation.badSignature")).toBe(FEDERATION_DEFAULTS.revokesBurst);
    expect(times("federation.flood")).toBe(200 - FEDERATION_DEFAULTS.revokesBurst);
  });

  test("close a silent link, and one whose day is over", () => {
    const [a, b] = friends();
    nowMs = 15_000;
    a.input({ type: "tick" });
    expect(b.of("send").at(-1)).toMatchObject({ frame: { message: { type: "PING" } } });
    for (nowMs = 30_000; nowMs < FEDERATION_DEFAULTS.linkLifeMs; nowMs += 15_000) a.input({ type: "tick" });
    expect(a.of("close")).toEqual([]);
    nowMs = FEDERATION_DEFAULTS.linkLifeMs;
    a.input({ type: "tick" });
    expect(a.of("close")).toMatchObject([{ reason: "its time is over" }]);
    expect(b.machine.hubs()).toEqual([]);
  });

  test("tell each other who was put out: his links are cut, and he does not come back", () => {
    const [a, b] = friends();
    b.revocations = [mill.revocation(miller.hub)];
    b.input({ type: "revoked", revocations: [villa.revocation(owner.hub)] });
    expect(a.counted).toEqual(["federation.revocation.unknownHome"]);
    b.input({ type: "revoked", revocations: b.revocations });
    expect(a.of("keep-revocations")).toHaveLength(1);
    expect(a.of("close")).toMatchObject([{ reason: "revoked" }]);
    linked(a, b);
    expect(a.counted).toContain("federation.revoked");
    expect(a.machine.hubs()).toEqual([]);
  });
});

describe("a border refuses", () => {
  const trusting = () => new Border(owner, villa, mill, trustOf(villa, mill));
  const member = mill.admit("member");
  const late = HOME_WALL_MS + 10 * 86_400_000;
  const cases: readonly (readonly [string, string, () => Border])[] = [
    ["whose home does not deal with this one", "untrusted", () => new Border(miller, mill, villa, undefined)],
    [
      "whose home deals with another one",
      "trustOfAnother",
      () => new Border(miller, mill, villa, trustOf(mill, third)),
    ],
    [
      "whose trust a member signed",
      "trustNotByOwner",
      () => new Border(member, mill, villa, trustOf(mill, villa, member)),
    ],
    ["whose trust is bent", "trustForged", () => new Border(miller, mill, villa, trustOf(mill, villa).with(-1, 0xff))],
    [
      "whose trust was signed too long ago",
      "expired",
      () => new Border(miller, mill, villa, trustOf(mill, villa, undefined, HOME_WALL_MS - TRUST_LIFE_MS)),
    ],
    [
      "whose trust is of days to come",
      "notYet",
      () => new Border(miller, mill, villa, trustOf(mill, villa, undefined, late)),
    ],
    [
      "of a third home",
      "unknownHome",
      () => new Border(third.admit("x", "owner"), third, villa, trustOf(third, villa)),
    ],
  ];
  test.each(cases)("a hub %s", (_name, problem, stranger) => {
    const [a] = linked(trusting(), stranger());
    expect(a.counted).toContain(`federation.${problem}`);
    expect(a.machine.hubs()).toEqual([]);
    expect(a.of("close")).toHaveLength(1);
  });

  test("a hub that says no HELLO, and any frame before it", () => {
    const a = trusting();
    a.other = new Border(miller, mill, villa, undefined);
    a.other.other = a;
    a.open();
    a.routed(intent(1), 1);
    a.hear({ type: "PING" });
    expect(a.counted).toEqual(["federation.refused", "federation.refused"]);
    nowMs = FEDERATION_DEFAULTS.helloTimeoutMs;
    a.input({ type: "tick" });
    expect(a.counted.at(-1)).toBe("federation.helloTimeout");
  });
});
