import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { DatagramPings } from "../../../runtime/mesh/liveness/datagram-pings.js";
import { LocalHealth } from "../../../runtime/mesh/liveness/health.js";
import { Heartbeats } from "../../../runtime/mesh/liveness/heartbeats.js";
import { Liveness } from "../../../runtime/mesh/liveness/liveness.js";
import { LIVENESS_DEFAULTS } from "../../../runtime/mesh/liveness/settings.js";
import type { MeshNotice, Sink } from "../../../runtime/mesh/part.js";
import { LivenessNet } from "./liveness-net.js";

const SETTLED_MS = 40_000;
const PAIR = [[0, 1]] as const;

describe("pings beside a link", () => {
  const a = "a".repeat(32) as HubId;
  const b = "b".repeat(32) as HubId;

  function bench() {
    const sent: (readonly [number, boolean])[] = [];
    const sink = { send: () => 1, route: () => undefined, count: () => undefined, notice: () => undefined };
    const beats = new Heartbeats(a, LIVENESS_DEFAULTS, sink, new LocalHealth(8));
    const pings = new DatagramPings(LIVENESS_DEFAULTS, beats, (_to, number, isAnswer) => sent.push([number, isAnswer]));
    const neighbour = { hub: b, linkId: 1, name: "", epoch: 1, upMs: 0, rttMs: Number.NaN, cost: 1 };
    const watch = beats.open(neighbour, 0, 0);
    pings.open(watch, 0);
    return { sent, beats, pings, watch };
  }

  it("begin with the link and get through once one is answered; then one a minute", () => {
    const { sent, pings, watch } = bench();
    expect(sent).toEqual([[1, false]]);
    expect(watch.beside.getThrough).toBe(false);
    pings.tick(1000);
    expect(sent).toHaveLength(2);
    expect(pings.answered(watch, 2, 1005)).toBe(true);
    expect(watch.beside.getThrough).toBe(true);
    pings.tick(2000);
    expect(sent).toHaveLength(2);
    for (let nowMs = 2000; nowMs <= 602_000; nowMs += 1000) {
      pings.tick(nowMs);
      pings.answered(watch, sent.at(-1)?.[0] ?? 0, nowMs + 1);
    }
    expect(sent.length).toBeGreaterThanOrEqual(11);
    expect(sent.length).toBeLessThanOrEqual(13);
  });

  it("are known not to get through when four in a row are not answered, and are tried again", () => {
    const { sent, pings, watch } = bench();
    pings.answered(watch, 1, 5);
    for (let nowMs = 0; nowMs <= 300_000; nowMs += 1000) pings.tick(nowMs);
    expect(watch.beside.getThrough).toBe(false);
    const before = sent.length;
    for (let nowMs = 301_000; nowMs <= 420_000; nowMs += 1000) pings.tick(nowMs);
    expect(sent.length).toBe(before + 2);
    expect(pings.answered(watch, sent.at(-1)?.[0] ?? 0, 420_001)).toBe(true);
    expect(watch.beside.getThrough).toBe(true);
  });

  it("follow each other every 40 ms while the hub is missed, and rest when it is heard", () => {
    const { sent, pings, watch } = bench();
    pings.answered(watch, 1, 5);
    watch.misses = 1;
    pings.press(watch, 10_000);
    pings.press(watch, 10_010);
    for (let nowMs = 10_000; nowMs < 10_400; nowMs += 10) pings.tick(nowMs);
    expect(sent).toHaveLength(11);
    watch.misses = -1;
    for (let nowMs = 10_400; nowMs < 20_000; nowMs += 10) pings.tick(nowMs);
    // What eight of them did not get is tried for: whoever was heard meanwhile may be out of their reach.
    expect(sent).toHaveLength(16);
  });

  it("never leave a deadline in the past", () => {
    const { pings, watch } = bench();
    pings.answered(watch, 1, 5);
    watch.misses = 1;
    pings.press(watch, 200_000);
    watch.misses = -1;
    pings.tick(200_050);
    expect(pings.deadlineMs).toBeGreaterThanOrEqual(200_050);
  });

  it("are not answered twice, nor believed when they are old", () => {
    const { sent, pings, watch } = bench();
    expect(pings.asked(watch, 7, 100)).toBe(true);
    expect(sent.at(-1)).toEqual([7, true]);
    expect(pings.asked(watch, 7, 101)).toBe(false);
    expect(pings.asked(watch, 3, 102)).toBe(false);
    expect(pings.asked(watch, 8, 103)).toBe(true);
    expect(pings.answered(watch, 2, 110)).toBe(false); // not asked yet
    watch.beside.number = 40;
    expect(pings.answered(watch, 8, 120)).toBe(false);
    expect(pings.answered(watch, 9, 120)).toBe(true);
  });

  it("make a neighbour that answers them late be given more time, and one whose stream is late alone not", () => {
    const { pings, watch } = bench();
    const health = new LocalHealth(8);
    pings.answered(watch, 1, 5);
    let nowMs = 0;
    for (let beat = 0; beat < 40; beat++) {
      nowMs += 600;
      watch.asked(beat, nowMs);
      watch.answered(beat, nowMs + (beat % 4 === 0 ? 300 : 5), LIVENESS_DEFAULTS);
    }
    expect(watch.answerMs(LIVENESS_DEFAULTS, health)).toBe(LIVENESS_DEFAULTS.answerMsBeside);
    watch.misses = 1;
    pings.press(watch, nowMs + 1000);
    pings.answered(watch, watch.beside.number, nowMs + 1150);
    expect(watch.answerMs(LIVENESS_DEFAULTS, health)).toBeGreaterThan(LIVENESS_DEFAULTS.answerMsBeside);
  });
});

