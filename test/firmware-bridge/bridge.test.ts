import { createCipheriv } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  type Bridge,
  type BridgeOptions,
  type BridgeOutput,
  createBridge,
  type PersistCounter,
} from "../../firmware-bridge/bridge.js";
import { decoders } from "../../firmware-bridge/decoders/registry.gen.js";
import type { Advert } from "../../runtime/core/advert.js";
import { concatBytes, hexToBytes } from "../../runtime/core/bytes.js";
import { createCounters } from "../../runtime/core/counters.js";
import type { Decoder } from "../../runtime/core/decoder.js";
import type { SensorId } from "../../runtime/core/ids.js";
import { decryptCcm } from "../../runtime/io/aes-ccm.js";

const CELLAR = "A4:C1:38:8D:18:B2";
const LOCKED = "54:48:E6:8F:80:A5";
const lockedId = "ble:5448e68f80a5" as SensorId;
const key = hexToBytes("231d39c1d7cc1ab1aee224cd096db932");
const WALL_MS = 1_700_000_000_000;

function advert(address: string, hex: string, more: Partial<Advert> = {}): Advert {
  return {
    address,
    rssiDbm: -60,
    heardMs: 0,
    origin: "live",
    serviceData: new Map([["fcd2", hexToBytes(hex)]]),
    manufacturerData: new Map(),
    ...more,
  };
}

/** As the sensor at LOCKED sends it. */
function encrypted(counter: number, objects: string, more: Partial<Advert> = {}): Advert {
  const counterBytes = new Uint8Array(4);
  new DataView(counterBytes.buffer).setUint32(0, counter, true);
  const nonce = concatBytes(hexToBytes("5448e68f80a5d2fc41"), counterBytes);
  const cipher = createCipheriv("aes-128-ccm", key, nonce, { authTagLength: 4 });
  const ciphertext = concatBytes(cipher.update(hexToBytes(objects)), cipher.final());
  const data = concatBytes(new Uint8Array([0x41]), ciphertext, counterBytes, cipher.getAuthTag());
  return advert(LOCKED, "", { serviceData: new Map([["fcd2", data]]), ...more });
}

function setUp(options: Partial<BridgeOptions> = {}) {
  const counters = createCounters();
  const bridge = createBridge({
    decoders,
    decryptCcm,
    counters,
    sensors: [
      { address: CELLAR, name: "Cellar", place: "cellar" },
      { address: LOCKED, key },
    ],
    ...options,
  });
  return { bridge, counters };
}

/** A store that is done at once. */
function stored(bridge: Bridge, output: BridgeOutput, nowMs: number): BridgeOutput["readings"] {
  const readings = [...output.readings];
  for (let next = output.persistCounter; next; ) {
    const more = bridge.counterPersisted(next, nowMs);
    readings.push(...more.readings);
    next = more.persistCounter;
  }
  return readings;
}

