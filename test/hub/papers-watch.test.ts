/** Certificates near their end, with a clock that the test holds and messages that it carries by hand. */
import { afterEach, expect, test } from "vitest";
import { createCounters } from "../../runtime/core/counters.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { Message, MessageOf } from "../../runtime/core/messages.js";
import { HubGate } from "../../runtime/hub/gate.js";
import { HomeKeeper } from "../../runtime/hub/home-keeper.js";
import { PapersWatch } from "../../runtime/hub/papers-watch.js";
import { loadIdentity } from "../../runtime/io/home/identity.js";
import { HOME_WALL_MS, makeScratchHome, type ScratchHome } from "../fakes/home.js";
import { createMemoryStore } from "../fakes/memory-store.js";

const DAY_MS = 86_400_000;
const LIFE_DAYS = 365;

const scratches: ScratchHome[] = [];
afterEach(() => {
  for (const scratch of scratches.splice(0)) scratch.remove();
});

class World {
  days = 0;
  readonly hubs: Hub[] = [];
  readonly clock = { nowMs: () => this.days * DAY_MS, wallMs: () => HOME_WALL_MS + this.days * DAY_MS };

  static async of(count: number): Promise<World> {
    const scratch = await makeScratchHome(count, HOME_WALL_MS);
    scratches.push(scratch);
    const world = new World();
    for (const { dir } of scratch.hubs) world.hubs.push(await Hub.open(world, dir));
    return world;
  }

  link(a: Hub, b: Hub): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(one.gate.check(other.id, other.gate.chain())).toBeUndefined();
      one.neighbours.push(other.id);
    }
    a.watch.linkUp(b.id);
    b.watch.linkUp(a.id);
  }
}

class Hub {
  readonly counters = createCounters();
  readonly neighbours: HubId[] = [];
  readonly problems: string[] = [];
  readonly cut: HubId[] = [];
  readonly said: { readonly to: HubId | "all"; readonly message: MessageOf<"ADMIT"> }[] = [];
  readonly watch: PapersWatch;

  private constructor(
    readonly world: World,
    readonly keeper: HomeKeeper,
    readonly gate: HubGate,
  ) {
    const say = (to: HubId | "all", message: Message): void => {
      if (message.type === "ADMIT") this.said.push({ to, message });
    };
    this.watch = new PapersWatch({
      ...{ keeper, gate, clock: world.clock, counters: this.counters },
      neighbours: () => this.neighbours,
      send: say,
      broadcast: (message) => say("all", message),
      cut: (hub) => this.cut.push(hub),
      onProblem: ({ code }) => this.problems.push(code),
    });
  }

  static async open(world: World, dir: string): Promise<Hub> {
    const identity = await loadIdentity(dir);
    const keeper = await HomeKeeper.open({ dir, identity, hubName: "x", clock: world.clock });
    const store = createMemoryStore();
    const gate = await HubGate.open({ keeper, store, clock: world.clock, counters: createCounters() });
    return new Hub(world, keeper, gate);
  }

  get id(): HubId {
    return this.keeper.identity.hub;
  }

  get daysLeft(): number {
    return (this.keeper.view()!.expiresWallMs - this.world.clock.wallMs()) / DAY_MS;
  }

  /** What was said so far, to that hub. */
  carryTo(other: Hub): void {
    for (const { message } of this.said.splice(0)) other.watch.onAdmit(this.id, message, true);
  }
}

test("a member asks an owner that it meets in the last third of its certificate's life, and is renewed", async () => {
  const world = await World.of(2);
  const [owner, member] = world.hubs as [Hub, Hub];
  world.days = 200;
  world.link(owner, member);
  expect(member.said).toEqual([]);
  world.days = 250;
  member.watch.tick();
  expect(member.said).toMatchObject([{ to: owner.id, message: { op: "renew" } }]);
  member.carryTo(owner);
  owner.carryTo(member);
  await expect.poll(() => member.daysLeft).toBe(730);
  member.watch.tick();
  expect(member.said).toEqual([]);
});

