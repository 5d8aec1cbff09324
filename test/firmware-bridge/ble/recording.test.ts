import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { moteAdverts } from "../../../firmware-bridge/ble/mote-adverts.js";
import { RecordingWriter, readRecording, recordAdverts } from "../../../firmware-bridge/ble/recording.js";
import { formatAdvert, formatHeader, parseAdvert, parseHeader } from "../../../firmware-bridge/ble/recording-format.js";
import { createReplaySource, type TimedAdvert } from "../../../firmware-bridge/ble/replay-source.js";
import type { Advert, AdvertSource } from "../../../runtime/core/advert.js";
import { MindosError } from "../../../runtime/core/errors.js";
import { ManualTime, turn } from "./manual-time.js";

const folder = mkdtempSync(join(tmpdir(), "mindos-recording-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `${files++}.ndjson`);

const HEADER = { source: "bluez hci0", startedWallMs: 1_700_000_000_000 };
const advert = (change: Partial<Advert> = {}): Advert => ({
  address: "A4:C1:38:0B:5E:ED",
  rssiDbm: -61,
  heardMs: 0,
  origin: "live",
  serviceData: new Map([["fcd2", Uint8Array.of(0x40, 2, 0xc4, 9)]]),
  manufacturerData: new Map(),
  ...change,
});

async function read(path: string): Promise<{ adverts: TimedAdvert[]; cutAt: number[]; error?: MindosError }> {
  const adverts: TimedAdvert[] = [];
  const cutAt: number[] = [];
  try {
    for await (const one of readRecording(path, (line) => cutAt.push(line))) adverts.push(one);
    return { adverts, cutAt };
  } catch (error) {
    expect(error).toBeInstanceOf(MindosError);
    return { adverts, cutAt, error: error as MindosError };
  }
}

const adverts = fc.record({
  address: fc.array(fc.nat(255), { minLength: 6, maxLength: 6 }).map((bytes) =>
    bytes
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(":")
      .toUpperCase(),
  ),
  rssiDbm: fc.integer({ min: -127, max: 20 }),
  heardMs: fc.nat(1_000_000),
  name: fc.option(fc.constantFrom("cellar", "Küche 2", "温度", 'a "b" \\c'), { nil: undefined }),
  serviceData: fc
    .dictionary(
      fc.constantFrom("fcd2", "181a", "f000aa00-0451-4000-b000-000000000000"),
      fc.uint8Array({ maxLength: 255 }),
    )
    .map((data) => new Map(Object.entries(data))),
  manufacturerData: fc
    .array(fc.tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 27 })), { maxLength: 4 })
    .map((data) => new Map(data)),
  takenWallMs: fc.option(fc.integer({ min: 0, max: 2e12 }), { nil: undefined }),
});