describe("an advert of a configured sensor", () => {
  test("becomes readings with place, time, sequence and strength", () => {
    const { bridge } = setUp();
    const heard = advert(CELLAR, "40000902ca0903bf13", { heardMs: 900, rssiDbm: -71 });
    const { readings, firstHeard } = bridge.onAdvert(heard, 1_000, WALL_MS);
    const common = {
      sensor: "ble:a4c1388d18b2",
      index: 0,
      wallMs: WALL_MS - 100,
      sequence: 9,
      rssiDbm: -71,
      origin: "live",
      place: "cellar",
    };
    expect(readings).toStrictEqual([
      { ...common, quantity: "temperature", value: 25.06 },
      { ...common, quantity: "humidity", value: 50.55 },
    ]);
    expect(firstHeard).toMatchObject({ name: "Cellar", format: "bthome-v2", stale: false, silentMs: 0 });
  });

  test("is first heard once", () => {
    const { bridge } = setUp();
    expect(bridge.unheard().map((sensor) => sensor.name)).toEqual(["Cellar", LOCKED]);
    expect(bridge.onAdvert(advert(CELLAR, "400161"), 0, WALL_MS).firstHeard).toBeDefined();
    expect(bridge.onAdvert(advert(CELLAR, "400160"), 5_000, WALL_MS).firstHeard).toBeUndefined();
    expect(bridge.unheard().map((sensor) => sensor.name)).toEqual([LOCKED]);
  });

  test("carries the time at which it was taken when it is replayed", () => {
    const { bridge } = setUp();
    const replayed = advert(CELLAR, "400161", { origin: "replay", takenWallMs: 1_274_000_000_000 });
    expect(bridge.onAdvert(replayed, 0, WALL_MS).readings[0]).toMatchObject({
      wallMs: 1_274_000_000_000,
      origin: "replay",
    });
  });

  test("is understood by its 128-bit UUID too, and whatever the address's case", () => {
    const { bridge } = setUp();
    const long = new Map([["0000fcd2-0000-1000-8000-00805f9b34fb", hexToBytes("400161")]]);
    expect(bridge.onAdvert(advert(CELLAR.toLowerCase(), "", { serviceData: long }), 0, WALL_MS).readings).toHaveLength(
      1,
    );
  });

  test("heard by three adapters and repeated by the sensor gives its readings once", () => {
    const { bridge, counters } = setUp();
    let readings = 0;
    for (const nowMs of [0, 3, 11, 1_000, 1_004, 2_000])
      readings += bridge.onAdvert(advert(CELLAR, "4000093a01"), nowMs, WALL_MS).readings.length;
    expect(readings).toBe(1);
    expect(counters.snapshot()).toEqual({ "advert.accepted": 1, "advert.duplicate": 5 });
  });

  test("gives what came before an object that is not known, and counts it", () => {
    const { bridge, counters } = setUp();
    expect(bridge.onAdvert(advert(CELLAR, "400161fe01"), 0, WALL_MS).readings).toHaveLength(1);
    expect(counters.snapshot()["advert.unknownObject"]).toBe(1);
  });

  test("gives 64 readings at most", () => {
    const { bridge, counters } = setUp();
    expect(bridge.onAdvert(advert(CELLAR, `40${"0161".repeat(100)}`), 0, WALL_MS).readings).toHaveLength(64);
    expect(counters.snapshot()["advert.readingsDropped"]).toBe(36);
    expect(bridge.sensors(0)[0]?.latest.length).toBeLessThanOrEqual(32);
  });
});

describe("what is dropped is counted by its reason", () => {
  const cases: readonly [string, Advert][] = [
    ["advert.unknownFormat", advert(CELLAR, "", { serviceData: new Map([["feaa", new Uint8Array(4)]]) })],
    [
      "advert.unknownFormat",
      advert(CELLAR, "", { serviceData: new Map(), manufacturerData: new Map([[0x0499, new Uint8Array([3])]]) }),
    ],
    ["advert.badAddress", advert("not-an-address", "400161")],
    ["advert.badAddress", advert("", "400161")],
    ["advert.TRUNCATED", advert(CELLAR, "4001")],
    ["advert.BAD_VERSION", advert(CELLAR, "000161")],
    ["advert.UNKNOWN_OBJECT_ID", advert(CELLAR, "40fe01")],
    ["advert.BAD_VALUE", advert(CELLAR, "405301ff")],
    ["advert.KEY_NEEDED", advert(CELLAR, "41e445f3c9962b332211006c7c4519")],
    ["advert.KEY_WRONG", advert(LOCKED, "41e445f3c9962b332211006c7c4510")],
    ["advert.NOT_ENCRYPTED", advert(LOCKED, "400161")],
    ["advert.tooLong", advert(CELLAR, "", { serviceData: new Map([["fcd2", new Uint8Array(1_651)]]) })],
    ["advert.candidate", advert("00:00:00:00:00:01", "400161")],
  ];
  test.each(cases)("%s", (reason, heard) => {
    const { bridge, counters } = setUp();
    expect(bridge.onAdvert(heard, 0, WALL_MS)).toMatchObject({ readings: [], dropped: reason });
    expect(counters.snapshot()).toEqual({ [reason]: 1 });
    expect(bridge.sensors(0)).toEqual([]);
  });

  test("a sensor with a key is refused in formats that cannot encrypt", () => {
    const { bridge } = setUp();
    const ruuvi = hexToBytes("0512fc5394c37c0004fffc040cac364200cdcbb8334c884f");
    const heard = advert(LOCKED, "", { serviceData: new Map(), manufacturerData: new Map([[0x0499, ruuvi]]) });
    expect(bridge.onAdvert(heard, 0, WALL_MS).dropped).toBe("advert.NOT_ENCRYPTED");
  });

  test("one format's failure does not hide another's value in the same advert", () => {
    const { bridge } = setUp();
    const ruuvi = hexToBytes("0512fc5394c37c0004fffc040cac364200cdcbb8334c884f");
    const both = advert(CELLAR, "4001", { manufacturerData: new Map([[0x0499, ruuvi]]) });
    expect(bridge.onAdvert(both, 0, WALL_MS).readings).toHaveLength(9);
  });

  test("a decoder's own bug is not hidden as a drop", () => {
    const broken: Decoder = {
      ...decoders[0],
      decode: () => {
        throw new TypeError("bug");
      },
    };
    const { bridge } = setUp({ decoders: [broken] });
    expect(() => bridge.onAdvert(advert(CELLAR, "400161"), 0, WALL_MS)).toThrow(TypeError);
  });
});

