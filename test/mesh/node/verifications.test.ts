/** What a neighbour can make a hub verify: forged, and signed by an owner's key that is in wrong hands. */
import { describe, expect, test } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { MessageOf } from "../../../runtime/core/messages.js";
import type { StateEntry } from "../../../runtime/core/messages-state.js";
import { signaturesVerified } from "../../../runtime/io/home/identity.js";
import { namedBytes } from "../../../runtime/mesh/broadcast/message-id.js";
import { Verifications, type Work } from "../../../runtime/mesh/node/verifications.js";
import { encodeCarried } from "../../../runtime/wire/carried.js";
import { memberContent, signEntry } from "../../../runtime/wire/registry-entry.js";
import { HOME_WALL_MS, keyOf, TestHome, type TestHub } from "../../fakes/home.js";
import { LoneNode } from "../../fakes/lone-node.js";

const home = new TestHome();
const self = home.admit("self", "owner");
const thief = home.admit("thief", "owner");
const honest = home.admit("honest", "owner");

function linked(): LoneNode {
  const lone = new LoneNode({ home, self });
  lone.link(1, thief);
  lone.link(2, honest);
  return lone;
}

/** The members' entry of a hub that was made up, papers and all. */
function entryOf(by: TestHub, at: number): StateEntry {
  const member = home.admit(`made up ${at}`, "member", by);
  const head = { registry: 1, key: member.hub, major: 1, minor: at };
  const content = memberContent.encode({ name: member.name, addresses: [] });
  return { ...head, value: signEntry(head, { chain: member.chain, content }, (bytes) => member.sign(bytes)) };
}

const sync = (session: number, entries: readonly StateEntry[]): MessageOf<"SYNC"> => ({
  type: "SYNC",
  ...{ session, scope: "everyone", open: true, more: true, wants: [], entries },
  ranges: [{ upper: 2 ** 48, fingerprint: new Uint8Array(6) }],
});

function verifiedBy(act: () => void): number {
  const before = signaturesVerified();
  act();
  return signaturesVerified() - before;
}

describe("a neighbour with an owner's key", () => {
  test("has 2,000 signatures of entries verified, and somebody else is heard all the same", () => {
    const lone = linked();
    // Whoever has compared with somebody compares with several at once.
    lone.hear(2, sync(1, []));
    lone.hear(2, { ...sync(1, []), open: false, more: false, ranges: [] });
    const floods = Array.from({ length: 30 }, (_, flood) =>
      Array.from({ length: 25 }, (_, at) => entryOf(thief, 25 * flood + at)),
    );
    const spent = verifiedBy(() => {
      for (const [session, entries] of floods.entries()) lone.hear(1, sync(session + 1, entries));
    });
    expect(spent).toBeGreaterThanOrEqual(2000);
    expect(spent).toBeLessThan(2000 + 25 * 3);
    expect(lone.count("mesh.verifications.entries")).toBe(3);
    expect(verifiedBy(() => lone.hear(2, sync(2, [entryOf(honest, 5000)])))).toBe(3);
  });

  test("has 768 revocations verified, and is still told from one that is honest", () => {
    const lone = linked();
    let wallMs = HOME_WALL_MS;
    const revocations = (by: TestHub, count: number): Uint8Array[] =>
      // Ever earlier: each takes the place of another one by the same owner.
      Array.from({ length: count }, () => home.revocation(keyOf(`gone ${wallMs}`).hub, by, { wallMs: wallMs-- }));
    const floods = Array.from({ length: 52 }, () => revocations(thief, 16));
    const spent = verifiedBy(() => {
      for (const some of floods) lone.hear(1, { type: "REVOKE", revocations: some });
    });
    expect(spent).toBeGreaterThan(700);
    expect(spent).toBeLessThan(768 + 32);
    expect(lone.count("mesh.verifications.revocations")).toBeGreaterThan(1);
    lone.hear(2, { type: "REVOKE", revocations: [home.revocation(thief.hub)] });
    expect(lone.membership.isRevoked(thief.hub)).toBe(true);
  });
});