test("an owner renews a neighbour whose clock has not told it that it is time", async () => {
  const world = await World.of(2);
  const [owner, member] = world.hubs as [Hub, Hub];
  world.days = 300;
  world.link(owner, member);
  expect(owner.said).toMatchObject([{ to: member.id, message: { op: "grant" } }]);
});

test("an owner that is no neighbour is asked by broadcast, and answers along the routes", async () => {
  const world = await World.of(3);
  const [owner, member, other] = world.hubs as [Hub, Hub, Hub];
  world.days = 250;
  world.link(member, other);
  expect(member.said).toEqual([]);
  member.watch.tick();
  expect(member.said).toMatchObject([{ to: "all" }]);
  member.carryTo(owner);
  expect(owner.said[0]!.to).toBe(member.id);
  owner.carryTo(member);
  await expect.poll(() => member.daysLeft).toBe(730);
});

test("a person is told two months in time when no owner has been seen, and again after a week", async () => {
  const world = await World.of(2);
  const member = world.hubs[1]!;
  const told: number[] = [];
  for (world.days = 240; world.days < LIFE_DAYS; world.days++) {
    const before = member.problems.length;
    member.watch.tick();
    if (member.problems.length > before) told.push(world.days);
  }
  expect(new Set(member.problems)).toEqual(new Set(["CERTIFICATE_ENDING"]));
  expect(told).toEqual([335, 342, 349, 356, 363]);
});

test("a link whose other end's certificate runs out is cut, and the hub itself says why, once a day", async () => {
  const world = await World.of(3);
  const [, one, other] = world.hubs as [Hub, Hub, Hub];
  world.days = 360;
  world.link(one, other);
  one.watch.tick();
  expect(one.cut).toEqual([]);
  world.days = LIFE_DAYS;
  one.watch.tick();
  expect(one.cut).toEqual([other.id]);
  expect(one.counters.snapshot()["mesh.admission.expired"]).toBe(1);
  world.days += 0.5;
  one.watch.tick();
  expect(one.problems.filter((code) => code === "CERTIFICATE_EXPIRED")).toHaveLength(1);
});

test("an expired certificate is not renewed, and whoever asks again and again is answered once", async () => {
  const world = await World.of(2);
  const [owner, member] = world.hubs as [Hub, Hub];
  world.days = 300;
  const renew = { type: "ADMIT", op: "renew", chain: member.gate.chain() } as const;
  for (let i = 0; i < 5; i++) owner.watch.onAdmit(member.id, renew, true);
  expect(owner.said).toHaveLength(1);
  expect(owner.counters.snapshot()["mesh.admission.renewFlood"]).toBe(4);
  world.days = LIFE_DAYS + 1;
  owner.watch.onAdmit(member.id, renew, true);
  expect(owner.said).toHaveLength(1);
  owner.watch.onAdmit(member.id, { type: "ADMIT", op: "refuse" }, true);
  expect(owner.counters.snapshot()["mesh.admission.unexpected"]).toBe(1);
});

test("a flood of grants, under however many names, costs few verifications, and an owner's grant still counts", async () => {
  const world = await World.of(2);
  const [owner, member] = world.hubs as [Hub, Hub];
  world.link(owner, member);
  let verified = 0;
  const { renew } = member.keeper;
  member.keeper.renew = (chain) => {
    verified += 1;
    return renew.call(member.keeper, chain);
  };
  const useless: MessageOf<"ADMIT"> = { type: "ADMIT", op: "grant", chain: owner.gate.chain() };
  for (let i = 0; i < 1_000; i++) member.watch.onAdmit(i.toString(16).padStart(32, "0") as HubId, useless, true);
  expect(verified).toBe(16);
  expect(member.counters.snapshot()).toMatchObject({ "mesh.admission.grantFlood": 984 });
  member.watch.onAdmit(owner.id, useless, false);
  expect(verified).toBe(16);
  member.watch.onAdmit(owner.id, useless, true);
  expect(verified).toBe(17);
});

test("the hub that holds the root's key renews itself", async () => {
  const world = await World.of(1);
  const owner = world.hubs[0]!;
  world.days = 300;
  owner.watch.tick();
  await expect.poll(() => owner.daysLeft).toBeGreaterThan(10_000);
});
