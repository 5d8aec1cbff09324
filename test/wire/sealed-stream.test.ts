import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBody, WINDOW_BYTES, writeBody } from "../../runtime/wire/sealed-packet.js";
import { SEALED_DEFAULTS, type SealedSettings } from "../../runtime/wire/sealed-settings.js";
import { SealedStream } from "../../runtime/wire/sealed-stream.js";
import { type EndEvents, type Fate, SealedNet } from "./sealed-net.js";

const settings: SealedSettings = { ...SEALED_DEFAULTS, payloadBytesMax: 1_000 };
const streams =
  (changes: Partial<SealedSettings> = {}) =>
  (events: EndEvents): SealedStream =>
    new SealedStream({ ...settings, ...changes }, events, 0);
const steady: Fate = () => [10];

function frameOf(number: number, bytes = 40): Uint8Array {
  const frame = new Uint8Array(bytes).fill(number & 0xff);
  if (bytes >= 4) new DataView(frame.buffer).setUint32(0, number);
  return frame;
}

const numbers = (frames: readonly Uint8Array[]): number[] =>
  frames.map((frame) => new DataView(frame.buffer).getUint32(0));

describe("a stream over a channel that loses, doubles and reorders", () => {
  test("delivers every frame once and in order, whatever the pattern, or ends", () => {
    const fates = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.constant([10]) },
        { weight: 2, arbitrary: fc.constant([] as number[]) },
        { weight: 1, arbitrary: fc.constant([10, 12]) },
        { weight: 2, arbitrary: fc.integer({ min: 1, max: 400 }).map((ms) => [ms]) },
      ),
      { minLength: 1, maxLength: 60 },
    );
    const sizes = fc.array(fc.integer({ min: 4, max: 3_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fates, sizes, (pattern, lengths) => {
        const net = new SealedNet(streams(), (n) => pattern[n] ?? [10]);
        lengths.forEach((bytes, at) => {
          expect(net.ends[at % 2]?.write(frameOf(at, bytes), 0)).toBe(true);
        });
        net.run(120_000, () => net.frames[0].length + net.frames[1].length === lengths.length);
        const sent = lengths.map((_, at) => at);
        expect(numbers(net.frames[1])).toEqual(sent.filter((at) => at % 2 === 0));
        expect(numbers(net.frames[0])).toEqual(sent.filter((at) => at % 2 === 1));
        expect(net.ended).toEqual([undefined, undefined]);
      }),
      { numRuns: 150 },
    );
  });

  test("ends at both sides when nothing comes through any more, and delivers nothing out of order before", () => {
    const net = new SealedNet(streams(), (n) => (n < 20 ? [10] : []));
    for (let i = 0; i < 200; i++) net.ends[0].write(frameOf(i, 300), 0);
    net.run(200_000);
    expect(net.ended).toEqual(["lost", "lost"]);
    const got = numbers(net.frames[1]);
    expect(got).toEqual(got.map((_, at) => at));
  });

  test("a burst that is lost whole comes again after one timeout", () => {
    const net = new SealedNet(streams(), (n) => (n >= 2 && n < 30 ? [] : [10]));
    net.ends[0].write(frameOf(0), 0);
    net.run(100);
    for (let i = 1; i <= 60; i++) net.ends[0].write(frameOf(i, 900), 100);
    net.run(10_000, () => net.frames[1].length === 61);
    expect(net.frames[1].length).toBe(61);
    expect(net.nowMs).toBeLessThan(1_500);
  });

  test("one lost segment of many is sent again before its timeout", () => {
    const net = new SealedNet(streams({ rtoMinMs: 5_000, rtoInitialMs: 5_000 }), (n) => (n === 3 ? [] : [10]));
    for (let i = 0; i < 30; i++) net.ends[0].write(frameOf(i, 900), 0);
    net.run(4_000, () => net.frames[1].length === 30);
    expect(net.frames[1].length).toBe(30);
    expect(net.nowMs).toBeLessThan(200);
  });

  test("frames of a few milliseconds leave together", () => {
    const net = new SealedNet(streams(), steady);
    for (let i = 0; i < 20; i++) net.ends[0].write(frameOf(i), 0);
    net.run(10_000, () => net.frames[1].length === 20);
    expect(net.packets).toBe(1);
  });

  test("no more than the window is under way, and the queue has its bound", () => {
    const net = new SealedNet(streams({ payloadBytesMax: 32_768, giveUpMs: 1e9 }), () => []);
    let taken = 0;
    while (net.ends[0].write(new Uint8Array(60_000), 0)) taken += 60_000;
    expect(taken).toBeGreaterThan(SEALED_DEFAULTS.queueBytesMax - 61_000);
    expect(taken).toBeLessThanOrEqual(SEALED_DEFAULTS.queueBytesMax);
    net.run(900);
    expect(net.bytes).toBeLessThanOrEqual(WINDOW_BYTES * 1.02);
  });

  test("the round trip that is measured holds no wait but that of an acknowledgement", () => {
    const net = new SealedNet(streams(), steady);
    for (let i = 0; i < 10; i++) {
      net.ends[0].write(frameOf(i, 900), net.nowMs);
      net.ends[0].write(frameOf(i, 900), net.nowMs);
      net.run(net.nowMs + 100);
    }
    const { rttMs } = net.ends[0] as SealedStream;
    expect(rttMs).toBeGreaterThanOrEqual(20);
    expect(rttMs).toBeLessThan(20 + settings.ackDelayMs);
  });
});

