/** What whole hubs of one home come to know of each other by the replicated registries. Real links, stores and signatures. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import type { MemberListing } from "../../runtime/core/home-registry.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";

const running = new Set<RunningHub>();
let root = "";
let dirs: readonly string[] = [];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "mindos-registries-"));
  dirs = ["owner", "member", "newcomer"].map((name) => join(root, name));
  await createDevelopmentHome(dirs, { wallMs: Date.now(), lifeMs: 3_600_000 });
});

afterEach(async () => {
  for (const hub of running) await hub.stop();
  running.clear();
  rmSync(root, { recursive: true, force: true });
});

async function start(at: number, name: string, peers: readonly RunningHub[] = []): Promise<RunningHub> {
  const config = defaultConfig({
    ...{ dataDir: dirs[at], name, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false },
    bluetooth: { enabled: false },
    inference: { backend: "off" },
    peers: peers.map((peer) => `127.0.0.1:${peer.status().linkPort}`),
  });
  const hub = await startHub(config, { emit: () => undefined });
  running.add(hub);
  await until(() => hub.status().linkPort !== undefined, `${name} listens for links`);
  return hub;
}

async function stop(hub: RunningHub): Promise<void> {
  running.delete(hub);
  await hub.stop();
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    if (tries > 1500) throw new Error(`it never came about that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function listing(hub: RunningHub, name: string): MemberListing | undefined {
  return hub.registry?.members().find((member) => member.name === name);
}

test("a member that is off stays listed, also with a hub that has never met it, and after a restart", async () => {
  const attic = await start(0, "attic");
  const cellar = await start(1, "cellar", [attic]);
  await until(() => listing(cellar, "attic")?.presence === "here", "the two list each other");
  expect(listing(cellar, "attic")).toMatchObject({ role: "owner", addresses: [{ host: "127.0.0.1" }] });
  const before = Date.now();
  await stop(attic);
  await until(() => listing(cellar, "attic")?.presence === "away", "it is seen to be away");
  expect(listing(cellar, "attic")?.awaySinceWallMs).toBeGreaterThanOrEqual(before);

  const hall = await start(2, "hall", [cellar]);
  await until(() => listing(hall, "attic") !== undefined, "the newcomer has learned of it");
  expect(listing(hall, "attic")).toMatchObject({ presence: "away", role: "owner" });
  await until(() => listing(cellar, "hall")?.presence === "here", "the newcomer is listed");

  await stop(hall);
  await stop(cellar);
  const again = await start(1, "cellar");
  expect(listing(again, "attic")).toMatchObject({ presence: "away", awaySinceWallMs: expect.any(Number) });
  expect(listing(again, "hall")?.presence).toBe("away");
});

test("what an owner sets reaches all, a hub that was off too, and outlives its author's leaving", async () => {
  const attic = await start(0, "attic");
  const cellar = await start(1, "cellar", [attic]);
  await until(() => listing(attic, "cellar") !== undefined, "the two list each other");
  await attic.registry?.set("name", "Villa Kunterbunt");
  await attic.registry?.set("cellar.room", "Weinkeller");
  await attic.registry?.set("cellar.name", "Erna");
  await until(() => cellar.status().home === "Villa Kunterbunt", "the home has its new name there");
  await until(() => listing(cellar, "Erna")?.room === "Weinkeller", "the hub's own name and room have come");
  await until(() => cellar.status().name === "Erna", "it calls itself so");
  await stop(attic);

  const hall = await start(2, "hall", [cellar]);
  await until(() => hall.status().home === "Villa Kunterbunt", "the newcomer knows the name");
  await until(() => listing(hall, "Erna")?.room === "Weinkeller", "and the room");
  expect(hall.registry?.settings().map(({ value }) => value)).toEqual(
    expect.arrayContaining(["Villa Kunterbunt", "Weinkeller", "Erna"]),
  );
});

test("a hub that is no owner cannot set anything", async () => {
  const cellar = await start(1, "cellar");
  await expect(cellar.registry?.set("name", "mine")).rejects.toMatchObject({ code: "NOT_OWNER" });
  const attic = await start(0, "attic", [cellar]);
  await expect(attic.registry?.set("nme", "typo")).rejects.toMatchObject({ code: "BAD_INPUT" });
  await until(() => attic.registry?.members().length === 2, "both are listed");
  await expect(attic.registry?.set("cellar.name", "attic")).rejects.toThrow(/another hub \(\w+\) is called "attic"/);
  await expect(attic.registry?.set("ghost.name", "x")).rejects.toThrow(/no hub that is known here is called "ghost"/);
});

test("a revoked hub is listed no more, and its advert is gone", async () => {
  const attic = await start(0, "attic");
  const cellar = await start(1, "cellar", [attic]);
  const hall = await start(2, "hall", [attic, cellar]);
  const all = [attic, cellar, hall];
  const knows = ({ registry, mesh }: RunningHub, hubs: number): boolean =>
    registry?.members().length === hubs && [...mesh.registries.entries("adverts")].length === hubs;
  await until(() => all.every((hub) => knows(hub, 3)), "all know three");
  await attic.admission?.revoke("hall", "lost");
  await until(() => [attic, cellar].every((hub) => knows(hub, 2)), "two know two");
  expect(listing(attic, "hall")).toBeUndefined();
});
