import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createReplaySource,
  type ReplayEnd,
  type ReplayOptions,
  type TimedAdvert,
} from "../../../firmware-bridge/ble/replay-source.js";
import type { Advert } from "../../../runtime/core/advert.js";
import { ManualTime } from "./manual-time.js";

function timed(atMs: number, takenWallMs?: number): TimedAdvert {
  const address = "C0:00:00:00:00:01";
  return { atMs, address, rssiDbm: -60, serviceData: new Map(), manufacturerData: new Map(), takenWallMs };
}
const every = (ms: number, count: number): TimedAdvert[] =>
  Array.from({ length: count }, (_, i) => timed(i * ms, i * ms));

function play(options: Partial<ReplayOptions> & Pick<ReplayOptions, "adverts">) {
  const time = new ManualTime();
  const heard: Advert[] = [];
  const ends: ReplayEnd[] = [];
  const onEnd = (end: ReplayEnd) => ends.push(end);
  const source = createReplaySource({ name: "test", speed: 1, clock: time, timers: time, onEnd, ...options });
  return { time, heard, ends, source, start: () => source.start((advert) => heard.push(advert)) };
}

describe("a replay", () => {
  it("delivers nothing before start has returned, and then the first advert at once", async () => {
    const { heard, start, time } = play({ adverts: every(5_000, 3) });
    await start();
    expect(heard).toHaveLength(0);
    await time.advance(0);
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ origin: "replay", heardMs: 1_000, takenWallMs: 0 });
    expect(heard[0]).not.toHaveProperty("atMs");
  });

  it("at speed 100 delivers a 5-second series 20 times a second, on average exactly", async () => {
    const { heard, start, time } = play({ adverts: every(5_000, 3_000), speed: 100 });
    await start();
    await time.advance(100_000);
    expect(heard).toHaveLength(2_001);
    expect(heard.map((advert) => advert.heardMs)).toEqual(heard.map((_, i) => 1_000 + i * 50));
  });

  it("keeps one timer, and none after its end", async () => {
    const { start, time, ends } = play({ adverts: every(10, 5) });
    await start();
    await time.advance(15);
    expect(time.waiting).toBe(1);
    await time.advance(1_000);
    expect(time.waiting).toBe(0);
    expect(ends).toEqual([{ reason: "finished", delivered: 5 }]);
  });

  it("makes up for a short delay, so that the average stays exact", async () => {
    const { heard, start, time } = play({ adverts: every(100, 100) });
    await start();
    await time.advance(1_000);
    await time.stall(450);
    expect(heard).toHaveLength(15);
    await time.advance(50);
    expect(heard.at(-1)?.heardMs).toBe(2_500);
  });

  it("goes on from where it was after a long stall, without a burst", async () => {
    const { heard, start, time } = play({ adverts: every(100, 10_000) });
    await start();
    await time.advance(1_000);
    const before = heard.length;
    await time.stall(600_000);
    expect(heard.length - before).toBeLessThanOrEqual(1);
    await time.advance(1_000);
    expect(heard.length - before).toBe(11);
  });

  it("gives the event loop a turn after each burst", async () => {
    const time = new ManualTime();
    const bursts: number[] = [];
    const timers = {
      set: (run: () => void, delayMs: number) =>
        time.set(() => {
          bursts.push(0);
          run();
        }, delayMs),
      clear: (handle: unknown) => time.clear(handle),
    };
    const adverts = Array.from({ length: 40 }, () => timed(0));
    const source = createReplaySource({ name: "t", adverts, speed: 1, clock: time, timers, burstMax: 16 });
    await source.start(() => bursts.push((bursts.pop() ?? 0) + 1));
    await time.advance(0);
    expect(bursts).toEqual([16, 16, 8]);
  });

  it("never delivers more in one turn than the burst, whatever the times and the speed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(20_000), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 8 }),
        async (times, speed, burstMax) => {
          const adverts = times.sort((a, b) => a - b).map((atMs) => timed(atMs));
          const time = new ManualTime();
          const turns: number[] = [];
          const timers = {
            set: (run: () => void, delayMs: number) =>
              time.set(() => {
                turns.push(0);
                run();
              }, delayMs),
            clear: (handle: unknown) => time.clear(handle),
          };
          const source = createReplaySource({ name: "p", adverts, speed, clock: time, timers, burstMax });
          await source.start(() => turns.push((turns.pop() ?? 0) + 1));
          await time.advance(20_001);
          expect(turns.reduce((sum, count) => sum + count, 0)).toBe(times.length);
          expect(Math.max(...turns)).toBeLessThanOrEqual(burstMax);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("begins at the time it is told, and does not wait for what it left out", async () => {
    const { heard, start, time } = play({ adverts: every(5_000, 10), fromMs: 20_001 });
    await start();
    await time.advance(0);
    expect(heard.map((advert) => advert.takenWallMs)).toEqual([25_000]);
  });

  it("loops with times taken that go on rising, one interval after the last", async () => {
    const { heard, start, time, source, ends } = play({ adverts: every(5_000, 3), speed: 100, loop: true });
    await start();
    await time.advance(350);
    expect(heard.map((advert) => advert.takenWallMs)).toEqual([
      0, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 35_000,
    ]);
    await source.stop();
    expect(ends).toEqual([]);
  });

  it("ends, and does not spin, when there is nothing to loop over", async () => {
    for (const adverts of [[], every(5, 3).values()]) {
      const { start, time, ends } = play({ adverts: adverts as Iterable<TimedAdvert>, loop: true });
      await start();
      await time.advance(100);
      expect(ends).toHaveLength(1);
    }
  });

  it("stops promptly, hears nothing after it, closes what it reads, and starts afresh", async () => {
    let closed = 0;
    const adverts = {
      async *[Symbol.asyncIterator]() {
        try {
          yield* every(5_000, 100);
        } finally {
          closed++;
        }
      },
    };
    const { heard, start, time, source, ends } = play({ adverts });
    await start();
    await time.advance(6_000);
    await source.stop();
    await time.advance(60_000);
    expect([heard.length, closed, ends.length, time.waiting]).toEqual([2, 1, 0, 0]);
    await start();
    await time.advance(0);
    expect(heard.at(-1)?.takenWallMs).toBe(0);
    await expect(start()).rejects.toMatchObject({ code: "INTERNAL" });
    await source.stop();
  });

  it("fails at the start when the data cannot be read, and through onEnd when they break later", async () => {
    const broken = (after: number) => ({
      async *[Symbol.asyncIterator]() {
        yield* every(10, after);
        throw new RangeError("torn");
      },
    });
    await expect(play({ adverts: broken(0) }).start()).rejects.toThrow("torn");
    const { start, time, ends } = play({ adverts: broken(2) });
    await start();
    await time.advance(100);
    expect(ends).toMatchObject([{ reason: "failed", delivered: 2, error: { message: "torn" } }]);
  });

  it("reports a receiver that throws, instead of an unhandled rejection", async () => {
    const time = new ManualTime();
    const ends: ReplayEnd[] = [];
    const onEnd = (end: ReplayEnd) => ends.push(end);
    const source = createReplaySource({ name: "t", adverts: every(5, 9), speed: 1, clock: time, timers: time, onEnd });
    await source.start(() => {
      throw new TypeError("mine");
    });
    await time.advance(10);
    expect(ends).toMatchObject([{ reason: "failed", error: { message: "mine" } }]);
  });

  it("refuses a speed that makes no sense", () => {
    for (const speed of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => play({ adverts: [], speed })).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
    }
  });
});
