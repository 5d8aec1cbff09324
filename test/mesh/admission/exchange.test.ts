/** Both machines of a join against each other, against strangers, and with somebody in the middle. */
import { wordlist } from "@scure/bip39/wordlists/english.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { AdmitBody, AdmitOp } from "../../../runtime/core/messages-admission.js";
import { MEMBERSHIP_CRYPTO } from "../../../runtime/io/home/home-keys.js";
import { ATTEMPTS_MAX, INVITATIONS_MAX, Invitations } from "../../../runtime/mesh/admission/invitations.js";
import { InviterExchange } from "../../../runtime/mesh/admission/inviter.js";
import { JoinerExchange } from "../../../runtime/mesh/admission/joiner.js";
import { keyOf, TestHome, type TestKey } from "../../fakes/home.js";

const home = new TestHome("villa");
const owner = home.admit("owner", "owner");
const newcomer = keyOf("newcomer");
const LIFE_MS = 600_000;

let seed = 0;
const rng = (length: number) =>
  Uint8Array.from({ length }, () => {
    seed = (seed * 1103515245 + 12345) >>> 0;
    return seed >>> 24;
  });
const channelOf = (byte: number) => new Uint8Array(32).fill(byte);

interface Scene {
  readonly invitations: Invitations;
  readonly code: string;
  readonly counted: string[];
  readonly revoked: Set<HubId>;
  inviter(channel: Uint8Array, key?: TestKey): InviterExchange;
  joiner(channel: Uint8Array, options?: { code?: string; key?: TestKey; channelKey?: Uint8Array }): JoinerExchange;
}

function scene(): Scene {
  const invitations = new Invitations(wordlist, MEMBERSHIP_CRYPTO);
  const { code } = invitations.open("member", LIFE_MS, 0, rng)!;
  const counted: string[] = [];
  const revoked = new Set<HubId>();
  return {
    ...{ invitations, code, counted, revoked },
    inviter: (channel, key = owner) =>
      new InviterExchange(
        {
          ...{ invitations, channel, crypto: MEMBERSHIP_CRYPTO, homeName: "villa" },
          ...{ publicKey: key.publicKey, rootKey: home.root.publicKey },
          issue: ({ publicKey, name, role }) => home.admit(name, role, owner, { publicKey }).chain,
          addresses: () => [{ host: "192.0.2.7", port: 4711 }],
          count: (name) => counted.push(name),
          isRevoked: (hub) => revoked.has(hub),
        },
        0,
      ),
    joiner: (channel, { code: typed = code, key = newcomer, channelKey = owner.publicKey } = {}) =>
      new JoinerExchange(
        {
          ...{ code: typed, publicKey: key.publicKey, name: "attic", channel, channelKey, crypto: MEMBERSHIP_CRYPTO },
          sign: (message) => key.sign(message),
        },
        0,
        rng,
      ),
  };
}

/** Carries what both say until neither has more. */
function talk(joiner: JoinerExchange, inviter: InviterExchange, said: readonly AdmitBody[]): void {
  let toInviter = said;
  while (toInviter.length > 0) {
    const toJoiner = toInviter.flatMap((body) => inviter.on(body, 1, rng));
    toInviter = toJoiner.flatMap((body) => joiner.on(body, 1));
  }
}