describe("who makes up signatures", () => {
  const forged = (count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, at) =>
      home.revocation(keyOf(`nobody ${at}`).hub, { ...honest, sign: (bytes) => thief.sign(bytes) }),
    );

  test("has two verified for a message of sixteen revocations", () => {
    const lone = linked();
    expect(verifiedBy(() => lone.hear(1, { type: "REVOKE", revocations: forged(16) }))).toBe(2);
  });

  test("as the origin of a broadcast of entries, under ever new names, has three verified for each, and its own signature", () => {
    const lone = linked();
    const wrong = entryOf(honest, 1).value;
    let at = 0;
    const broadcast = (): void => {
      const origin = keyOf(`origin ${at++}`);
      const entries = Array.from({ length: 20 }, (_, minor) => ({
        ...{ registry: 1, key: home.admit(`made up ${minor}`).hub, major: 9, minor, value: wrong },
      }));
      const delta = {
        type: "SYNC",
        scope: "everyone",
        open: false,
        more: false,
        ranges: [],
        wants: [],
        entries,
      } as const;
      const payload = encodeCarried(delta);
      const signed = namedBytes("everyone", origin.hub, 1, 1, payload);
      const label = new TextEncoder().encode("mindos-broadcast-v1");
      const proof = Uint8Array.of(...origin.publicKey, ...origin.sign(Uint8Array.of(...label, ...signed)));
      const says = { op: "gossip", scope: "everyone", src: origin.hub, epoch: 1, seq: 1, round: 0 } as const;
      lone.hear(1, { type: "GOSSIP", ...says, payload, proof });
    };
    const spent = verifiedBy(() => {
      for (let time = 0; time < 10; time++) broadcast();
    });
    expect(lone.count("mesh.broadcast.forged")).toBe(0);
    expect(spent).toBeLessThanOrEqual(40);
  });
});

describe("a budget of verifications", () => {
  const [a, b] = [keyOf("a").hub, keyOf("b").hub];
  function budget() {
    const scene = { verified: 0, nowMs: 0, dropped: [] as string[] };
    const meter = {
      verified: () => scene.verified,
      now: () => scene.nowMs,
      count: (name: string) => scene.dropped.push(name),
    };
    const verifications = new Verifications(meter);
    const work = (payer: HubId | undefined, what: Work, cost: number): number => {
      const before = scene.verified;
      verifications.payer = payer;
      verifications.spend(what, () => {
        scene.verified += cost;
      });
      return scene.verified - before;
    };
    return { scene, work };
  }

  test("is charged what was verified, whatever it was asked for, and paid back at its rate", () => {
    const { scene, work } = budget();
    for (let time = 0; time < 10_000; time++) expect(work(a, "entries", 0)).toBe(0);
    expect(work(a, "entries", 2499)).toBe(2499);
    expect(work(a, "entries", 1)).toBe(0);
    expect(scene.dropped).toEqual(["mesh.verifications.entries"]);
    scene.nowMs = 998;
    expect(work(a, "entries", 1)).toBe(0);
    scene.nowMs = 1000;
    expect(work(a, "entries", 1)).toBe(1);
  });

  test("is each neighbour's own, and revocations have theirs", () => {
    const { scene, work } = budget();
    work(a, "entries", 5000);
    work(a, "carriedEntries", 5000);
    expect(work(a, "revocations", 1)).toBe(1);
    expect(work(a, "carriedRevocations", 1)).toBe(1);
    expect(work(b, "entries", 1)).toBe(1);
    expect(work(undefined, "entries", 5000)).toBe(5000);
    expect(scene.dropped).toEqual([]);
  });

  test("pays for 16 revocations a second that a neighbour carries, however many it brings", () => {
    const { scene, work } = budget();
    let spent = 0;
    for (scene.nowMs = 0; scene.nowMs < 100_000; scene.nowMs += 10) spent += work(a, "carriedRevocations", 32);
    expect(spent).toBeLessThanOrEqual(256 + 32 + 100 * 16);
  });
});
