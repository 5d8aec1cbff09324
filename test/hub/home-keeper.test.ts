/** What an owner signs for others, with a clock that the test holds. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { Store } from "../../runtime/core/ports.js";
import { HubGate } from "../../runtime/hub/gate.js";
import { HomeKeeper, type HomeKeeperOptions } from "../../runtime/hub/home-keeper.js";
import { RevocationsKeeping } from "../../runtime/hub/revocations-keeping.js";
import { loadIdentity } from "../../runtime/io/home/identity.js";
import { ADMISSION_DEFAULTS } from "../../runtime/mesh/admission/settings.js";
import { signCertificate, signRevocation } from "../../runtime/wire/certificate.js";
import { HOME_WALL_MS, keyOf, makeScratchHome, type ScratchHome } from "../fakes/home.js";

const DAY_MS = 86_400_000;

async function keeperOf(
  scratch: ScratchHome,
  at: number,
  clock: { wallMs: number },
  more: Partial<HomeKeeperOptions> = {},
): Promise<HomeKeeper> {
  const { dir } = scratch.hubs[at]!;
  const identity = await loadIdentity(dir);
  const time = { nowMs: () => 0, wallMs: () => clock.wallMs };
  return HomeKeeper.open({ dir, identity, hubName: "x", clock: time, ...more });
}

const scratches: ScratchHome[] = [];
afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.remove();
});

/** The hub that made the home, and a member. */
async function pair() {
  const scratch = await makeScratchHome(2, HOME_WALL_MS);
  scratches.push(scratch);
  const clock = { wallMs: HOME_WALL_MS };
  return { scratch, clock, owner: await keeperOf(scratch, 0, clock), member: await keeperOf(scratch, 1, clock) };
}

const hubNumber = (number: number): HubId => number.toString(16).padStart(32, "0") as HubId;

test("an owner renews a member's certificate in the last third of its life, and the member keeps it", async () => {
  const scratch = await makeScratchHome(2, HOME_WALL_MS);
  const clock = { wallMs: HOME_WALL_MS + 100 * DAY_MS };
  const [owner, member] = [await keeperOf(scratch, 0, clock), await keeperOf(scratch, 1, clock)];
  const ask = () => owner.renewalOf(member.identity.hub, member.membership!.chain);
  expect(ask()).toBeUndefined();
  clock.wallMs = HOME_WALL_MS + 300 * DAY_MS;
  const renewed = ask();
  expect(renewed).toHaveLength(1);
  expect(await member.renew(renewed!)).toBe(true);
  expect(member.view()!.expiresWallMs).toBe(clock.wallMs + 730 * DAY_MS);
  expect((await keeperOf(scratch, 1, clock)).view()!.expiresWallMs).toBe(clock.wallMs + 730 * DAY_MS);
  expect(member.renewalOf(owner.identity.hub, owner.membership!.chain)).toBeUndefined();
  scratch.remove();
});