describe("an invitation", () => {
  test("makes a member of who knows the code, once both persons have seen the same digits", () => {
    const { inviter: newInviter, joiner: newJoiner, invitations } = scene();
    const [inviter, joiner] = [newInviter(channelOf(1)), newJoiner(channelOf(1))];
    talk(joiner, inviter, joiner.begin());
    expect(joiner.offer).toMatchObject({ home: home.home, homeName: "villa", inviter: owner.hub });
    expect(inviter.joiner).toEqual({ hub: newcomer.hub, name: "attic", digits: joiner.offer!.digits });
    expect(joiner.offer!.digits).toMatch(/^\d{6}$/);
    expect(inviter.agree(joiner.offer!.digits)).toEqual([]);
    talk(joiner, inviter, joiner.agree(inviter.joiner!.digits, 2));
    expect([inviter.state, joiner.state]).toEqual(["granted", "joined"]);
    expect(joiner.joined).toMatchObject({ inviter: owner.hub, addresses: [{ host: "192.0.2.7", port: 4711 }] });
    expect(joiner.joined?.certificate).toMatchObject({ name: "attic", role: "member", publicKey: newcomer.publicKey });
    expect(home.membership(owner).check(newcomer.hub, joiner.joined!.chain, Date.UTC(2026, 1, 1)).ok).toBe(true);
    expect(invitations.size).toBe(0);
  });

  test("is granted in either order of the two persons", () => {
    const { inviter: newInviter, joiner: newJoiner } = scene();
    const [inviter, joiner] = [newInviter(channelOf(1)), newJoiner(channelOf(1))];
    talk(joiner, inviter, joiner.begin());
    talk(joiner, inviter, joiner.agree(joiner.offer!.digits, 2));
    expect(inviter.state).toBe("compare");
    for (const body of inviter.agree(joiner.offer!.digits)) joiner.on(body, 3);
    expect(joiner.state).toBe("joined");
  });

  test("is used up by other digits than the joiner's", () => {
    const { inviter: newInviter, joiner: newJoiner, invitations } = scene();
    const [inviter, joiner] = [newInviter(channelOf(1)), newJoiner(channelOf(1))];
    talk(joiner, inviter, joiner.begin());
    const other = joiner.offer!.digits === "000000" ? "000001" : "000000";
    for (const body of inviter.agree(other)) joiner.on(body, 3);
    expect(joiner).toMatchObject({ state: "refused", problem: "declined" });
    expect(invitations.size).toBe(0);
  });

  test("is for one hub at a time, and open again when that one breaks off", () => {
    const { inviter: newInviter, joiner: newJoiner } = scene();
    const [first, second, third] = [newInviter(channelOf(1)), newInviter(channelOf(2)), newInviter(channelOf(2))];
    const early = newJoiner(channelOf(1));
    talk(early, first, early.begin());
    const late = newJoiner(channelOf(2));
    talk(late, second, late.begin());
    expect(late.problem).toBe("noInvitation");
    first.closed();
    const again = newJoiner(channelOf(2));
    talk(again, third, again.begin());
    expect(again.state).toBe("compare");
  });

  test("ends with its time", () => {
    const { inviter: newInviter, joiner: newJoiner, invitations } = scene();
    const [inviter, joiner] = [newInviter(channelOf(1)), newJoiner(channelOf(1))];
    talk(joiner, inviter, joiner.begin());
    expect(inviter.deadlineMs).toBe(LIFE_MS);
    expect(inviter.tick(LIFE_MS)).toEqual([{ op: "refuse", reason: "tooLate" }]);
    invitations.expire(LIFE_MS);
    expect(invitations.size).toBe(0);
  });

  test(`is one of at most ${INVITATIONS_MAX}`, () => {
    const { invitations } = scene();
    const more = Array.from(
      { length: INVITATIONS_MAX },
      () => invitations.open("member", LIFE_MS, 0, rng) !== undefined,
    );
    expect(more).toEqual([true, true, false]);
  });
});