describe("a line", () => {
  it("says what the advert said", () => {
    fc.assert(
      fc.property(adverts, ({ heardMs, ...one }) => {
        const { atMs, takenWallMs, ...back } = parseAdvert(
          formatAdvert({ ...one, heardMs, origin: "live" }, heardMs),
          HEADER,
        );
        expect(atMs).toBe(heardMs);
        expect(takenWallMs).toBe(one.takenWallMs ?? HEADER.startedWallMs + heardMs);
        expect({ name: undefined, takenWallMs: one.takenWallMs, ...back }).toEqual(one);
      }),
    );
  });

  it("with anything wrong in it is refused with a short reason", () => {
    const line = formatAdvert(advert(), 5);
    const change = (fields: object) => JSON.stringify({ ...JSON.parse(line), ...fields });
    for (const bad of [
      "",
      "{",
      "null",
      "[]",
      "7",
      `${line}${line}`,
      change({ t: -1 }),
      change({ t: "5" }),
      change({ t: 1e300 }),
      line.replace('"t":5', '"t":1e999'),
      change({ address: "a4:c1:38:0b:5e:ed" }),
      change({ address: "A4" }),
      change({ rssi: 127 }),
      change({ rssi: -61.5 }),
      change({ name: 7 }),
      change({ name: "\u0007" }),
      change({ name: "x".repeat(249) }),
      change({ taken: 1.5 }),
      change({ service: [] }),
      change({ service: { FCD2: "00" } }),
      change({ service: { fcd2: "0" } }),
      change({ service: { fcd2: "zz" } }),
      change({ service: { fcd2: { deep: {} } } }),
      change({ service: { fcd2: "00".repeat(1_651) } }),
      line.replace('"fcd2"', '"__proto__"'),
      change({ manufacturer: { "4c": "00" } }),
      change({ manufacturer: { "0x4c": "00" } }),
      change({
        manufacturer: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [i.toString(16).padStart(4, "0"), ""])),
      }),
      change({ extra: 1 }),
      line.replace("{", '{"__proto__":1,'),
      "[".repeat(8_000),
      `{"a":${"[".repeat(4_000)}${"]".repeat(4_000)}}`,
    ]) {
      expect(() => parseAdvert(bad, HEADER), bad.slice(0, 100)).toThrow(RangeError);
      try {
        parseAdvert(bad, HEADER);
      } catch (error) {
        expect((error as Error).message.length).toBeLessThan(200);
      }
    }
  });

  it("that is a header of another format or version is refused", () => {
    expect(parseHeader(formatHeader(HEADER))).toEqual(HEADER);
    const line = JSON.parse(formatHeader(HEADER)) as object;
    for (const change of [{ format: "x" }, { version: 2 }, { source: 1 }, { startedWallMs: "now" }, { more: 1 }]) {
      expect(() => parseHeader(JSON.stringify({ ...line, ...change }))).toThrow(RangeError);
    }
  });
});

