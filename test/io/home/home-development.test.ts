import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createDevelopmentHome } from "../../../runtime/io/home/home-development.js";
import { MEMBERSHIP_CRYPTO, readHome } from "../../../runtime/io/home/home-keys.js";
import { Membership } from "../../../runtime/mesh/admission/membership.js";
import { HOME_WALL_MS, makeScratchHome } from "../../fakes/home.js";

test("hubs of a development home let each other in, and it is the same home the next time", async () => {
  const scratch = await makeScratchHome(3, HOME_WALL_MS);
  const memberships = scratch.hubs.map(({ papers }) => new Membership(papers, MEMBERSHIP_CRYPTO));
  for (const membership of memberships)
    for (const { hub, papers } of scratch.hubs) expect(membership.check(hub, papers.chain, HOME_WALL_MS).ok).toBe(true);
  const dirs = scratch.hubs.map(({ dir }) => dir);
  const again = await createDevelopmentHome([...dirs, `${dirs[0]}-new`], { wallMs: HOME_WALL_MS, lifeMs: 1 });
  expect(again.slice(0, 3).map(({ papers }) => papers)).toEqual(scratch.hubs.map(({ papers }) => papers));
  expect(again[3]?.papers.home).toBe(scratch.hubs[0]?.papers.home);
  scratch.remove();
});

test("the root's private key is in the founder's file and in no print of the papers", async () => {
  const scratch = await makeScratchHome(2);
  const [founder, member] = scratch.hubs;
  const secret = (JSON.parse(readFileSync(join(founder!.dir, "home.json"), "utf8")) as { rootPrivateKey: string })
    .rootPrivateKey;
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  const papers = await readHome(founder!.dir);
  expect(`${JSON.stringify(papers)} ${inspect(papers, { depth: 9, showHidden: true })}`).not.toContain(secret);
  expect((await readHome(member!.dir))?.root).toBeUndefined();
  scratch.remove();
});

test("an inviter that nobody could be told of is left out, and keeps no hub from its home", async () => {
  const scratch = await makeScratchHome(2);
  const inviter = scratch.hubs[0]?.hub;
  const dir = scratch.hubs[1]?.dir ?? "";
  const path = join(dir, "home.json");
  const papers = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const read = async (told: unknown) => {
    writeFileSync(path, JSON.stringify({ ...papers, inviter: told }), { mode: 0o600 });
    return (await readHome(dir))?.inviter;
  };
  expect(await read({ hub: 7, addresses: [] })).toBeUndefined();
  expect(await read("kitchen")).toBeUndefined();
  const good = { host: "10.0.0.2", port: 7411 };
  const bad = [{ host: "a\u001b[2J", port: 1 }, { host: "h".repeat(65), port: 1 }, { host: "x", port: 0 }, null];
  expect(await read({ hub: inviter, addresses: [...bad.slice(0, 3), { ...good, more: 1 }], coordinate: 3 })).toEqual({
    hub: inviter,
    addresses: [good],
  });
  scratch.remove();
});
