import { describe, expect, it } from "vitest";
import type { MemberUpdate } from "../../../runtime/core/messages-liveness.js";
import { LivenessNet } from "./liveness-net.js";
import { BARBELL, deaths, everybodyLives, fakeCrypto, full, LINE_OF_4, settled } from "./settled.js";

describe("hubs that are lost together", () => {
  it("are announced together by whoever watches several of them", () => {
    const net = settled({ seed: 9, hubs: 16, links: full(16) });
    const struckMs = net.nowMs;
    for (const victim of [2, 5, 7, 11, 13]) net.kill(victim, true);
    net.run(3000);
    const cuts = net.told.filter(({ notice }) => notice.type === "cut");
    expect(cuts.length).toBe(11);
    for (const { notice, atMs } of cuts) {
      expect(notice.type === "cut" && notice.hubs.length).toBe(5);
      expect(atMs - struckMs).toBeLessThan(500);
    }
  });

  it("in silence are dead for their surviving neighbours within 1,500 ms, and nobody else is", () => {
    const net = settled({ seed: 12, hubs: 50 });
    const victims = new Set(Array.from({ length: 15 }, (_, index) => index + 20));
    const struckMs = net.nowMs;
    const watched = [...victims].map((victim) => ({ victim, by: net.neighboursOf(victim) }));
    for (const victim of victims) net.kill(victim, false);
    net.run(5000);
    const tookMs = watched.flatMap(({ victim, by }) =>
      by
        .filter((hub) => !victims.has(hub) && by.filter((other) => !victims.has(other)).length > 2)
        .map((hub) => (net.firstTold(hub, victim, "dead", struckMs) ?? Number.NaN) - struckMs),
    );
    expect(tookMs.length).toBeGreaterThan(10);
    expect(Math.max(...tookMs)).toBeLessThan(1500);
    const ids = new Set([...victims].map((victim) => net.hubs[victim]?.id));
    for (const { notice } of net.told)
      if (notice.type === "hub-state" && notice.state === "dead") expect(ids).toContain(notice.hub);
  });
});

