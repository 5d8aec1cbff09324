import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HubId } from "../../../runtime/core/ids.js";
import { LocalHealth } from "../../../runtime/mesh/liveness/health.js";
import { LIVENESS_DEFAULTS } from "../../../runtime/mesh/liveness/settings.js";
import { Watch } from "../../../runtime/mesh/liveness/watch.js";

const settings = LIVENESS_DEFAULTS;
const neighbour = {
  hub: "f".repeat(32) as HubId,
  linkId: 1,
  name: "",
  epoch: 1,
  upMs: 0,
  rttMs: Number.NaN,
  cost: 1,
};
const answerMs = (watch: Watch): number => watch.answerMs(settings, new LocalHealth(8));

/** One ping and its answer a second. */
function beat(watch: Watch, at: number, rttMs: number): boolean {
  watch.asked(at % 256, at * 1000);
  watch.heard(at * 1000 + rttMs, settings);
  return watch.answered(at % 256, at * 1000 + rttMs, settings);
}

describe("the answer time of a link", () => {
  it("is that of an unknown link before the first answer, then the floor on a quick one", () => {
    const watch = new Watch(neighbour, true, 0);
    expect(answerMs(watch)).toBe(settings.answerMsFirst);
    beat(watch, 1, 3);
    expect(answerMs(watch)).toBe(settings.answerMsMin);
  });

  it("rises when answers come by way of retransmissions, and stays so for a quarter of a minute", () => {
    const watch = new Watch(neighbour, true, 0);
    for (let at = 1; at <= 20; at++) beat(watch, at, at % 5 === 0 ? 203 : 3);
    expect(answerMs(watch)).toBe(settings.answerMsMax);
    for (let at = 21; at <= 30; at++) beat(watch, at, 3);
    expect(answerMs(watch)).toBeGreaterThan(settings.answerMsMin);
    for (let at = 31; at <= 90; at++) beat(watch, at, 3);
    expect(answerMs(watch)).toBe(settings.answerMsMin);
  });

  it("does not rise by what came in time and waited for this hub to run, but falls by it", () => {
    const watch = new Watch(neighbour, true, 0);
    const starved = (at: number, rttMs: number): void => {
      watch.asked(at % 256, at * 1000);
      watch.heard(at * 1000 + rttMs, settings, false);
      watch.answered(at % 256, at * 1000 + rttMs, settings, false, false);
    };
    for (let at = 1; at <= 20; at++) beat(watch, at, 30);
    const usualMs = watch.rttMs;
    for (let at = 21; at <= 40; at++) starved(at, 203);
    expect(watch.rttMs).toBe(usualMs);
    expect(answerMs(watch)).toBe(settings.answerMsMin);
    for (let at = 41; at <= 60; at++) starved(at, 10);
    expect(watch.rttMs).toBeLessThan(usualMs / 2);
  });

  it("is shortened by impatience only while the link loses nothing", () => {
    const clean = new Watch(neighbour, true, 0);
    const lossy = new Watch(neighbour, true, 0);
    for (const watch of [clean, lossy]) watch.patiencePercent = 50;
    for (let at = 1; at <= 90; at++) {
      beat(clean, at, 3);
      beat(lossy, at, at === 80 ? 203 : 3);
    }
    expect(answerMs(clean)).toBe(settings.answerMsMin / 2);
    expect(answerMs(lossy)).toBeGreaterThanOrEqual(settings.answerMsMin);
  });

  it("follows beats that were sent again where the other end beats", () => {
    const watch = new Watch(neighbour, false, 0);
    beat(watch, 0, 3);
    let heardMs = 3;
    for (let at = 0; at < 10; at++) {
      const isLate = at % 5 === 0;
      if (isLate) watch.asked(at, heardMs + 1100);
      heardMs += isLate ? 1203 : 1003;
      watch.heard(heardMs, settings);
    }
    expect(answerMs(watch)).toBeGreaterThan(1.5 * settings.answerMsMin);
    expect(watch.loss).toBeGreaterThan(0.03);
  });

  it("does not rise when this end's own frames put the other's beats off", () => {
    const watch = new Watch(neighbour, false, 0);
    beat(watch, 0, 3);
    for (let at = 0; at < 10; at++) {
      watch.asked(at, 1103 * at + 1103);
      watch.heard(1103 * at + 1106, settings);
      watch.answered(at, 1103 * at + 1106, settings);
    }
    expect(answerMs(watch)).toBe(settings.answerMsMin);
    expect(watch.loss).toBeLessThan(0.011);
  });

  it("is found again soon after a busy start, also where this end measures seldom", () => {
    const watch = new Watch(neighbour, false, 0);
    let nowMs = 0;
    const ask = (rttMs: number): number => {
      watch.asked(0, nowMs);
      nowMs += rttMs;
      const nextMs = watch.heard(nowMs, settings);
      watch.answered(0, nowMs, settings);
      return nextMs;
    };
    for (let at = 0; at < 5; at++) ask(350);
    const calmMs = nowMs;
    while (answerMs(watch) > settings.answerMsMin) {
      const nextMs = ask(2);
      nowMs += Math.min(1000, nextMs - nowMs);
      watch.heard(nowMs, settings);
      nowMs = Math.max(nowMs, nextMs);
    }
    expect(nowMs - calmMs).toBeLessThan(30_000);
    expect(watch.rttMs).toBeLessThan(20);
  });

  it("is measured again now, and not at a time that has passed, after a silence of seconds", () => {
    for (const beats of [true, false]) {
      const watch = new Watch(neighbour, beats, 0);
      for (let at = 1; at <= 40; at++) beat(watch, at, at % 4 === 0 ? 3003 : 203);
      watch.asked(0, 41_000);
      expect(watch.heard(44_100, settings)).toBe(44_100);
    }
  });

  it("forgets after thirty beats that some had to be sent again", () => {
    const watch = new Watch(neighbour, true, 0);
    for (let at = 1; at <= 10; at++) beat(watch, at, 203 + at);
    expect(watch.loss).toBeGreaterThanOrEqual(0.02);
    for (let at = 11; at <= 41; at++) beat(watch, at, 3);
    expect(watch.loss).toBe(0.01);
  });

  it("counts a beat as sent again however many were before it, and none that a busy machine kept for less than a retransmission", () => {
    const watches = [203, 180].map((rttMs) => {
      const watch = new Watch(neighbour, true, 0);
      for (let at = 1; at <= 30; at++) beat(watch, at, at % 3 === 0 ? 3 : rttMs);
      return watch;
    });
    expect(watches.map(({ loss }) => Math.round(30 * loss))).toEqual([19, 0]); // The second, too, might be what the link takes.
  });

  it("counts no beat as sent again while one of the ends was held up itself", () => {
    const watch = new Watch(neighbour, true, 0);
    for (let at = 1; at <= 10; at++) {
      watch.asked(at, at * 1000);
      watch.heard(at * 1000 + 300 * (at % 3), settings, false);
      watch.answered(at, at * 1000 + 300 * (at % 3), settings, false);
    }
    expect(watch.loss).toBe(0.01);
  });

  it("of a link with a long way is above its round trip", () => {
    const watch = new Watch(neighbour, true, 0);
    for (let at = 1; at <= 40; at++) beat(watch, at, 900);
    expect(answerMs(watch)).toBeGreaterThan(900);
  });

  it("is a bounded number whatever the round trips were", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e5, noNaN: true }), { maxLength: 40 }), (rtts) => {
        const watch = new Watch(neighbour, true, 0);
        for (const [at, rttMs] of rtts.entries()) beat(watch, at, rttMs);
        expect(answerMs(watch)).toBeGreaterThanOrEqual(settings.answerMsMin);
        // Its factors round.
        expect(answerMs(watch)).toBeLessThanOrEqual(Math.max(settings.answerMsMax, 2 * watch.rttMs || 0) + 1e-6);
      }),
    );
  });
});