describe("a neighbour", () => {
  const self = "b".repeat(32) as HubId;
  const other = "a".repeat(32) as HubId;
  const rng = (length: number) => new Uint8Array(length);

  function silent() {
    const notices: MeshNotice[] = [];
    const sink = {
      send: () => 1,
      route: () => undefined,
      count: () => undefined,
      notice: (one: MeshNotice) => notices.push(one),
    };
    const liveness = new Liveness(self, 1, LIVENESS_DEFAULTS, sink as unknown as Sink, undefined, () => undefined);
    liveness.neighbourUp({ hub: other, linkId: 1, name: "", epoch: 1, upMs: 0, rttMs: Number.NaN, cost: 1 }, 0, rng);
    liveness.onDatagram(other, { number: 1, isAnswer: true, isOver: false }, 1);
    liveness.heard(other, 2);
    let nowMs = 2;
    const run = (untilMs: number): void => {
      while (liveness.deadlineMs <= untilMs) {
        nowMs = Math.max(nowMs, liveness.deadlineMs);
        liveness.tick(nowMs, rng);
      }
      nowMs = untilMs;
    };
    const isDead = (): boolean => liveness.state(other) === "dead";
    return { liveness, notices, run, isDead };
  }

  it("that says beside the link that its end is closed lives, and the link is given up", () => {
    const { liveness, notices, run, isDead } = silent();
    run(1000);
    liveness.onDatagram(other, { number: 3, isAnswer: true, isOver: true }, 1001);
    expect(notices).toContainEqual({ type: "silent", hub: other });
    expect(isDead()).toBe(false);
  });

  it("whose stream waits while it lives is said to stall, until it is heard on its link", () => {
    const { liveness, notices, run, isDead } = silent();
    run(500);
    for (let [nowMs, number] = [700, 1]; nowMs < 1300; nowMs += 50, number += 1) {
      run(nowMs);
      liveness.onDatagram(other, { number, isAnswer: false, isOver: false }, nowMs);
    }
    expect([isDead(), liveness.isDoubted(other)]).toEqual([false, true]);
    liveness.heard(other, 1300);
    expect(liveness.isDoubted(other)).toBe(false);
    expect(notices.filter(({ type }) => type === "stalled")).toHaveLength(2);
  });

  it("is given a round by a hub that was stopped, and hears a datagram first", () => {
    const { liveness, notices, run } = silent();
    run(550);
    liveness.onDatagram(other, { number: 1, isAnswer: false, isOver: false }, 4000);
    expect(notices).not.toContainEqual({ type: "silent", hub: other });
    expect(liveness.healthMultiplier).toBe(2);
  });

  it("is not judged by the time in which this hub could not run", () => {
    const plain = silent();
    plain.run(1800);
    expect(plain.isDead()).toBe(true);
    const busy = silent();
    busy.run(1200);
    busy.liveness.starved(400, 1200);
    busy.run(1800);
    expect(busy.isDead()).toBe(false);
    busy.run(2400);
    expect(busy.isDead()).toBe(true);
  });
});

