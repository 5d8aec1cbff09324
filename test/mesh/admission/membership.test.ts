import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesToHex } from "../../../runtime/core/bytes.js";
import { MEMBERSHIP_CRYPTO } from "../../../runtime/io/home/home-keys.js";
import { Membership } from "../../../runtime/mesh/admission/membership.js";
import { ADMISSION_DEFAULTS } from "../../../runtime/mesh/admission/settings.js";
import { HOME_WALL_MS, keyOf, TestHome, type TestHub } from "../../fakes/home.js";

const home = new TestHome();
const founder = home.admit("founder", "owner");
const owner = home.admit("owner", "owner");
const kitchen = home.admit("kitchen", "member");
const cellar = home.admit("cellar", "member", owner);
const NOW = HOME_WALL_MS + 1_000;
const DAY_MS = 86_400_000;

const refused = (problem: string) => ({ ok: false, problem: `mesh.admission.${problem}` });

describe("a hub of the home", () => {
  test("is let in whether the root or an owner signed its certificate", () => {
    const membership = home.membership(founder);
    for (const hub of [founder, owner, kitchen, cellar]) {
      expect(membership.check(hub.hub, hub.chain, NOW)).toMatchObject({ ok: true, certificate: { name: hub.name } });
    }
  });

  test("is refused with the certificate of another", () => {
    expect(home.membership(founder).check(kitchen.hub, cellar.chain, NOW)).toEqual(refused("notItsKey"));
  });

  test("is refused when a member, itself, or nobody signed", () => {
    const membership = home.membership(founder);
    const byMember = home.admit("garage", "member", kitchen);
    expect(membership.check(byMember.hub, byMember.chain, NOW)).toEqual(refused("notAnOwner"));
    const byOwner = home.admit("shed", "owner", owner);
    expect(membership.check(byOwner.hub, byOwner.chain, NOW)).toEqual(refused("notAnOwner"));
    expect(membership.check(owner.hub, [owner.chain[0]!, owner.chain[0]!], NOW)).toEqual(refused("notAnOwner"));
    expect(membership.check(kitchen.hub, [], NOW)).toEqual(refused("empty"));
    expect(membership.check(kitchen.hub, [new Uint8Array(9)], NOW)).toEqual(refused("malformed"));
    expect(membership.check(cellar.hub, [cellar.chain[0]!], NOW)).toEqual(refused("badSignature"));
  });

  test("is refused with one bit of its certificate changed", () => {
    const membership = home.membership(founder);
    const [own] = kitchen.chain as [Uint8Array];
    fc.assert(
      fc.property(fc.nat({ max: own.length * 8 - 1 }), (bit) => {
        const bent = own.slice();
        bent[bit >> 3]! ^= 1 << (bit & 7);
        expect(membership.check(kitchen.hub, [bent], NOW).ok).toBe(false);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a chain of certificates", () => {
  const counting = () => {
    let verified = 0;
    const verify: typeof MEMBERSHIP_CRYPTO.verify = (...given) => {
      verified += 1;
      return MEMBERSHIP_CRYPTO.verify(...given);
    };
    const papers = { home: home.home, rootKey: home.root.publicKey, chain: founder.chain };
    return { membership: new Membership(papers, { ...MEMBERSHIP_CRYPTO, verify }), count: () => verified };
  };
  const copyOf = (chain: readonly Uint8Array[]) => chain.map((bytes) => bytes.slice());

  test("that comes again, with a link, an entry, another entry, is verified once", () => {
    const { membership, count } = counting();
    const before = count();
    for (let time = 0; time < 3; time++) expect(membership.check(cellar.hub, copyOf(cellar.chain), NOW).ok).toBe(true);
    expect(count() - before).toBe(2);
  });

  test("that does not hold is not remembered, so that it drives out no other", () => {
    const { membership, count } = counting();
    const bent = copyOf(cellar.chain);
    bent[0]![bent[0]!.length - 1]! ^= 1;
    const before = count();
    for (let time = 0; time < 3; time++) expect(membership.check(cellar.hub, copyOf(bent), NOW).ok).toBe(false);
    expect(count() - before).toBe(6);
  });
});

describe("a hub of another home", () => {
  const other = new TestHome("other");
  test("is refused, also when it claims this home", () => {
    const stranger = other.admit("kitchen");
    expect(home.membership(founder).check(stranger.hub, stranger.chain, NOW)).toEqual(refused("unknownHome"));
    const liar = other.admit("kitchen", "member", undefined, { home: home.home });
    expect(home.membership(founder).check(liar.hub, liar.chain, NOW)).toEqual(refused("badSignature"));
  });

  test("cannot revoke here", () => {
    const membership = home.membership(founder);
    expect(membership.revoke(other.revocation(kitchen.hub), NOW)).toEqual({ problem: "unknownHome" });
    const liar = other.revocation(kitchen.hub, undefined, { home: home.home });
    expect(membership.revoke(liar, NOW)).toEqual({ problem: "badSignature" });
    expect(membership.isRevoked(kitchen.hub)).toBe(false);
  });
});

describe("time", () => {
  test("ends a certificate at its expiry, the issuer's too", () => {
    const membership = home.membership(founder);
    const short = home.admit("short", "member", undefined, { expiresWallMs: NOW + 10 });
    expect(membership.check(short.hub, short.chain, NOW + 9).ok).toBe(true);
    expect(membership.check(short.hub, short.chain, NOW + 10)).toEqual(refused("expired"));
    const retiring = home.admit("retiring", "owner", undefined, { expiresWallMs: NOW });
    const guest = home.admit("guest", "member", retiring);
    expect(membership.check(guest.hub, guest.chain, NOW)).toEqual(refused("expired"));
  });

  test("before a certificate's issue by more than the slack refuses it", () => {
    const early = home.admit("early", "member", undefined, { issuedWallMs: NOW + 3 * DAY_MS });
    expect(home.membership(founder).check(early.hub, early.chain, NOW)).toEqual(refused("notYet"));
    const soon = home.admit("soon", "member", undefined, { issuedWallMs: NOW + DAY_MS });
    expect(home.membership(founder).check(soon.hub, soon.chain, NOW).ok).toBe(true);
  });

  test("of a clock that woke in 1970 lets the home in, and no certificate come to life again", () => {
    const membership = home.membership(founder);
    const woken = DAY_MS;
    expect(membership.isClockBehind(woken)).toBe(true);
    expect(membership.check(kitchen.hub, kitchen.chain, woken).ok).toBe(true);
    const ended = home.admit("ended", "member", undefined, {
      issuedWallMs: HOME_WALL_MS - 9 * DAY_MS,
      expiresWallMs: HOME_WALL_MS - DAY_MS,
    });
    expect(membership.check(ended.hub, ended.chain, woken)).toEqual(refused("expired"));
  });

  test("is moved on by what later certificates say", () => {
    const membership = home.membership(founder);
    const later = home.admit("later", "member", undefined, { issuedWallMs: HOME_WALL_MS + 90 * DAY_MS });
    membership.check(later.hub, later.chain, 0);
    expect(membership.timeOf(0)).toBe(HOME_WALL_MS + 90 * DAY_MS);
  });
});

describe("revocation", () => {
  test("by the root or an owner puts a hub out for ever", () => {
    for (const by of [undefined, owner]) {
      const membership = home.membership(founder);
      expect(membership.revoke(home.revocation(kitchen.hub, by), NOW)).toBe("new");
      expect(membership.revoke(home.revocation(kitchen.hub, by), NOW)).toBe("known");
      expect(membership.check(kitchen.hub, kitchen.chain, NOW)).toEqual(refused("revoked"));
      expect(membership.revoked()).toHaveLength(1);
    }
  });

  test("by a member counts for nothing", () => {
    const membership = home.membership(founder);
    expect(membership.revoke(home.revocation(cellar.hub, kitchen), NOW)).toEqual({ problem: "notAnOwner" });
    expect(membership.revoke(home.revocation(kitchen.hub, cellar), NOW)).toEqual({ problem: "notAnOwner" });
  });

  test("of an owner whose key was stolen takes with it whom it admitted, and whom it put out comes back", () => {
    const membership = home.membership(founder);
    membership.revoke(home.revocation(kitchen.hub, owner), NOW);
    expect(membership.revokedOnlyBy(owner.hub)).toEqual([{ hub: kitchen.hub, wallMs: HOME_WALL_MS }]);
    membership.revoke(home.revocation(owner.hub, founder, { reason: "stolen" }), NOW);
    expect(membership.check(cellar.hub, cellar.chain, NOW)).toEqual(refused("issuerRevoked"));
    expect(membership.check(kitchen.hub, kitchen.chain, NOW).ok).toBe(true);
  });

  test("of an owner that was put away leaves those that it admitted before", () => {
    const membership = home.membership(founder);
    membership.revoke(home.revocation(owner.hub, founder, { reason: "retired", wallMs: NOW }), NOW);
    expect(membership.check(cellar.hub, cellar.chain, NOW).ok).toBe(true);
    const after = home.admit("after", "member", owner, { issuedWallMs: NOW });
    expect(membership.check(after.hub, after.chain, NOW)).toEqual(refused("issuerRevoked"));
  });

  test("of each other by two owners puts out the junior, whatever came first", () => {
    const a = home.revocation(owner.hub, founder);
    const b = home.revocation(founder.hub, owner);
    for (const order of [
      [a, b],
      [b, a],
    ]) {
      const membership = home.membership(kitchen);
      for (const bytes of order) membership.revoke(bytes, NOW);
      expect(membership.revokedHubs()).toEqual([owner.hub]);
    }
  });

  test("in any order has one outcome", () => {
    const owners = [founder, owner, home.admit("third", "owner"), home.admit("fourth", "owner")];
    const hubs = [...owners, kitchen, cellar];
    const revocations = owners.flatMap((by) => hubs.map((hub) => home.revocation(hub.hub, by)));
    revocations.push(home.revocation(owner.hub));
    fc.assert(
      fc.property(fc.shuffledSubarray(revocations, { minLength: 2 }), (some) => {
        const outcome = (list: readonly Uint8Array[]) => {
          const membership = home.membership(kitchen);
          for (const bytes of list) membership.revoke(bytes, NOW);
          return membership.revokedHubs().sort();
        };
        expect(outcome(some)).toEqual(outcome([...some].reverse()));
      }),
      { numRuns: 20 },
    );
  });

  test("of which there are more than can be kept leaves the same ones in any order", () => {
    const owners = [founder, owner, home.admit("fifth", "owner"), home.admit("sixth", "owner")];
    const hubs = ["a", "b", "c", "d", "e", "f"].map((name) => keyOf(name).hub).concat(owner.hub);
    const said = [undefined, ...owners].flatMap((by, at) =>
      hubs.flatMap((hub, which) => [
        home.revocation(hub, by, { wallMs: HOME_WALL_MS + ((which * 7 + at) % 5) }),
        home.revocation(hub, by, { reason: "retired", wallMs: HOME_WALL_MS + ((which * 3 + at) % 4) }),
      ]),
    );
    const papers = { home: home.home, rootKey: home.root.publicKey, chain: kitchen.chain };
    fc.assert(
      fc.property(fc.shuffledSubarray(said, { minLength: 10 }), fc.integer({ min: 4, max: 20 }), (some, max) => {
        const outcome = (list: readonly Uint8Array[]) => {
          const settings = { ...ADMISSION_DEFAULTS, revocationsMax: max };
          const membership = new Membership(papers, { ...MEMBERSHIP_CRYPTO, verify: () => true }, settings);
          for (const bytes of list) membership.revoke(bytes, NOW);
          return membership.revoked().map(bytesToHex).sort();
        };
        const kept = outcome(some);
        expect(kept.length).toBeLessThanOrEqual(max);
        expect(outcome([...some].reverse())).toEqual(kept);
        expect(outcome(some.map((_, at) => some[(at * 37) % some.length]!).concat(some))).toEqual(kept);
      }),
      { numRuns: 12 },
    );
  });

  test("in the name of one owner fills a quarter of the room at the most, and the root always has some", () => {
    const membership = home.membership(founder, { revocationsMax: 8 });
    const flood = (by?: TestHub) =>
      Array.from({ length: 9 }, (_, at) => home.revocation(keyOf(`random ${by?.name} ${at}`).hub, by));
    const owners = [owner, founder, home.admit("third", "owner"), home.admit("fourth", "owner")];
    for (const by of owners) for (const bytes of flood(by)) membership.revoke(bytes, NOW);
    expect(membership.revoked()).toHaveLength(8);
    for (const by of owners)
      expect(membership.revoke(home.revocation(by.hub, undefined, { wallMs: NOW }), NOW)).toBe("new");
    expect(membership.revokedHubs()).toEqual(owners.map(({ hub }) => hub));
    for (const bytes of flood()) membership.revoke(bytes, NOW);
    expect(membership.revoked()).toHaveLength(8);
  });

  test("beyond the room of its signer is refused when it is the latest, and the known ones stay", () => {
    const membership = home.membership(founder, { revocationsMax: 2 });
    const verdicts = ["x", "y", "z"].map((name, at) =>
      membership.revoke(home.revocation(keyOf(name).hub, undefined, { wallMs: HOME_WALL_MS + at }), NOW),
    );
    expect(verdicts).toEqual(["new", "new", { problem: "full" }]);
    expect(membership.revokedHubs()).toEqual([keyOf("x").hub, keyOf("y").hub]);
  });

  test("for a graver reason than was known counts, and the lighter one no more", () => {
    const membership = home.membership(founder);
    const retired = home.revocation(owner.hub, undefined, { reason: "retired", wallMs: NOW });
    const stolen = home.revocation(owner.hub, undefined, { reason: "stolen", wallMs: NOW + 1 });
    expect(membership.revoke(retired, NOW)).toBe("new");
    expect(membership.check(cellar.hub, cellar.chain, NOW).ok).toBe(true);
    expect(membership.revoke(stolen, NOW)).toBe("new");
    expect(membership.check(cellar.hub, cellar.chain, NOW)).toEqual(refused("issuerRevoked"));
    expect(membership.revoked()).toEqual([stolen]);
    expect(membership.revoke(retired, NOW)).toBe("known");
    expect(membership.revocationsAbout(owner.hub)).toEqual([stolen]);
  });

  test("that is known costs no verification, whoever brings it", () => {
    let verified = 0;
    const verify: typeof MEMBERSHIP_CRYPTO.verify = (...given) => {
      verified += 1;
      return MEMBERSHIP_CRYPTO.verify(...given);
    };
    const papers = { home: home.home, rootKey: home.root.publicKey, chain: founder.chain };
    const membership = new Membership(papers, { ...MEMBERSHIP_CRYPTO, verify });
    const bytes = home.revocation(kitchen.hub, owner);
    membership.revoke(bytes, NOW);
    const before = verified;
    expect(membership.revoke(bytes.slice(), NOW)).toBe("known");
    expect(verified).toBe(before);
  });

  test("of any bytes is a verdict, never a throw", () => {
    const membership = home.membership(founder);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(membership.revoke(bytes, NOW)).toEqual({ problem: "malformed" });
      }),
    );
  });
});

describe("renewal", () => {
  test("is due when less than a third is left", () => {
    const membership = home.membership(kitchen);
    const { issuedWallMs, expiresWallMs } = kitchen.certificate;
    const third = (expiresWallMs - issuedWallMs) / 3;
    expect(membership.isRenewalDue(kitchen.certificate, expiresWallMs - third - 1)).toBe(false);
    expect(membership.isRenewalDue(kitchen.certificate, expiresWallMs - third + 1)).toBe(true);
  });

  test("takes a later chain for the same key and nothing else", () => {
    const membership = home.membership(kitchen);
    const later = { issuedWallMs: NOW, expiresWallMs: kitchen.certificate.expiresWallMs + 1 };
    expect(membership.renewOwn(home.admit("cellar", "member", undefined, later).chain, NOW)).toBe(false);
    expect(membership.renewOwn(kitchen.chain, NOW)).toBe(false);
    const renewed = home.admit("kitchen", "member", owner, later);
    expect(membership.renewOwn(renewed.chain, NOW)).toBe(true);
    expect(membership.chain).toEqual(renewed.chain);
    expect(home.membership(owner).renewOwn(home.admit("owner", "member", founder, later).chain, NOW)).toBe(false);
  });
});
