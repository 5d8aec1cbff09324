import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanName, fitsAdvert, isAddress, isRssi, shortUuid } from "../../../firmware-bridge/ble/advert-limits.js";
import { BluezDevices } from "../../../firmware-bridge/ble/bluez-devices.js";
import {
  parseAdapterPath,
  parseDevicePath,
  parseDeviceProperties,
} from "../../../firmware-bridge/ble/bluez-properties.js";
import { createCounters } from "../../../runtime/core/counters.js";

/** As dbus-next gives a variant. */
const variant = (value: unknown, signature = "?") => ({ signature, value });
const path = (index: number, adapter = "hci0") =>
  `/org/bluez/${adapter}/dev_C0_00_00_00_${(index >> 8).toString(16).padStart(2, "0")}_${(index & 255).toString(16).padStart(2, "0")}`
    .toUpperCase()
    .replace("/ORG/BLUEZ/HCI", "/org/bluez/hci")
    .replace("/DEV_", "/dev_");

describe("a UUID", () => {
  it("in the Bluetooth base range is its 16-bit short form, any other its lower-case self", () => {
    expect(shortUuid("0000FCD2-0000-1000-8000-00805F9B34FB")).toBe("fcd2");
    expect(shortUuid("FCD2")).toBe("fcd2");
    // 32-bit: the upper half would be lost.
    expect(shortUuid("1000fcd2-0000-1000-8000-00805f9b34fb")).toBe("1000fcd2-0000-1000-8000-00805f9b34fb");
    expect(shortUuid("F000AA00-0451-4000-B000-000000000000")).toBe("f000aa00-0451-4000-b000-000000000000");
    for (const bad of ["", "fcd", "fcd2x", "0000fcd2-0000-1000-8000", "__proto__"])
      expect(shortUuid(bad)).toBeUndefined();
  });
});

describe("a name", () => {
  it("loses what would play tricks on a terminal or page", () => {
    expect(cleanName("  cel\u001b[31mlar\u202e\u200b ")).toBe("cel[31mlar");
    expect(cleanName("Küche 温度 🌡")).toBe("Küche 温度 🌡");
    for (const bad of ["", " ", "\u0000\u0007", "x".repeat(249), 7, null]) expect(cleanName(bad)).toBeUndefined();
  });
});

describe("an object path", () => {
  it("of a device or an adapter is told from any other", () => {
    expect(parseDevicePath("/org/bluez/hci1/dev_A4_C1_38_0B_5E_ED")).toEqual({
      adapter: "hci1",
      address: "A4:C1:38:0B:5E:ED",
    });
    expect(parseAdapterPath("/org/bluez/hci1")).toBe("hci1");
    for (const other of [
      "/org/bluez",
      "/org/bluez/hci0/dev_A4_C1_38_0B_5E_ED/service0001",
      "/org/bluez/hci0/dev_a4",
      5,
      undefined,
    ]) {
      expect(parseDevicePath(other)).toBeUndefined();
      expect(parseAdapterPath(other)).toBeUndefined();
    }
  });
});

describe("device properties", () => {
  it("whatever they are, give values that an advert may hold, and never an exception", () => {
    const anything = fc.anything({ withMap: true, withNullPrototype: true, withTypedArray: true, withBigInt: true });
    const value = fc.oneof(
      anything,
      anything.map((inner) => variant(inner)),
      fc
        .dictionary(
          fc.string(),
          fc.uint8Array().map((bytes) => variant(bytes)),
        )
        .map((data) => variant(data)),
    );
    const properties = fc.oneof(
      anything,
      fc.dictionary(
        fc.constantFrom("Address", "RSSI", "Name", "Alias", "ServiceData", "ManufacturerData", "__proto__"),
        value,
      ),
    );
    fc.assert(
      fc.property(properties, (input) => {
        const patch = parseDeviceProperties(input, () => {});
        if (patch.address !== undefined) expect(isAddress(patch.address)).toBe(true);
        if (patch.rssiDbm !== undefined) expect(isRssi(patch.rssiDbm)).toBe(true);
        if (patch.name !== undefined) expect(cleanName(patch.name)).toBe(patch.name);
        for (const uuid of patch.serviceData?.keys() ?? []) expect(shortUuid(uuid)).toBe(uuid);
        for (const company of patch.manufacturerData?.keys() ?? []) expect(company).toBe(company & 0xffff);
      }),
      { numRuns: 500 },
    );
  });

  it("are copied, so that a cached advert does not keep a whole message in memory", () => {
    const message = Buffer.alloc(65_536);
    const { manufacturerData } = parseDeviceProperties(
      { ManufacturerData: variant({ "76": variant(message.subarray(10, 14)) }) },
      () => {},
    );
    expect(manufacturerData?.get(76)?.buffer.byteLength).toBe(4);
  });

  it("with an alias that BlueZ made up have no name", () => {
    const none = () => {};
    expect(parseDeviceProperties({ Alias: variant("A4-C1-38-0B-5E-ED") }, none).name).toBeUndefined();
    expect(parseDeviceProperties({ Alias: variant("attic"), Name: variant("ATC_0B5EED") }, none).name).toBe(
      "ATC_0B5EED",
    );
    expect(parseDeviceProperties({ Alias: variant("attic") }, none).name).toBe("attic");
  });
});

describe("devices", () => {
  const rssi = { RSSI: variant(-50) };

  it("are forgotten, the one heard longest ago first, when there are more than the bound", () => {
    const counters = createCounters();
    const devices = new BluezDevices(counters);
    devices.updated(path(0), { ...rssi, Name: variant("first") }, [], 1);
    devices.updated(path(1), { ...rssi, Name: variant("second") }, [], 1);
    for (let i = 2; i < 1_024; i++) devices.updated(path(i), rssi, [], 2);
    expect(devices.updated(path(0), rssi, [], 3)?.name).toBe("first");
    devices.updated(path(1_024), rssi, [], 4);
    expect(counters.snapshot()).toEqual({ "ble.device-forgotten": 1 });
    expect(devices.updated(path(0), rssi, [], 5)?.name).toBe("first");
    expect(devices.updated(path(1), rssi, [], 5)?.name).toBeUndefined();
  });

  it("take their address from the path until BlueZ says another (a resolved private address)", () => {
    const devices = new BluezDevices(createCounters());
    expect(devices.updated(path(7), rssi, [], 1)?.address).toBe("C0:00:00:00:00:07");
    expect(devices.updated(path(7), { ...rssi, Address: variant("A4:C1:38:0B:5E:ED") }, [], 2)?.address).toBe(
      "A4:C1:38:0B:5E:ED",
    );
    expect(devices.updated(path(7), rssi, [], 3)?.address).toBe("A4:C1:38:0B:5E:ED");
  });

  it("whose data together are more than one advert holds are counted and not delivered", () => {
    const counters = createCounters();
    const devices = new BluezDevices(counters);
    const half = variant({ "76": variant(new Uint8Array(900)) });
    const other = variant({ fcd2: variant(new Uint8Array(900)) });
    expect(devices.updated(path(1), { ...rssi, ManufacturerData: half }, [], 1)).toBeDefined();
    expect(devices.updated(path(1), { ServiceData: other }, [], 2)).toBeUndefined();
    expect(counters.snapshot()).toEqual({ "ble.advert-too-large": 1 });
    expect(fitsAdvert(new Map(), new Map(Array.from({ length: 33 }, (_, i) => [i, new Uint8Array()])))).toBe(false);
  });
});