describe("a recording", () => {
  it("of the sample file replays, cut line included", async () => {
    const sample = join(import.meta.dirname, "../../vectors/recordings/kitchen-cut.ndjson");
    const { adverts: heard, cutAt, error } = await read(sample);
    expect([heard.length, cutAt, error]).toEqual([4, [6], undefined]);
    expect(heard[0]?.name).toBe("Küche");
    expect(heard[2]?.manufacturerData.get(0x0499)?.length).toBe(24);
  });

  it("that is written is read back, in a file of which nothing is lost", async () => {
    const path = newPath();
    const writer = await RecordingWriter.create(path, HEADER);
    for (let i = 0; i < 500; i++) expect(writer.write(advert({ rssiDbm: -i % 100 }), i * 10)).toBe(true);
    const summary = await writer.close();
    expect(summary).toEqual({ adverts: 500, dropped: 0, bytes: readFileSync(path).length });
    const { adverts: back, cutAt } = await read(path);
    expect(back.map((one) => one.atMs)).toEqual(Array.from({ length: 500 }, (_, i) => i * 10));
    expect(cutAt).toEqual([]);
  });

  it("cut at any byte gives every whole line before the cut, and says where it was cut", async () => {
    const path = newPath();
    const writer = await RecordingWriter.create(path, HEADER);
    for (let i = 0; i < 3; i++) writer.write(advert({ name: "Küche" }), i);
    await writer.close();
    const bytes = readFileSync(path);
    const headerEnd = bytes.indexOf(10);
    for (let cut = 0; cut <= bytes.length; cut++) {
      writeFileSync(path, bytes.subarray(0, cut));
      const { adverts: back, cutAt, error } = await read(path);
      const lines = bytes.subarray(0, cut).toString("latin1").split("\n");
      if (cut < headerEnd) {
        expect(error?.code).toBe("REPLAY_INVALID");
        continue;
      }
      // A line that lacks only its line end is whole.
      const whole = cut === bytes.length || bytes[cut] === 10 ? lines.filter(Boolean).length : lines.length - 1;
      expect([back.length, error]).toEqual([whole - 1, undefined]);
      expect(cutAt).toEqual(lines.filter(Boolean).length > whole ? [whole + 1] : []);
    }
  });

  it("with a fault in the middle is REPLAY_INVALID, and names the file and the line", async () => {
    const path = newPath();
    const good = formatAdvert(advert(), 5);
    const faults: [string | Buffer, string][] = [
      ["", "is empty"],
      ["\n", "line 1 is not JSON"],
      [`${good}\n`, "line 1 is not the header"],
      [`${formatHeader(HEADER)}\n\n${good}\n`, "line 2 is not JSON"],
      [`${formatHeader(HEADER)}\n${good}\nnonsense\n${good}\n`, "line 3 is not JSON"],
      [`${formatHeader(HEADER)}\n${good}\n${formatAdvert(advert(), 4)}\n`, "line 3 goes back in time"],
      [`${formatHeader(HEADER)}\n${"x".repeat(9_000)}`, "line 2 is longer than 8192 bytes"],
      [Buffer.concat([Buffer.from(`${formatHeader(HEADER)}\n`), Buffer.of(0xff, 10)]), "line 2 is not UTF-8"],
    ];
    for (const [content, message] of faults) {
      writeFileSync(path, content);
      const { error } = await read(path);
      expect(error?.code).toBe("REPLAY_INVALID");
      expect(error?.message).toContain(`${path} ${message}`);
    }
    expect((await read(newPath())).error?.code).toBe("REPLAY_MISSING");
    expect((await read(folder)).error?.code).toBe("REPLAY_INVALID");
  });

  it("that ends in what a power cut leaves (zeros, half a character) keeps its whole lines", async () => {
    const path = newPath();
    for (const tail of [Buffer.alloc(4_000), Buffer.from('{"t":9,"name":"K\u00fc').subarray(0, -1)]) {
      const lines = Buffer.from(`${formatHeader(HEADER)}\n${formatAdvert(advert(), 5)}\n`);
      writeFileSync(path, Buffer.concat([lines, tail]));
      const { adverts: back, cutAt, error } = await read(path);
      expect([back.length, cutAt, error]).toEqual([1, [3], undefined]);
    }
  });

  it("is a replay whose adverts say when they were heard first", async () => {
    const path = newPath();
    const writer = await RecordingWriter.create(path, HEADER);
    for (let i = 0; i < 10; i++) writer.write(advert(), i * 1_000);
    await writer.close();
    const time = new ManualTime();
    const heard: Advert[] = [];
    const source = createReplaySource({
      name: "r",
      adverts: readRecording(path),
      speed: 10,
      clock: time,
      timers: time,
      loop: true,
    });
    await source.start((one) => heard.push(one));
    // Files are read through the thread pool: several turns may pass before the next chunk is there.
    while (heard.length < 12) {
      await time.advance(100);
      await turn();
    }
    await source.stop();
    expect(heard.slice(0, 12).map((one) => (one.takenWallMs ?? 0) - HEADER.startedWallMs)).toEqual(
      Array.from({ length: 12 }, (_, i) => i * 1_000),
    );
    expect(heard[0]?.origin).toBe("replay");
  });
});