describe("a link", () => {
  it("is known for a good one after thirty beats without a retransmission", () => {
    const good = new Watch(neighbour, true, 0);
    const bad = new Watch(neighbour, true, 0);
    for (let at = 1; at <= 30; at++) {
      expect(good.isClean).toBe(false);
      beat(good, at, 3);
      beat(bad, at, at === 9 ? 203 : 3);
    }
    expect(good.isClean).toBe(true);
    expect(bad.isClean).toBe(false);
  });

  it("becomes known at both ends while traffic never lets a beat fall due", () => {
    for (const beats of [true, false]) {
      const watch = new Watch(neighbour, beats, 0);
      watch.asked(0, 0);
      let seq = 0;
      let dueMs = 0;
      for (let nowMs = 3; nowMs < 25_000; nowMs += 100) {
        dueMs = watch.heard(nowMs, settings);
        watch.answered(seq, nowMs, settings);
        if (dueMs < nowMs + 100) watch.asked(++seq, dueMs);
      }
      expect(watch.isClean).toBe(true);
      expect(seq).toBeLessThan(35);
    }
  });
});

describe("the smoothed round trip", () => {
  it("is told first, and again only when it has changed by a tenth and half a millisecond", () => {
    const watch = new Watch(neighbour, true, 0);
    expect(beat(watch, 1, 3)).toBe(true);
    expect(beat(watch, 2, 3.4)).toBe(false);
    expect(beat(watch, 3, 20)).toBe(true);
  });

  it("is measured by the first ping of a silence, not by its repetitions", () => {
    const watch = new Watch(neighbour, true, 0);
    watch.asked(7, 0);
    watch.heard(200, settings);
    expect(watch.answered(8, 200, settings)).toBe(false);
    expect(watch.rttMs).toBeNaN();
    watch.answered(7, 201, settings);
    expect(watch.rttMs).toBe(201);
    expect(watch.answered(7, 300, settings)).toBe(false);
  });
});