describe("a revocation", () => {
  test("counts at once, is kept over a restart, and who is out cannot sign any more", async () => {
    const { owner, member, clock, scratch } = await pair();
    expect(() => owner.revoke(owner.identity.hub, "lost")).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
    expect(() => member.revoke(owner.identity.hub, "lost")).toThrow(expect.objectContaining({ code: "NOT_OWNER" }));
    const { bytes } = owner.revoke(member.identity.hub, "stolen");
    expect(owner.membership!.isRevoked(member.identity.hub)).toBe(true);
    for (const one of bytes) expect(member.membership!.revoke(one, clock.wallMs)).toBe("new");
    expect(member.view()!.problem).toBe("revoked");
    await owner.saveRevocations();
    expect((await keeperOf(scratch, 0, clock)).membership!.isRevoked(member.identity.hub)).toBe(true);
  });

  test("among as many as an owner may sign is kept over a restart, and one more is refused", async () => {
    const { clock, scratch } = await pair();
    const owner = await keeperOf(scratch, 0, clock, { settings: { ...ADMISSION_DEFAULTS, revocationsMax: 12 } });
    for (let at = 0; at < 12; at++) owner.revoke(hubNumber(at), "lost");
    expect(() => owner.revoke(hubNumber(12), "lost")).toThrow(expect.objectContaining({ code: "REVOCATIONS_FULL" }));
    expect(owner.revoke(hubNumber(3), "stolen").bytes).toHaveLength(1);
    await owner.saveRevocations();
    expect((await keeperOf(scratch, 0, clock)).view()!.revoked).toHaveLength(12);
  });

  test("is told by the gate with all the others, not with the newest alone", async () => {
    const { owner: keeper, clock } = await pair();
    for (let at = 0; at < 20; at++) keeper.revoke(hubNumber(at), "lost");
    const store = { get: async () => undefined } as unknown as Store;
    const time = { nowMs: () => 0, wallMs: () => clock.wallMs };
    const gate = await HubGate.open({ keeper, store, clock: time, counters: createCounters() });
    expect(gate.revocations()).toHaveLength(20);
    expect(gate.revocationsAbout(hubNumber(3))).toHaveLength(1);
  });

  test("of a thief who has signed more than there is room for is the root's all the same", async () => {
    const { clock, scratch } = await pair();
    const { papers } = scratch.hubs[0]!;
    const owner = await keeperOf(scratch, 0, clock, { settings: { ...ADMISSION_DEFAULTS, revocationsMax: 8 } });
    const thief = keyOf("thief");
    const certificate = signCertificate(
      { ...owner.membership!.own, publicKey: thief.publicKey, name: "thief", serial: 9 },
      (message) => papers.root!.sign(message),
    );
    for (let at = 0; at < 7; at++) owner.revoke(hubNumber(at), "lost");
    const byThief = { home: papers.home, hub: hubNumber(77), wallMs: clock.wallMs, issuer: certificate };
    const bytes = signRevocation(byThief, (message) => thief.sign(message));
    expect(owner.membership!.revoke(bytes, clock.wallMs)).toBe("new");
    expect(owner.revoke(thief.hub, "stolen")).toMatchObject({
      ...{ alsoRevoked: [], comeBack: [hubNumber(77)] },
    });
    expect(owner.membership!.isRevoked(thief.hub)).toBe(true);
  });

  test("of an owner whose key a thief has used takes back what that key alone had said, when that is wanted", async () => {
    const { clock, scratch } = await pair();
    const { papers } = scratch.hubs[0]!;
    const thief = keyOf("thief");
    for (const letBack of [false, true]) {
      const owner = await keeperOf(scratch, 0, clock);
      const certificate = signCertificate(
        { ...owner.membership!.own, publicKey: thief.publicKey, name: "thief", serial: 9 },
        (message) => papers.root!.sign(message),
      );
      for (const hub of [hubNumber(1), hubNumber(2)]) {
        const value = { home: papers.home, hub, wallMs: clock.wallMs, issuer: certificate };
        owner.membership!.revoke(
          signRevocation(value, (message) => thief.sign(message)),
          clock.wallMs,
        );
      }
      owner.revoke(hubNumber(1), "lost");
      const [view, isOut] = [
        owner.revoke(thief.hub, "stolen", letBack),
        (at: number) => owner.membership!.isRevoked(hubNumber(at)),
      ];
      expect(view).toMatchObject(
        letBack ? { alsoRevoked: [], comeBack: [hubNumber(2)] } : { alsoRevoked: [hubNumber(2)] },
      );
      expect([isOut(1), isOut(2)]).toEqual([true, !letBack]);
    }
  });

  test("that cannot be written counts, is said to be unwritten every time, and is written once it can be", async () => {
    const { clock, scratch } = await pair();
    const { dir } = scratch.hubs[0]!;
    const problems: string[] = [];
    const repairs: string[] = [];
    const owner = await keeperOf(scratch, 0, clock, {
      onProblem: ({ code }) => problems.push(code),
      onRepair: (note) => repairs.push(note),
    });
    mkdirSync(join(dir, "revocations.json.tmp", "in-the-way"), { recursive: true });
    for (let time = 0; time < 2; time++) {
      owner.revoke(hubNumber(1), "stolen");
      await expect(owner.saveRevocations()).rejects.toThrow("tried again");
    }
    expect(problems).toHaveLength(1);
    expect(owner.membership!.isRevoked(hubNumber(1))).toBe(true);
    rmSync(join(dir, "revocations.json.tmp"), { recursive: true });
    await owner.close();
    expect(repairs).toHaveLength(1);
    expect((await keeperOf(scratch, 0, clock)).view()!.revoked).toEqual([hubNumber(1)]);
  });

  test("of which many are taken at once is one write or two, not one each", async () => {
    const { scratch } = await pair();
    let writes = 0;
    const revoked = () => {
      writes += 1;
      return [];
    };
    const keeping = new RevocationsKeeping({ dir: scratch.hubs[1]!.dir, revoked });
    await Promise.all(Array.from({ length: 50 }, () => keeping.save()));
    expect(writes).toBe(1);
  });

  test("in a damaged file leaves it unknown who is out: the hub says so, signs nothing, and lets the file be", async () => {
    const { owner, clock, scratch } = await pair();
    const path = join(scratch.hubs[0]!.dir, "revocations.json");
    owner.revoke(hubNumber(1), "stolen");
    await owner.saveRevocations();
    const text = readFileSync(path, "utf8");
    for (const damaged of [text.slice(0, 40), text.replace(/.\n/, (end) => (end[0] === "0" ? "1\n" : "0\n"))]) {
      writeFileSync(path, damaged);
      const again = await keeperOf(scratch, 0, clock);
      expect(again.unreadable).toMatchObject({ code: "REVOCATIONS_INVALID" });
      expect(again.view()!.problem).toBe("revocationsUnreadable");
      expect(() => again.revoke(hubNumber(2), "lost")).toThrow(
        expect.objectContaining({ code: "REVOCATIONS_INVALID" }),
      );
      await again.saveRevocations();
      expect(readFileSync(path, "utf8")).toBe(damaged);
    }
  });
});