describe("with datagrams beside the links", () => {
  it("an only neighbour is sure within 1,700 ms, though the link loses a tenth of its packets", () => {
    const took: number[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      const net = new LivenessNet({ seed, hubs: 2, links: PAIR, loss: 0.1, datagrams: true });
      net.run(SETTLED_MS);
      const atMs = net.nowMs;
      net.kill(1, false);
      net.run(20_000);
      took.push((net.firstTold(0, 1, "dead", atMs) ?? Number.POSITIVE_INFINITY) - atMs);
    }
    expect(Math.max(...took)).toBeLessThan(1700);
  });

  it("a hub whose stream is held back for five seconds is held for dead by nobody", () => {
    const net = new LivenessNet({ seed: 3, hubs: 2, links: PAIR, datagrams: true });
    net.run(SETTLED_MS);
    const atMs = net.nowMs;
    net.holdBack(0, 1, 5000);
    net.run(10_000);
    expect(net.firstTold(0, 1, "dead", atMs)).toBeUndefined();
    expect(net.firstTold(1, 0, "dead", atMs)).toBeUndefined();
  });

  it("nobody is held for dead by a link that carries nothing for 900 ms", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const net = new LivenessNet({ seed, hubs: 2, links: PAIR, datagrams: true });
      net.run(SETTLED_MS);
      const atMs = net.nowMs;
      net.blackHole(0, 1);
      net.run(900);
      net.heal(0, 1);
      net.run(5000);
      expect([net.firstTold(0, 1, "dead", atMs), net.firstTold(1, 0, "dead", atMs)]).toEqual([undefined, undefined]);
    }
  });

  it("nothing is concluded from their silence where they do not get through", () => {
    const net = new LivenessNet({ seed: 4, hubs: 2, links: PAIR, loss: 0.1, datagrams: true });
    net.deafen(0, 1);
    net.run(SETTLED_MS);
    const atMs = net.nowMs;
    net.kill(1, false);
    net.run(20_000);
    expect((net.firstTold(0, 1, "dead", atMs) ?? 0) - atMs).toBeGreaterThan(3000);
  });

  it("hubs of a mesh that loses a tenth of its packets live for an hour and nobody is wrong", () => {
    const net = new LivenessNet({ seed: 5, hubs: 10, loss: 0.1, datagrams: true });
    net.run(3_600_000);
    expect(net.told.filter(({ notice }) => notice.type === "hub-state" && notice.state === "dead")).toEqual([]);
  });

  it("a stalled hub is held for dead, and alive again when it goes on", () => {
    const net = new LivenessNet({ seed: 6, hubs: 6, loss: 0.1, datagrams: true });
    net.run(SETTLED_MS);
    const atMs = net.nowMs;
    const observers = net.neighboursOf(2);
    net.stall(2, 20_000);
    net.run(5000);
    for (const observer of observers)
      expect((net.firstTold(observer, 2, "dead", atMs) ?? Number.POSITIVE_INFINITY) - atMs).toBeLessThan(1700);
    net.run(60_000);
    for (let hub = 0; hub < 6; hub++) if (hub !== 2) expect(net.stateOf(hub, 2)).toBe("alive");
  });
});