describe("an encrypted sensor", () => {
  test("is given out once its counter is stored", () => {
    const { bridge, counters } = setUp();
    const output = bridge.onAdvert(encrypted(100, "0161"), 0, WALL_MS);
    expect(output.readings).toEqual([]);
    expect(output.persistCounter?.ceiling.counter).toBeGreaterThan(100);
    expect(counters.snapshot()["advert.held"]).toBe(1);
    expect(stored(bridge, output, 3)).toMatchObject([
      { sensor: lockedId, quantity: "battery", value: 97, sequence: 100 },
    ]);
    expect(bridge.onAdvert(encrypted(101, "0160"), 2_000, WALL_MS).readings).toHaveLength(1);
  });

  test("is refused when an old advert is sent again, whatever was heard in between", () => {
    const { bridge, counters } = setUp();
    stored(bridge, bridge.onAdvert(encrypted(100, "3a01"), 0, WALL_MS), 0);
    stored(bridge, bridge.onAdvert(encrypted(101, "3a00"), 20_000, WALL_MS), 0);
    for (const counter of [1, 100, 101]) {
      const replayed = bridge.onAdvert(encrypted(counter, "3a01"), 60_000, WALL_MS);
      expect(replayed).toMatchObject({ readings: [], dropped: "advert.replayed" });
    }
    expect(counters.snapshot()["advert.replayed"]).toBe(3);
  });

  test("heard by another adapter is a duplicate, not an attack", () => {
    const { bridge } = setUp();
    bridge.onAdvert(encrypted(100, "3a01"), 0, WALL_MS);
    expect(bridge.onAdvert(encrypted(100, "3a01"), 20, WALL_MS).dropped).toBe("advert.duplicate");
  });

  test("that repeats one event under new counters gives it once, and none of the copies can be replayed", () => {
    const { bridge } = setUp();
    let readings = 0;
    for (let i = 0; i < 20; i++)
      readings += stored(bridge, bridge.onAdvert(encrypted(100 + i, "00073a01"), i * 100, WALL_MS), 0).length;
    expect(readings).toBe(1);
    for (let i = 0; i < 20; i++)
      expect(bridge.onAdvert(encrypted(100 + i, "00073a01"), 600_000, WALL_MS).dropped).toBe("advert.replayed");
  });

  test("cannot be replayed after a restart, and a restart in order loses no advert", () => {
    const { bridge } = setUp();
    const output = bridge.onAdvert(encrypted(100, "0161"), 0, WALL_MS);
    stored(bridge, output, 0);
    const afterCrash = setUp({ replayCounters: new Map([[lockedId, output.persistCounter!.ceiling.counter]]) }).bridge;
    expect(afterCrash.onAdvert(encrypted(100, "0161"), 0, WALL_MS).dropped).toBe("advert.replayed");

    const [settled] = bridge.stop(1_000);
    expect(settled).toMatchObject({ sensor: lockedId, ceiling: { counter: 100 } });
    const afterStop = setUp({ replayCounters: new Map([[lockedId, settled!.ceiling.counter]]) }).bridge;
    expect(afterStop.onAdvert(encrypted(100, "0161"), 0, WALL_MS).dropped).toBe("advert.replayed");
    expect(stored(afterStop, afterStop.onAdvert(encrypted(101, "0161"), 1, WALL_MS), 1)).toHaveLength(1);
  });

  test("holds eight adverts at most while the store is stuck, and asks again", () => {
    const { bridge, counters } = setUp();
    const asked: PersistCounter[] = [];
    for (let i = 0; i < 12; i++) {
      const { readings, persistCounter } = bridge.onAdvert(encrypted(100 + i, `01${10 + i}`), i * 1_000, WALL_MS);
      expect(readings).toEqual([]);
      if (persistCounter) asked.push(persistCounter);
    }
    asked.push(...bridge.tick(12_000));
    expect(asked).toHaveLength(2);
    expect(counters.snapshot()).toMatchObject({ "advert.held": 12, "advert.heldDropped": 4 });
    expect(bridge.counterPersisted(asked[0]!, 12_000).readings).toEqual([]);
    const released = stored(bridge, { readings: [], persistCounter: asked[1] }, 12_000);
    expect(released.map((reading) => reading.sequence)).toEqual([104, 105, 106, 107, 108, 109, 110, 111]);
  });

  test("counts anew after its owner says so", () => {
    const { bridge } = setUp({ replayCounters: new Map([[lockedId, 90_000]]) });
    expect(bridge.onAdvert(encrypted(1, "0161"), 0, WALL_MS).dropped).toBe("advert.replayed");
    const reset = bridge.resetCounter(lockedId, 1);
    expect(reset?.ceiling.counter).toBe(-1);
    stored(bridge, { readings: [], persistCounter: reset }, 2);
    expect(stored(bridge, bridge.onAdvert(encrypted(2, "0161"), 3, WALL_MS), 3)).toHaveLength(1);
    expect(bridge.resetCounter("ble:000000000000" as SensorId, 4)).toBeUndefined();
  });

  test("is not touched by forgeries: neither counter nor silence", () => {
    const { bridge } = setUp();
    stored(bridge, bridge.onAdvert(encrypted(100, "0161"), 0, WALL_MS), 0);
    const forged = hexToBytes("41e445f3c9962bffffffff00000000");
    for (let i = 0; i < 100; i++)
      expect(
        bridge.onAdvert(advert(LOCKED, "", { serviceData: new Map([["fcd2", forged]]) }), 1_000 + i, WALL_MS).dropped,
      ).toBe("advert.KEY_WRONG");
    expect(bridge.sensors(10_000)[0]?.silentMs).toBe(10_000);
    expect(bridge.onAdvert(encrypted(101, "0160"), 10_000, WALL_MS).readings).toHaveLength(1);
  });
});

