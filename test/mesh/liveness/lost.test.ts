import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import type { MemberUpdate } from "../../../runtime/core/messages-liveness.js";
import type { LivenessNet } from "./liveness-net.js";
import { BARBELL, deaths, everybodyLives, fakeCrypto, full, LINE_OF_4, settled, statesOf } from "./settled.js";

describe("a hub that is lost", () => {
  it.each([
    ["killed", (net: LivenessNet, hub: number) => net.kill(hub, true)],
    ["without power", (net: LivenessNet, hub: number) => net.kill(hub, false)],
    ["stopped", (net: LivenessNet, hub: number) => net.stall(hub, 1e6)],
    ["cut off", (net: LivenessNet, hub: number) => net.neighboursOf(hub).map((other) => net.blackHole(hub, other))],
  ])("%s is dead for each of its neighbours within 1,000 ms, and for everybody within 1,700", (_name, strike) => {
    for (let seed = 1; seed <= 4; seed++) {
      const net = settled({ seed, hubs: 50 });
      const victim = (17 * seed) % 50;
      const neighbours = net.neighboursOf(victim);
      const struckMs = net.nowMs;
      strike(net, victim);
      net.run(2000);
      for (const { index } of net.hubs.filter((hub) => hub.index !== victim)) {
        const tookMs = (net.firstTold(index, victim, "dead", struckMs) ?? Number.NaN) - struckMs;
        expect(tookMs).toBeLessThan(neighbours.includes(index) ? 1000 : 1700);
      }
    }
  });

  it("that has one neighbour only is dead for it after the longer time", () => {
    const net = settled({ seed: 3, hubs: 4, links: LINE_OF_4 });
    const struckMs = net.nowMs;
    net.kill(3, false);
    net.run(3000);
    expect(net.stateOf(2, 3)).toBe("suspect");
    net.run(2000);
    expect((net.firstTold(2, 3, "dead", struckMs) ?? Number.NaN) - struckMs).toBeGreaterThan(3000);
  });

  it("that has one neighbour only is dead for it within 1,400 ms once their link is known to lose nothing", () => {
    const net = settled({ seed: 3, hubs: 4, links: LINE_OF_4 });
    net.run(20_000);
    const struckMs = net.nowMs;
    net.kill(3, false);
    net.run(1400);
    expect(net.stateOf(2, 3)).toBe("dead");
    expect((net.firstTold(2, 3, "dead", struckMs) ?? Number.NaN) - struckMs).toBeGreaterThan(750);
  });

  it("is dead sooner than three seconds for nobody that hears no other hub: its own radio may have failed", () => {
    const net = settled({ seed: 3, hubs: 2, links: [[0, 1]] });
    net.run(20_000);
    net.kill(1, false);
    net.run(3000);
    expect(net.stateOf(0, 1)).toBe("suspect");
    net.run(1500);
    expect(net.stateOf(0, 1)).toBe("dead");
  });

  it("does not wait for a link that was known for a good one before the hub at its end started anew to be known again", () => {
    const net = settled({ seed: 3, hubs: 4, links: LINE_OF_4 });
    net.run(20_000);
    net.kill(3, true);
    net.run(3000);
    net.restart(3);
    net.run(3000);
    expect(net.stateOf(2, 3)).toBe("alive");
    const struckMs = net.nowMs;
    net.kill(3, false);
    net.run(1400);
    expect(net.firstTold(2, 3, "dead", struckMs)).toBeDefined();
  });

  it("is given the longer time where its link was good until it fell silent and came back with the same start of the hub", () => {
    const net = settled({ seed: 3, hubs: 4, links: LINE_OF_4 });
    net.run(20_000);
    net.blackHole(2, 3);
    net.run(3000);
    net.heal(2, 3);
    net.run(5000);
    expect(net.stateOf(2, 3)).toBe("alive");
    const struckMs = net.nowMs;
    net.kill(3, false);
    net.run(2500);
    expect(net.firstTold(2, 3, "dead", struckMs)).toBeUndefined();
  });

  it("is dead although others know that it refuted once and its observers have forgotten it", () => {
    const links = [...full(4), [0, 4]] as const;
    for (const isReset of [true, false]) {
      const net = settled({ seed: 3, hubs: 5, links });
      net.reset(3, 1);
      net.run(3000);
      expect(net.hubs[4]?.machine.incarnation(net.hubs[3]?.id as HubId)).toBe(1);
      for (const observer of [0, 1, 2]) {
        net.kill(observer, true);
        net.run(3000);
        net.restart(observer);
        net.run(3000);
      }
      const struckMs = net.nowMs;
      net.kill(3, isReset);
      net.run(5000);
      for (const observer of [0, 1, 2]) expect(net.firstTold(observer, 3, "dead", struckMs)).toBeDefined();
    }
  });

  it("is dead for an observer that the loss cuts off from all others as soon as for those, if their link lost nothing before", () => {
    for (const loss of [0, 0.2]) {
      const net = settled({ seed: 5, hubs: 6, links: BARBELL, lossOf: { 2: { 3: loss } } });
      net.run(30_000);
      const struckMs = net.nowMs;
      net.kill(3, false);
      net.run(20_000);
      expect((net.firstTold(4, 3, "dead", struckMs) ?? Number.NaN) - struckMs).toBeLessThan(2500);
      const tookMs = (net.firstTold(2, 3, "dead", struckMs) ?? Number.NaN) - struckMs;
      if (loss === 0) expect(tookMs).toBeLessThan(2500);
      // Or never, where it was heard by chance at the last moment: NaN.
      else expect(tookMs).not.toBeLessThan(3000);
    }
  });

  it("is asked along routes, and alive again, where only hearsay holds it for dead", () => {
    const net = settled({ seed: 5, hubs: 6, links: BARBELL });
    const dead = net.hubs[5]?.id as HubId;
    const said: MemberUpdate = {
      hub: dead,
      state: "suspect",
      epoch: 1,
      incarnation: 0,
      observers: [net.hubs[3]?.id as HubId],
    };
    net.hubs[0]?.machine.onMembers(net.hubs[1]?.id as HubId, { updates: [said] }, net.nowMs, () => new Uint8Array(1));
    expect(net.stateOf(0, 5)).toBe("suspect");
    net.run(15_000);
    expect(deaths(net)).toEqual([]);
    expect(net.stateOf(0, 5)).toBe("alive");
  });

  it("is alive for everybody again when it starts anew", () => {
    const net = settled({ seed: 7, hubs: 20 });
    net.kill(4, true);
    net.run(3000);
    expect(new Set(statesOf(net, 4))).toEqual(new Set(["dead"]));
    net.restart(4);
    net.run(1500);
    expect(everybodyLives(net)).toBe(true);
  });

  it("that says that it leaves is neither suspected nor dead", () => {
    const net = settled({ seed: 8, hubs: 20, crypto: fakeCrypto });
    net.hubs[4]?.machine.left();
    net.run(10);
    net.kill(4, true);
    net.run(3000);
    expect(new Set(statesOf(net, 4))).toEqual(new Set(["left"]));
    const said = net.told.flatMap(({ notice }) => (notice.type === "hub-state" ? [notice.state] : []));
    expect(new Set(said)).toEqual(new Set(["left"]));
  });

  it("holds nobody for dead when it hears the others again after a silence of all", () => {
    const wrong: unknown[] = [];
    for (let silentMs = 600; silentMs < 11_000; silentMs += 50) {
      const net = settled({ seed: 17, hubs: 12, settings: { cutHoldMs: 1 } });
      net.run(20_000);
      const others = net.neighboursOf(4);
      for (const other of others) net.blackHole(4, other);
      net.run(silentMs);
      for (const other of others) net.heal(4, other);
      // Until somebody can be heard.
      net.run(60);
      net.told.length = 0;
      net.run(1000);
      wrong.push(
        ...net.told.filter(({ at, notice }) => at === 4 && notice.type === "hub-state" && notice.state === "dead"),
      );
    }
    expect(wrong).toEqual([]);
  });

  it("is dead in the end for whoever was told that it is heard, gave their link up, and is cut off by it from its other observers", () => {
    const links = [[0, 1], [1, 2], [1, 3], [2, 3], [0, 4]] as const; // biome-ignore format: a graph
    const net = settled({ seed: 3, hubs: 5, links });
    net.run(20_000);
    net.kill(1, false);
    net.run(700);
    const [subject, by] = [net.hubs[1]?.id, net.hubs[2]?.id];
    if (subject === undefined || by === undefined) throw new Error("five hubs");
    // A witness that read late what had come in time.
    net.inject(4, 0, { type: "PROBE", subject, by, verdict: "alive" });
    net.run(6000);
    expect(statesOf(net, 1)).toEqual(["dead", "dead", "dead", "dead"]);
  });
});