describe("a hub that lives", () => {
  it("is not dead for anybody while its link with one neighbour is silent: the link is closed", () => {
    for (const both of [true, false]) {
      const net = settled({ seed: 21, hubs: 12, links: full(12) });
      net.blackHole(3, 8, both);
      net.run(6000);
      expect(deaths(net)).toEqual([]);
      expect(net.told.some(({ notice }) => notice.type === "silent")).toBe(true);
      expect(net.stateOf(3, 8)).toBe("alive");
    }
  });

  it("is not dead while one link is the only way to it and loses a fifth of its packets", () => {
    const net = settled({ seed: 27, hubs: 6, links: BARBELL, lossOf: { 2: { 3: 0.2 } } });
    net.run(300_000);
    expect(deaths(net)).toEqual([]);
    expect(net.told.some(({ notice }) => notice.type === "silent")).toBe(true);
  });

  it("is not dead behind a new link of which nobody knows yet that it loses a fifth of its packets", () => {
    const net = new LivenessNet({ seed: 63, hubs: 4, links: LINE_OF_4, lossOf: { 1: { 2: 0.2 } } });
    net.run(20_000);
    expect(deaths(net)).toEqual([]);
  });

  it("is not dead where several of its many links are silent: a witness voids what others saw before", () => {
    const net = settled({ seed: 28, hubs: 12, links: full(12) });
    net.loss = 0.2;
    net.run(40_000);
    expect(deaths(net)).toEqual([]);
  });

  it("and has links that lose much takes none of their silences for a time in which it was stopped itself", () => {
    const net = settled({ seed: 30, hubs: 12, links: full(12) });
    net.loss = 0.2;
    net.run(60_000);
    expect(net.counts.get("mesh.liveness.stalled") ?? 0).toBe(0);
  });

  it("is not accused by whom it tells that it gives their link up", () => {
    const net = settled({ seed: 29, hubs: 6, links: BARBELL });
    net.blackHole(3, 2, false);
    net.run(6000);
    const suspects = (observer: number) =>
      net.told.filter(({ at, notice }) => at === observer && "state" in notice && notice.state === "suspect").length;
    expect(suspects(2)).toBeGreaterThan(0);
    expect(suspects(3)).toBe(0);
  });

  it("refutes what a reset connection made others suspect", () => {
    const net = settled({ seed: 22, hubs: 20 });
    const other = net.neighboursOf(6)[0] ?? 0;
    net.reset(6, other);
    net.run(1000);
    expect(deaths(net)).toEqual([]);
    expect(everybodyLives(net)).toBe(true);
    expect(net.told.some(({ notice }) => notice.type === "hub-state" && notice.state === "suspect")).toBe(true);
  });

  it("is not dead while 30 % of the hubs are stopped for 20 s and 10 % of the packets are lost; all are back soon", () => {
    const net = settled({ seed: 24, hubs: 50 });
    net.loss = 0.1;
    const stopped = new Set(Array.from({ length: 15 }, (_, index) => (index * 3 + 1) % 50));
    for (const hub of stopped) net.stall(hub, 20_000);
    net.run(20_000);
    const ids = new Set([...stopped].map((hub) => net.hubs[hub]?.id));
    for (const { notice } of net.told)
      if (notice.type === "hub-state" && notice.state === "dead") expect(ids).toContain(notice.hub);
    net.told.length = 0;
    net.run(5000);
    net.loss = 0;
    net.run(3000);
    expect(everybodyLives(net)).toBe(true);
  });

  it("and was stopped for 20 s itself accuses nobody", () => {
    const net = settled({ seed: 25, hubs: 50 });
    net.stall(17, 20_000);
    net.run(25_000);
    expect(net.told.filter(({ at, notice }) => at === 17 && "state" in notice && notice.state !== "alive")).toEqual([]);
    expect(everybodyLives(net)).toBe(true);
  });

  it("is alive again for both halves when a split heals", () => {
    const net = settled({ seed: 26, hubs: 6, links: BARBELL });
    net.blackHole(2, 3);
    for (const [a, b] of [
      [0, 3],
      [1, 4],
      [2, 5],
    ] as const)
      expect(net.stateOf(a, b)).toBe("alive");
    net.run(30_000);
    expect(net.stateOf(2, 3)).toBe("dead");
    net.heal(2, 3);
    net.run(3000);
    expect(everybodyLives(net)).toBe(true);
  });
});

