/** What an owner signs for others, with a clock that the test holds. */
import { expect, test } from "vitest";
import { HomeKeeper } from "../../runtime/hub/home-keeper.js";
import { loadIdentity } from "../../runtime/io/identity.js";
import { HOME_WALL_MS, makeScratchHome, type ScratchHome } from "../fakes/home.js";

const DAY_MS = 86_400_000;

async function keeperOf(scratch: ScratchHome, at: number, clock: { wallMs: number }): Promise<HomeKeeper> {
  const { dir } = scratch.hubs[at]!;
  const identity = await loadIdentity(dir);
  return HomeKeeper.open({ dir, identity, hubName: "x", clock: { nowMs: () => 0, wallMs: () => clock.wallMs } });
}

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

test("a revocation is kept over a restart and told on once; the one revoked cannot sign any more", async () => {
  const scratch = await makeScratchHome(2, HOME_WALL_MS);
  const clock = { wallMs: HOME_WALL_MS };
  const [owner, member] = [await keeperOf(scratch, 0, clock), await keeperOf(scratch, 1, clock)];
  const known = [{ hub: member.identity.hub, name: "cellar" }];
  await expect(owner.revoke("attic", "lost", known)).rejects.toMatchObject({ code: "BAD_INPUT" });
  await expect(owner.revoke(owner.identity.hub, "lost", known)).rejects.toMatchObject({ code: "BAD_INPUT" });
  await expect(member.revoke(owner.identity.hub, "lost", [])).rejects.toMatchObject({ code: "NOT_OWNER" });
  const { bytes } = await owner.revoke("cellar", "stolen", known);
  const counted: string[] = [];
  const count = (name: string) => counted.push(name);
  expect(await member.take([...bytes, new Uint8Array(3)], count)).toEqual(bytes);
  expect(await member.take(bytes, count)).toEqual([]);
  expect(counted).toEqual(["mesh.admission.revocation.malformed"]);
  expect(member.view()!.problem).toBe("revoked");
  expect((await keeperOf(scratch, 0, clock)).membership!.isRevoked(member.identity.hub)).toBe(true);
  scratch.remove();
});