describe("recording a source", () => {
  function fakeSource(): AdvertSource & { say(one: Advert): void; stopped: number } {
    let deliver: ((one: Advert) => void) | undefined;
    return {
      name: "fake",
      origin: "live",
      stopped: 0,
      say: (one) => deliver?.(one),
      async start(to) {
        deliver = to;
      },
      async stop() {
        this.stopped++;
        deliver = undefined;
      },
    };
  }
  async function begin(options: { count?: number; seconds?: number; signal?: AbortSignal }) {
    const time = new ManualTime();
    const source = fakeSource();
    const path = newPath();
    const progress: number[] = [];
    const onProgress = (summary: { adverts: number }) => progress.push(summary.adverts);
    let done = false;
    const recording = recordAdverts(source, path, { clock: time, timers: time, onProgress, ...options }).finally(() => {
      done = true;
    });
    while (time.waiting === 0 && !done) await turn();
    return { time, source, path, progress, recording };
  }

  it("ends after the wanted number of adverts, and stops the source", async () => {
    const { source, path, recording, time } = await begin({ count: 3 });
    for (let i = 0; i < 5; i++) source.say(advert({ heardMs: 1_000 + i }));
    expect((await recording).adverts).toBe(3);
    expect((await read(path)).adverts.map((one) => one.atMs)).toEqual([0, 1, 2]);
    expect([source.stopped, time.waiting]).toEqual([1, 0]);
  });

  it("ends after the wanted time, and tells its progress each second", async () => {
    const { time, source, path, recording, progress } = await begin({ seconds: 3 });
    for (let second = 0; second < 3; second++) {
      source.say(advert({ heardMs: time.nowMs() }));
      await time.advance(1_000);
    }
    expect((await recording).adverts).toBe(3);
    expect(progress).toEqual([1, 2, 3]);
    expect((await read(path)).adverts).toHaveLength(3);
  });

  it("ends when it is told to", async () => {
    const abort = new AbortController();
    const { source, recording } = await begin({ signal: abort.signal });
    source.say(advert({ heardMs: 1_000 }));
    abort.abort();
    expect((await recording).adverts).toBe(1);
    expect(source.stopped).toBe(1);
  });

  it("keeps out what a reader would refuse, and counts it", async () => {
    const { source, recording, path } = await begin({ count: 2 });
    source.say(advert({ address: "nobody" }));
    source.say(advert({ rssiDbm: 127 }));
    source.say(advert({ serviceData: new Map([["fcd2", new Uint8Array(1_651)]]) }));
    source.say(advert({ heardMs: 2_000, name: "\u0007bell" }));
    source.say(advert({ heardMs: 1_500 }));
    expect(await recording).toMatchObject({ adverts: 2, dropped: 3 });
    const { adverts: back, error } = await read(path);
    expect([back.map((one) => one.atMs), back[0]?.name, error]).toEqual([[1_000, 1_000], "bell", undefined]);
  });

  it("neither overwrites a file nor leaves an empty one behind when the source cannot start", async () => {
    const path = newPath();
    writeFileSync(path, "mine");
    const clock = new ManualTime();
    await expect(recordAdverts(fakeSource(), path, { clock })).rejects.toMatchObject({ code: "BAD_INPUT" });
    expect(readFileSync(path, "utf8")).toBe("mine");
    rmSync(path);
    const deaf = { ...fakeSource(), start: () => Promise.reject(new MindosError("RADIO_UNAVAILABLE", "no radio")) };
    await expect(recordAdverts(deaf, path, { clock })).rejects.toMatchObject({ code: "RADIO_UNAVAILABLE" });
    expect((await read(path)).error?.code).toBe("REPLAY_MISSING");
    const nowhere = join(folder, "none", "x");
    await expect(recordAdverts(fakeSource(), nowhere, { clock })).rejects.toMatchObject({ code: "BAD_INPUT" });
    await expect(recordAdverts(fakeSource(), path, { clock, count: 0 })).rejects.toMatchObject({ code: "BAD_INPUT" });
  });

  it("drops and counts adverts, instead of growing, when the disk cannot follow", async () => {
    const writer = await RecordingWriter.create(newPath(), HEADER);
    const big = advert({ serviceData: new Map([["fcd2", new Uint8Array(1_600)]]) });
    let taken = 0;
    // All in one turn: nothing can reach the disk meanwhile.
    for (let i = 0; i < 1_000; i++) if (writer.write(big, i)) taken++;
    const summary = await writer.close();
    expect(taken).toBeGreaterThan(250);
    expect(summary).toMatchObject({ adverts: taken, dropped: 1_000 - taken });
    expect(summary.dropped).toBeGreaterThan(500);
  });

  it("of a replay keeps the time at which the readings were taken", async () => {
    const time = new ManualTime();
    const path = newPath();
    const adverts = [];
    for await (const one of moteAdverts({ motes: [1], toReading: 3 })) adverts.push(one);
    const source = createReplaySource({ name: "motes", adverts, speed: 1_000, clock: time, timers: time });
    const recording = recordAdverts(source, path, { clock: time, timers: time, count: 3 });
    let done = false;
    void recording.then(() => {
      done = true;
    });
    while (!done) await time.advance(5);
    expect((await read(path)).adverts.map((one) => one.takenWallMs)).toEqual(adverts.map((one) => one.takenWallMs));
  });
});