describe("a hostile member", () => {
  const accusation = (net: LivenessNet, hub: number, by: readonly number[], more: Partial<MemberUpdate> = {}) => {
    const observers = by.map((observer) => net.hubs[observer]!.id);
    const update = { hub: net.hubs[hub]!.id, state: "dead" as const, epoch: 1, incarnation: 0, observers };
    return { type: "MEMBERS" as const, updates: [{ ...update, ...more }] };
  };

  it("kills nobody by saying that others have seen it dead", () => {
    const net = settled({ seed: 31, hubs: 50, crypto: fakeCrypto });
    const [victim, liar] = [9, 30];
    const watchers = net.neighboursOf(victim);
    for (let time = 0; time < 50; time++) {
      for (const other of net.neighboursOf(liar))
        net.inject(liar, other, accusation(net, victim, watchers.slice(0, 3)));
      net.run(100);
    }
    net.run(1000);
    expect(deaths(net)).toEqual([]);
    expect(everybodyLives(net)).toBe(true);
  });

  it("cannot accuse as an observer what it has no link with", () => {
    const net = settled({ seed: 32, hubs: 20, crypto: fakeCrypto });
    const victim = 9;
    const [watcher] = net.neighboursOf(victim);
    const liar = net
      .neighboursOf(watcher ?? 0)
      .find((hub) => hub !== victim && !net.neighboursOf(victim).includes(hub));
    net.inject(liar!, watcher!, accusation(net, victim, [liar!]));
    net.run(100);
    expect(net.counts.get("mesh.liveness.notObserver")).toBe(1);
  });

  it("cannot raise another's incarnation, nor say that it left", () => {
    const net = settled({ seed: 33, hubs: 20, crypto: fakeCrypto });
    const [victim, liar] = [9, net.neighboursOf(3)[0] ?? 0];
    const proof = new Uint8Array(96).fill(1);
    const forged = [
      { state: "alive" as const, incarnation: 4_000_000_000, proof },
      { state: "left" as const, incarnation: 7, proof },
      { state: "left" as const },
      { state: "dead" as const, incarnation: 4_000_000_000 },
    ];
    for (const more of forged) net.inject(liar, 3, accusation(net, victim, [], more));
    net.run(1000);
    expect(net.counts.get("mesh.liveness.badProof")).toBe(4);
    expect(net.hubs[3]?.machine.incarnation(net.hubs[victim]!.id)).toBe(0);
    expect(everybodyLives(net)).toBe(true);
  });

  it("that floods is cut short, and what it accuses costs ten refutations a second", () => {
    const net = settled({ seed: 34, hubs: 20, crypto: fakeCrypto });
    const [victim, liar] = [9, net.neighboursOf(9)[0] ?? 0];
    const { machine } = net.hubs[victim]!;
    for (let time = 0; time < 2000; time++) {
      const incarnation = machine.incarnation(net.hubs[victim]!.id);
      net.inject(liar, victim, accusation(net, victim, [liar], { incarnation }));
      net.run(1);
    }
    expect(net.counts.get("mesh.liveness.flooded")).toBeGreaterThan(0);
    expect(machine.incarnation(net.hubs[victim]!.id)).toBeLessThanOrEqual(30);
    expect(deaths(net)).toEqual([]);
  });
});

it("a neighbour that pings without end has 32 pings a second answered", () => {
  const net = settled({ seed: 35, hubs: 20 });
  const [victim, liar] = [9, net.neighboursOf(9)[0] ?? 0];
  net.run(20_000); // new links are measured more often
  net.frames.clear();
  for (let time = 0; time < 2000; time++) {
    for (let copy = 0; copy < 5; copy++) net.inject(liar, victim, { type: "PING" });
    net.run(1);
  }
  // In the three seconds that this touches, beside what all hubs say to each other.
  const links = net.hubs.reduce((sum, { index }) => sum + net.neighboursOf(index).length, 0) / 2;
  expect(net.frames.get("PING")! - 10_000).toBeLessThan(2 * 4.4 * links + 3 * 32);
  expect(net.counts.get("mesh.liveness.pingFlood")).toBeGreaterThan(10_000 - 3 * 32 - 10);
  expect(deaths(net)).toEqual([]);
});

describe("a settled mesh", () => {
  it("says nothing but two pings and two answers a second on each link", () => {
    const net = settled({ seed: 41, hubs: 20 });
    const links = net.hubs.reduce((sum, { index }) => sum + net.neighboursOf(index).length, 0) / 2;
    net.frames.clear();
    net.run(60_000);
    expect([...net.frames.keys()]).toEqual(["PING"]);
    expect(net.frames.get("PING")! / links / 60).toBeGreaterThan(3.8);
    expect(net.frames.get("PING")! / links / 60).toBeLessThan(4.2);
  });

  it("does the same for the same seed", () => {
    const run = (): unknown[] => {
      const net = settled({ seed: 42, hubs: 30, loss: 0.05 });
      net.stall(3, 4000);
      net.kill(8, false);
      net.run(8000);
      return net.told;
    };
    expect(run()).toEqual(run());
  });

  it("knows the round trip of each link at both ends", () => {
    const net = settled({ seed: 43, hubs: 20, rttMs: [4, 4] });
    for (const { index, machine } of net.hubs)
      for (const other of net.neighboursOf(index)) expect(machine.rttMs(net.hubs[other]!.id)).toBeCloseTo(4, 5);
  });
});