describe("the list of sensors", () => {
  test("shows the latest value of each quantity over adverts that take turns, and who is stale", () => {
    const { bridge } = setUp();
    for (let i = 0; i < 20; i++)
      bridge.onAdvert(advert(CELLAR, i % 2 ? "400161" : `4057${(20 + i).toString(16)}`), i * 10_000, WALL_MS);
    const [cellar] = bridge.sensors(200_000);
    expect(cellar).toMatchObject({ place: "cellar", silentMs: 10_000, stale: false, encrypted: false, rssiDbm: -60 });
    expect(cellar?.latest).toEqual([
      { quantity: "temperature", value: 38, index: 0 },
      { quantity: "battery", value: 97, index: 0 },
    ]);
    expect(bridge.sensors(190_000 + 70_001)[0]?.stale).toBe(true);
  });

  test("names a sensor as its owner did, or as it calls itself without control characters, or by its address", () => {
    const { bridge } = setUp({ sensors: [{ address: CELLAR, name: "Cellar" }, { address: LOCKED }] });
    bridge.onAdvert(advert(CELLAR, "400161", { name: "ATC_8D18B2" }), 0, WALL_MS);
    bridge.onAdvert(advert(LOCKED, "400161"), 0, WALL_MS);
    expect(bridge.sensors(0).map((sensor) => sensor.name)).toEqual(["Cellar", LOCKED]);
    bridge.onAdvert(advert(LOCKED, "400160", { name: `\u001b[2Jplant${"!".repeat(300)}` }), 2_000, WALL_MS);
    expect(bridge.sensors(0)[1]?.name).toBe(`\ufffd[2Jplant${"!".repeat(55)}`);
  });
});