describe("a stranger", () => {
  const wrong = "zoo-zoo-zoo";

  test("who does not know the code gets a refusal, which is counted, and nothing else", () => {
    const { inviter: newInviter, joiner: newJoiner, counted } = scene();
    const inviter = newInviter(channelOf(1));
    const [commit] = newJoiner(channelOf(1), { code: wrong }).begin();
    expect(inviter.on(commit!, 1, rng)).toEqual([{ op: "refuse", reason: "noInvitation" }]);
    expect(inviter.joiner).toBeUndefined();
    expect(counted).toEqual(["mesh.admission.refused.noInvitation"]);
  });

  test(`has ${ATTEMPTS_MAX} tries, then the invitation is void for everybody`, () => {
    const { inviter: newInviter, joiner: newJoiner, invitations } = scene();
    for (let i = 0; i < ATTEMPTS_MAX; i++) {
      const guess = newJoiner(channelOf(1), { code: wrong });
      newInviter(channelOf(1)).on(guess.begin()[0]!, 1, rng);
    }
    expect(invitations.size).toBe(0);
  });

  test.each([
    ["before the digits are compared", 0],
    ["while the digits are compared", 1],
  ])("who was put out of the home %s is told so, and the code serves another hub", (_, putOutAfter) => {
    const { inviter: newInviter, joiner: newJoiner, invitations, revoked, counted } = scene();
    const [inviter, joiner] = [newInviter(channelOf(1)), newJoiner(channelOf(1))];
    if (putOutAfter === 0) revoked.add(newcomer.hub);
    talk(joiner, inviter, joiner.begin());
    revoked.add(newcomer.hub);
    if (putOutAfter === 1) {
      expect(inviter.agree(inviter.joiner!.digits)).toEqual([]);
      talk(joiner, inviter, joiner.agree(joiner.offer!.digits, 1));
    }
    expect([inviter.state, joiner.state, joiner.problem]).toEqual(["refused", "refused", "revoked"]);
    expect(counted).toEqual(["mesh.admission.refused.revoked"]);
    expect(joiner.joined).toBeUndefined();
    const [next, other] = [newInviter(channelOf(2)), newJoiner(channelOf(2), { key: keyOf("another") })];
    talk(other, next, other.begin());
    expect([next.state, invitations.size]).toEqual(["compare", 1]);
  });

  test("cannot repeat on another channel what was said on one", () => {
    const { inviter: newInviter, joiner: newJoiner } = scene();
    const [commit] = newJoiner(channelOf(1)).begin();
    expect(newInviter(channelOf(2)).on(commit!, 1, rng)).toEqual([{ op: "refuse", reason: "noInvitation" }]);
  });

  test("who says anything in any order is refused, and never granted", () => {
    const ops: AdmitOp[] = ["commit", "offer", "reveal", "confirm", "grant", "refuse", "renew"];
    const bytes = (length: number) =>
      fc.option(fc.uint8Array({ minLength: length, maxLength: length }), { nil: undefined });
    const body = fc.record({
      ...{ op: fc.constantFrom(...ops), commitment: bytes(32), nonce: bytes(16), publicKey: bytes(32) },
      ...{ mac: bytes(32), signature: bytes(64), name: fc.string() },
    });
    fc.assert(
      fc.property(fc.array(body, { maxLength: 8 }), (said) => {
        const { inviter: newInviter } = scene();
        const inviter = newInviter(channelOf(1));
        const answers = said.flatMap((one) => inviter.on(one, 1, rng));
        expect(answers.every(({ op }) => op === "refuse")).toBe(true);
        expect(answers.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("somebody in the middle", () => {
  const mallory = keyOf("mallory");

  test("who relays between two channels of his own gets nowhere without the code", () => {
    const { inviter: newInviter, joiner: newJoiner } = scene();
    const inviter = newInviter(channelOf(2));
    const joiner = newJoiner(channelOf(1), { channelKey: mallory.publicKey });
    expect(inviter.on(joiner.begin()[0]!, 1, rng)).toEqual([{ op: "refuse", reason: "noInvitation" }]);
  });

  test("who found the code out is shown up by the digits, with his own keys and with the true ones", () => {
    for (const shown of [mallory, newcomer]) {
      const { inviter: newInviter, joiner: newJoiner, code, invitations } = scene();
      invitations.open("member", LIFE_MS, 0, rng);
      // Towards the joiner he plays the inviter, towards the inviter a joiner.
      const books = new Invitations(wordlist, MEMBERSHIP_CRYPTO);
      const fake = new InviterExchange(
        {
          ...{ invitations: books, publicKey: mallory.publicKey, rootKey: home.root.publicKey, homeName: "villa" },
          ...{
            channel: channelOf(1),
            crypto: MEMBERSHIP_CRYPTO,
            issue: () => [],
            addresses: () => [],
            count: () => undefined,
            isRevoked: () => false,
          },
        },
        0,
      );
      Object.assign(books, { claim: () => ({ id: 1, role: "member", expiresMs: LIFE_MS, key: codeKey(code) }) });
      const joiner = newJoiner(channelOf(1), { channelKey: mallory.publicKey });
      talk(joiner, fake, joiner.begin());
      const inviter = newInviter(channelOf(2));
      const puppet = newJoiner(channelOf(2), { key: shown });
      talk(puppet, inviter, puppet.begin());
      expect(inviter.state).toBe("compare");
      expect(joiner.state).toBe("compare");
      expect(inviter.joiner!.digits).not.toBe(joiner.offer!.digits);
      // The person reads the joiner's digits to the inviter, and it ends there.
      for (const body of inviter.agree(joiner.offer!.digits)) puppet.on(body, 3);
      expect(puppet.problem).toBe("declined");
    }
  });

  test("who shows the inviter's key over a channel of his own is refused", () => {
    const { inviter: newInviter, joiner: newJoiner } = scene();
    const joiner = newJoiner(channelOf(1), { channelKey: mallory.publicKey });
    talk(joiner, newInviter(channelOf(1)), joiner.begin());
    expect(joiner.problem).toBe("notTheInviter");
  });

  test("who changes what the joiner revealed is refused", () => {
    const { inviter: newInviter, joiner: newJoiner } = scene();
    const [inviter, joiner] = [newInviter(channelOf(1)), newJoiner(channelOf(1))];
    const offer = inviter.on(joiner.begin()[0]!, 1, rng);
    const [reveal] = joiner.on(offer[0]!, 1);
    expect(inviter.on({ ...reveal!, publicKey: mallory.publicKey }, 1, rng)).toEqual([
      { op: "refuse", reason: "badCommitment" },
    ]);
  });
});

function codeKey(code: string): Uint8Array {
  const text = new TextEncoder().encode(code);
  return MEMBERSHIP_CRYPTO.sha256(
    new Uint8Array([...new TextEncoder().encode("mindos-invite-v1"), text.length, ...text]),
  );
}