describe("local health", () => {
  it("is hurt up to its bound and heals one point a second", () => {
    const health = new LocalHealth(4);
    for (let time = 0; time < 9; time++) health.hurt(0);
    expect(health.multiplier).toBe(4);
    health.heal(900);
    expect(health.multiplier).toBe(4);
    for (const nowMs of [1000, 1500, 2000]) health.heal(nowMs);
    expect(health.multiplier).toBe(2);
  });

  it("gives more time when a fifth of all answers is late, and none for one in fifty", () => {
    const [bad, good] = [new LocalHealth(8), new LocalHealth(8)];
    for (let answer = 0; answer < 100; answer++) bad.answered(answer % 5 === 0, 1000 * answer);
    for (let answer = 0; answer < 100; answer++) good.answered(answer % 50 === 0, 1000 * answer);
    expect(bad.patience).toBeGreaterThan(2);
    expect(good.patience).toBe(1);
  });
});

describe("the round trip that people are shown", () => {
  it("is that of the link where most answers are late since a machine is busy", () => {
    const watch = new Watch(neighbour, true, 0);
    expect(watch.leastRttMs).toBeNaN();
    beat(watch, 1, 130);
    expect(watch.leastRttMs).toBe(130);
    for (let at = 2; at <= 60; at++) beat(watch, at, at % 6 === 0 ? 2 : 60);
    expect(watch.leastRttMs).toBe(2);
    expect(watch.rttMs).toBeGreaterThan(20);
  });

  it("forgets after 16 answers that a link was shorter", () => {
    const watch = new Watch(neighbour, true, 0);
    for (let at = 1; at <= 20; at++) beat(watch, at, 2);
    for (let at = 21; at <= 36; at++) beat(watch, at, 30);
    expect(watch.leastRttMs).toBe(30);
  });
});