describe("unknown addresses", () => {
  const stranger = (n: number): string =>
    n
      .toString(16)
      .padStart(12, "0")
      .replace(/..(?!$)/g, "$&:");

  test("are believed when heard three times", () => {
    const { bridge } = setUp();
    const at = (nowMs: number) => bridge.onAdvert(advert(stranger(7), "400161"), nowMs, WALL_MS);
    expect([at(0).dropped, at(1_000).dropped]).toEqual(["advert.candidate", "advert.candidate"]);
    expect(at(2_000)).toMatchObject({ firstHeard: { sensor: "ble:000000000007" }, readings: [{ value: 97 }] });
  });

  test("hold nothing when they were never decoded", () => {
    const { bridge } = setUp();
    const empty = bridge.size;
    for (let n = 0; n < 5_000; n++)
      bridge.onAdvert(advert(stranger(n), n % 2 ? "41e445f3c9962b332211006c7c4519" : "40fe"), n, WALL_MS);
    expect(bridge.size).toBe(empty);
  });

  test("by the ten thousand a minute neither grow the tables nor push out or hide anybody", () => {
    const { bridge } = setUp();
    for (let i = 0; i < 3; i++) bridge.onAdvert(advert(stranger(1), "400161"), i, WALL_MS);
    let readings = 0;
    for (let n = 0; n < 30_000; n++) {
      const nowMs = n * 6;
      readings += bridge.onAdvert(advert(stranger(1_000 + n), "400161"), nowMs, WALL_MS).readings.length;
      if (n % 500 === 0) {
        const battery = (n / 500 + 1).toString(16).padStart(2, "0");
        expect(bridge.onAdvert(advert(CELLAR, `4001${battery}`), nowMs, WALL_MS).readings).toHaveLength(1);
        expect(bridge.onAdvert(advert(stranger(1), `4001${battery}`), nowMs, WALL_MS).readings).toHaveLength(1);
      }
      // A new sensor that sends every five seconds is found all the same.
      if (n % 833 === 0) readings += bridge.onAdvert(advert(stranger(2), "400161"), nowMs, WALL_MS).readings.length;
    }
    expect(bridge.size).toBeLessThanOrEqual(2 + 256 + 1_024);
    expect(bridge.sensors(180_000).map((sensor) => sensor.sensor)).toEqual([
      "ble:a4c1388d18b2",
      "ble:000000000001",
      "ble:000000000002",
    ]);
    expect(readings).toBe(Math.ceil(30_000 / 833) - 2);
  });

  test("find no place in a full table until somebody there has been silent for a day", () => {
    const { bridge } = setUp({ limits: { establishedMax: 2 } });
    const settle = (n: number, nowMs: number) => {
      let last: BridgeOutput | undefined;
      for (let i = 0; i < 3; i++) last = bridge.onAdvert(advert(stranger(n), "400161"), nowMs + i * 1_000, WALL_MS);
      return last!;
    };
    expect([settle(1, 0).dropped, settle(2, 0).dropped, settle(3, 0).dropped]).toEqual([
      undefined,
      undefined,
      "advert.tableFull",
    ]);
    settle(2, 86_400_000);
    settle(3, 86_500_000);
    expect(bridge.sensors(86_500_000).map((sensor) => sensor.sensor)).toEqual(["ble:000000000002", "ble:000000000003"]);
  });
});

test.each([
  ["an address that is none", [{ address: "cellar" }]],
  ["an address that comes twice", [{ address: CELLAR }, { address: CELLAR.toLowerCase() }]],
  ["a key of another length", [{ address: CELLAR, key: new Uint8Array(15) }]],
])("%s in the settings is refused at the start", (_, sensors) => {
  expect(() => setUp({ sensors })).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
});

test("more sensors than the table has places for are refused at the start", () => {
  const sensors = [{ address: CELLAR }, { address: LOCKED }];
  expect(() => setUp({ sensors, limits: { configuredMax: 1 } })).toThrow(
    expect.objectContaining({ code: "CONFIG_INVALID" }),
  );
});