describe("the end of a stream", () => {
  test("is told to the other side once", () => {
    const net = new SealedNet(streams(), steady);
    net.ends[0].close();
    net.run(100_000);
    expect(net.ended).toEqual([undefined, "closed"]);
    expect(net.packets).toBe(1);
  });

  test("comes to an idle side that hears nothing, and not to one whose peer lives", () => {
    const alive = new SealedNet(streams(), steady);
    alive.run(600_000);
    expect(alive.ended).toEqual([undefined, undefined]);
    const alone = new SealedNet(streams(), () => []);
    alone.run(60_000);
    expect(alone.ended).toEqual(["lost", "lost"]);
  });

  test("comes from inside a frame's delivery without another frame behind it", () => {
    let mine: SealedStream | undefined;
    const got: number[] = [];
    const packets: Uint8Array[] = [];
    const far = new SealedStream(
      settings,
      { packet: (body) => packets.push(body), frame: () => undefined, ended: () => undefined },
      0,
    );
    mine = new SealedStream(
      settings,
      {
        packet: () => undefined,
        frame: (frame) => {
          got.push(frame.length);
          mine?.close();
        },
        ended: () => got.push(-1),
      },
      0,
    );
    far.write(new Uint8Array(5), 0);
    far.write(new Uint8Array(6), 0);
    far.tick(10);
    mine.receive(packets[0] as Uint8Array, 10);
    expect(got).toEqual([5]);
  });
});

describe("what a member that misbehaves may send", () => {
  const fresh = () => {
    const net = new SealedNet(streams(), steady);
    return { net, end: () => net.ended[0] };
  };
  const body = (offset: number, bytes: number) =>
    writeBody({ ack: 0, ranges: [], segment: { offset, bytes: new Uint8Array(bytes).fill(1) } });

  test.each([
    ["bytes beyond the window", [body(WINDOW_BYTES, 10)]],
    ["an acknowledgement of what was never sent", [writeBody({ ack: 1, ranges: [] })]],
    ["segments that overlap", [body(10, 20), body(20, 20)]],
    ["two segments with one offset", [body(10, 20), body(10, 21)]],
    [
      "a frame of more than 64 KiB",
      [writeBody({ ack: 0, ranges: [], segment: { offset: 0, bytes: Uint8Array.of(255, 255, 127) } })],
    ],
    [
      "a length of four bytes",
      [writeBody({ ack: 0, ranges: [], segment: { offset: 0, bytes: Uint8Array.of(129, 129, 129, 1) } })],
    ],
    ["an empty body", [new Uint8Array(0)]],
    ["unknown flags", [Uint8Array.of(64, 0, 0, 0, 0, 0, 0, 0)]],
  ])("%s ends the session", (_, bodies) => {
    const { net, end } = fresh();
    for (const bytes of bodies) net.inject(0, bytes);
    expect(end()).toBe("violation");
  });

  test("what lies beyond a gap is kept up to a bound", () => {
    const { net, end } = fresh();
    for (let i = 0; i < 1_000; i++) net.inject(0, body(10 + i * 20, 10));
    expect(end()).toBeUndefined();
  });

  test("any bytes are a body or none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = readBody(bytes);
        if (read === undefined) return;
        expect(writeBody(read)).toEqual(bytes);
      }),
    );
  });

  test("any bodies in any order leave a stream that is open or has ended", () => {
    const part = fc.record({ offset: fc.nat(400), bytes: fc.uint8Array({ minLength: 1, maxLength: 60 }) });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const { net, end } = fresh();
        for (const segment of parts) net.inject(0, writeBody({ ack: 0, ranges: [], segment }));
        expect([undefined, "violation"]).toContain(end());
      }),
    );
  });
});
