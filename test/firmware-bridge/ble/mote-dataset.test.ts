import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { addressOfMote, labelledEvents, moteAdverts, sensorOfMote } from "../../../firmware-bridge/ble/mote-adverts.js";
import { loadMoteSeries, type MoteId, moteDataPath, parseMoteRow } from "../../../firmware-bridge/ble/mote-dataset.js";
import type { TimedAdvert } from "../../../firmware-bridge/ble/replay-source.js";
import { bytesToHex } from "../../../runtime/core/bytes.js";

const folder = mkdtempSync(join(tmpdir(), "mindos-motes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HEADER = "reading,mote_id,indoor,humidity,temperature,label";
function file(...lines: string[]): string {
  const path = join(folder, "data.csv");
  writeFileSync(path, lines.join("\n"));
  return path;
}
async function all(adverts: AsyncIterable<TimedAdvert>): Promise<TimedAdvert[]> {
  const list: TimedAdvert[] = [];
  for await (const advert of adverts) list.push(advert);
  return list;
}

describe("the installed mote data", () => {
  it("have four motes, every reading of which is there", async () => {
    const series = await loadMoteSeries();
    expect(series.map((one) => [one.mote, one.length])).toEqual([
      [1, 4417],
      [2, 4417],
      [3, 5039],
      [4, 5041],
    ]);
    expect(series[0]?.temperatureHundredths[0]).toBe(27_97);
    expect(series[3]?.humidityHundredths[5040]).toBe(46_72);
  });

  it("label one event of mote 1 and one of mote 4", async () => {
    const start = Date.UTC(2010, 4, 9);
    expect(await labelledEvents()).toEqual([
      { sensor: sensorOfMote(1), startWallMs: start + 2343 * 5_000, endWallMs: start + 2459 * 5_000 },
      { sensor: sensorOfMote(4), startWallMs: start + 2361 * 5_000, endWallMs: start + 2392 * 5_000 },
    ]);
    expect(await labelledEvents([2, 3])).toEqual([]);
  });

  it("become the adverts that the motes would have sent, interleaved by time", async () => {
    const adverts = await all(moteAdverts({ motes: [1, 4], fromReading: 4416, toReading: 4419 }));
    expect(adverts.map((advert) => `${advert.name} ${advert.atMs}`)).toEqual([
      "mote 1 22075000",
      "mote 4 22075000",
      "mote 1 22080000",
      "mote 4 22080000",
      "mote 4 22085000",
      "mote 4 22090000",
    ]);
    const [first] = await all(moteAdverts({ motes: [1], toReading: 1 }));
    // Device information, packet id 1, 27.97 Cel, 45.93 %.
    expect(bytesToHex(first?.serviceData.get("fcd2") ?? new Uint8Array())).toBe("40000102ed0a03f111");
    expect(first?.takenWallMs).toBe(Date.UTC(2010, 4, 9));
  });

  it("are the same every time, with a strength and a static random address of each mote's own", async () => {
    const options = { fromReading: 100, toReading: 200 };
    const adverts = await all(moteAdverts(options));
    expect(await all(moteAdverts(options))).toEqual(adverts);
    const strengths = new Map<string, number[]>();
    for (const { address, rssiDbm } of adverts) strengths.set(address, [...(strengths.get(address) ?? []), rssiDbm]);
    expect([...strengths.keys()]).toEqual(([1, 2, 3, 4] as MoteId[]).map(addressOfMote));
    let mote = 0;
    for (const [address, values] of strengths) {
      expect(Number.parseInt(address.slice(0, 2), 16) & 0xc0).toBe(0xc0);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(-60 - 6 * mote);
      expect(Math.max(...values)).toBeLessThanOrEqual(-56 - 6 * mote);
      mote++;
    }
  });

  it("are encrypted for a mote that has a key, with the reading as counter", async () => {
    const keyOf = (mote: MoteId) => (mote === 2 ? new Uint8Array(16).fill(7) : undefined);
    const [plain, sealed] = await all(moteAdverts({ motes: [1, 2], fromReading: 300, toReading: 300, keyOf }));
    expect(plain?.serviceData.get("fcd2")?.[0]).toBe(0x40);
    const data = bytesToHex(sealed?.serviceData.get("fcd2") ?? new Uint8Array());
    expect(data).toMatch(/^41.{16}2c010000.{8}$/);
  });

  it("refuse motes and readings that they do not have", async () => {
    for (const options of [
      { motes: [5 as MoteId] },
      { motes: [] },
      { fromReading: 0 },
      { fromReading: 9_999 },
      { fromReading: 5, toReading: 4 },
    ]) {
      await expect(all(moteAdverts(options))).rejects.toMatchObject({ code: "BAD_INPUT" });
    }
  });
});

describe("a file of mote data", () => {
  it("that is not there is REPLAY_MISSING", async () => {
    await expect(loadMoteSeries([1], join(folder, "none.csv"))).rejects.toMatchObject({ code: "REPLAY_MISSING" });
    expect(moteDataPath()).toMatch(/data\.csv$/);
  });

  it("with a fault is REPLAY_INVALID, and names the file and the line", async () => {
    const good = ["1,1,1,45.93,27.97,0", "2,1,1,45.9,27.95,0"];
    const faults: [string[], string][] = [
      [[...good], "line 1 is not the header"],
      [[HEADER, good[1] ?? ""], "line 2 has reading 2 where 1 is due"],
      [[HEADER, ...good, good[1] ?? ""], "line 4 has reading 2 where 3 is due"],
      [[HEADER, ...good, ""], ""],
      [[HEADER, ...good, "", ""], "line 4 is not reading,mote"],
      [[HEADER, ...good, "3,1,1,45.9"], "line 4 is not reading,mote"],
      [[HEADER, "1,1,1,101,20,0"], "line 2 has a humidity of 101 %"],
      [[HEADER, "1,1,1,45,123.81,0"], "line 2 has a temperature of 123.81 Cel"],
      [[HEADER, "x".repeat(200)], "line 2 is longer than 128 bytes"],
      [[HEADER, "1,2,1,45.93,27.97,0"], "has no readings of mote 1"],
      [[], "has no readings of mote 1"],
    ];
    for (const [lines, message] of faults) {
      const path = file(...lines);
      if (message === "") expect((await loadMoteSeries([1], path))[0]?.length).toBe(2);
      else {
        await expect(loadMoteSeries([1], path)).rejects.toMatchObject({
          code: "REPLAY_INVALID",
          message: expect.stringContaining(message),
        });
        await expect(loadMoteSeries([1], path)).rejects.toThrow(path);
      }
    }
    await expect(loadMoteSeries([1], folder)).rejects.toMatchObject({ code: "REPLAY_INVALID" });
  });

  it("cut anywhere gives readings or REPLAY_INVALID, never nonsense", async () => {
    const text = [HEADER, "1,1,1,45.93,27.97,0", "2,1,1,45.9,27.95,1", ""].join("\n");
    for (let cut = 0; cut < text.length; cut++) {
      const outcome = await loadMoteSeries([1], file(text.slice(0, cut))).then(
        ([series]) => series?.length,
        (error: { code: string }) => error.code,
      );
      expect([1, 2, "REPLAY_INVALID"]).toContain(outcome);
    }
  });
});

describe("a row", () => {
  it("is read to the hundredth", () => {
    expect(parseMoteRow("2344,1,1,45.9,-0.07,1")).toEqual({
      reading: 2344,
      mote: 1,
      indoor: true,
      humidityHundredths: 45_90,
      temperatureHundredths: -7,
      event: true,
    });
  });

  it("with anything else in it is refused", () => {
    for (const text of [
      "",
      "1,1,1,1,1",
      "1,1,1,1,1,1,1",
      "1,5,1,1,1,1",
      "0,1,1,1,1,1",
      "1,1,2,1,1,1",
      "1,1,1,1e1,1,1",
      "1,1,1,+1,1,1",
      " 1,1,1,1,1,1",
      "1,1,1,1.234,1,1",
      "1,1,1,NaN,1,1",
      "99999,1,1,1,1,1",
    ]) {
      expect(() => parseMoteRow(text), text).toThrow(RangeError);
    }
  });
});
