/** The live source against a real D-Bus daemon and a bluetoothd made for the test. Needs dbus-daemon. */
import dbus, { type MessageBus, Variant } from "dbus-next";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type BluezSourceOptions, createBluezSource } from "../../firmware-bridge/ble/bluez-source.js";
import { loadDbusCodec, MESSAGE_TYPE } from "../../firmware-bridge/ble/dbus-codec.js";
import { openTransport } from "../../firmware-bridge/ble/dbus-transport.js";
import type { Advert, AdvertSource } from "../../runtime/core/advert.js";
import { bytesToHex } from "../../runtime/core/bytes.js";
import { createCounters } from "../../runtime/core/counters.js";
import { MindosError } from "../../runtime/core/errors.js";
import {
  ADAPTER,
  adapter,
  DEVICE,
  devicePath,
  deviceProperties,
  FakeBluez,
  type FakeBluezOptions,
  FakeBus,
} from "../fakes/fake-bluez.js";

const ADDRESS = "A4:C1:38:0B:5E:ED";
const PATH = devicePath(ADDRESS);
const BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb";
const SENSOR = { address: ADDRESS, rssi: -61, name: "cellar", serviceData: { [BTHOME]: [0x40, 2, 0xc4, 9] } };

const clock = { nowMs: () => performance.now(), wallMs: () => Date.now() };
/** Retries come at once, so that a test does not wait for a backoff made for people. */
const quickTimers = {
  set: (run: () => void) => setTimeout(run, 20),
  clear: (handle: unknown) => clearTimeout(handle as NodeJS.Timeout),
};

describe("live adverts through BlueZ", () => {
  let bus: FakeBus;
  let bluez: FakeBluez;
  let source: AdvertSource;
  let counters = createCounters();
  let heard: Advert[] = [];
  let states: [boolean, string][] = [];

  beforeEach(async () => {
    bus = await FakeBus.start();
    counters = createCounters();
    heard = [];
    states = [];
  });
  afterEach(async () => {
    await source?.stop();
    bluez?.stop();
    await bus.stop();
  });

  const create = (options: Partial<BluezSourceOptions> = {}) => {
    source = createBluezSource({
      clock,
      counters,
      address: bus.address,
      timers: quickTimers,
      callTimeoutMs: 5_000,
      onState: (listening, note) => states.push([listening, note]),
      ...options,
    });
    return source.start((advert) => heard.push(advert));
  };
  const begin = async (bluezOptions?: FakeBluezOptions, options?: Partial<BluezSourceOptions>) => {
    bluez = await FakeBluez.start(bus, bluezOptions);
    await create(options);
  };
  const problem = async (starting: Promise<void>): Promise<string> => {
    const error = await starting.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(MindosError);
    expect((error as MindosError).code).toBe("RADIO_UNAVAILABLE");
    return (error as MindosError).message;
  };

  it("a new device is an advert with its name, strength and data, under the short UUID", async () => {
    await begin();
    bluez.add(PATH, { [DEVICE]: deviceProperties(SENSOR) });
    await until(() => heard.length === 1);
    const [advert] = heard;
    expect(advert).toMatchObject({ address: ADDRESS, rssiDbm: -61, name: "cellar", origin: "live" });
    expect(bytesToHex(advert!.serviceData.get("fcd2")!)).toBe("4002c409");
    expect(advert?.takenWallMs).toBeUndefined();
  });

  it("scanning asks for LE and for repeated adverts, on every powered adapter", async () => {
    await begin({
      objects: {
        "/org/bluez/hci0": adapter(true),
        "/org/bluez/hci1": adapter(true),
        "/org/bluez/hci2": adapter(false),
      },
    });
    expect(bluez.calls.filter((call) => call.startsWith("StartDiscovery")).sort()).toEqual([
      "StartDiscovery /org/bluez/hci0",
      "StartDiscovery /org/bluez/hci1",
    ]);
    expect(bluez.calls.indexOf("SetDiscoveryFilter /org/bluez/hci0")).toBeLessThan(
      bluez.calls.indexOf("StartDiscovery /org/bluez/hci0"),
    );
    expect(bluez.filters[0]).toEqual({ Transport: new Variant("s", "le"), DuplicateData: new Variant("b", true) });
    expect(states.at(-1)).toEqual([true, "scanning with hci0, hci1"]);
  });

  it("a named adapter is the only one that scans and is heard", async () => {
    const objects = { "/org/bluez/hci0": adapter(true), "/org/bluez/hci1": adapter(true) };
    await begin({ objects }, { adapter: "hci1" });
    expect(bluez.calls).not.toContain("StartDiscovery /org/bluez/hci0");
    bluez.add(PATH, { [DEVICE]: deviceProperties(SENSOR) });
    bluez.add(devicePath(ADDRESS, "hci1"), { [DEVICE]: deviceProperties({ ...SENSOR, rssi: -80 }) });
    await until(() => heard.length > 0);
    expect(heard.map((advert) => advert.rssiDbm)).toEqual([-80]);
  });

  it("an update of the strength alone, or of the data alone, is an advert with the rest as it was", async () => {
    await begin();
    bluez.add(PATH, { [DEVICE]: deviceProperties(SENSOR) });
    bluez.change(PATH, DEVICE, deviceProperties({ rssi: -70 }));
    bluez.change(PATH, DEVICE, deviceProperties({ serviceData: { [BTHOME]: [0x40, 2, 0xc5, 9] } }));
    await until(() => heard.length === 3);
    expect(heard.map((advert) => [advert.rssiDbm, bytesToHex(advert.serviceData.get("fcd2")!), advert.name])).toEqual([
      [-61, "4002c409", "cellar"],
      [-70, "4002c409", "cellar"],
      [-70, "4002c509", "cellar"],
    ]);
  });

  it("manufacturer data come under their company's number", async () => {
    await begin();
    bluez.change(PATH, DEVICE, deviceProperties({ rssi: -70 }));
    bluez.changeManufacturerData(PATH, { 1177: [5, 1, 2], 65535: [] });
    await until(() => heard.length === 2);
    expect([...(heard[1]?.manufacturerData ?? [])]).toEqual([
      [0x0499, Uint8Array.of(5, 1, 2)],
      [0xffff, new Uint8Array()],
    ]);
  });

  it("a device known before the start is no advert, but lends its data to the first update", async () => {
    await begin({ objects: { "/org/bluez/hci0": adapter(true), [PATH]: { [DEVICE]: deviceProperties(SENSOR) } } });
    bluez.change(PATH, DEVICE, { Connected: new Variant("b", false) });
    bluez.change(PATH, DEVICE, deviceProperties({ rssi: -50 }));
    await until(() => heard.length === 1);
    expect(heard[0]).toMatchObject({ rssiDbm: -50, name: "cellar" });
    expect(heard[0]?.serviceData.has("fcd2")).toBe(true);
  });

  it("a strength that BlueZ withdraws is not used again", async () => {
    await begin();
    bluez.add(PATH, { [DEVICE]: deviceProperties(SENSOR) });
    bluez.change(PATH, DEVICE, {}, ["RSSI"]);
    bluez.change(PATH, DEVICE, deviceProperties({ serviceData: { [BTHOME]: [0x40] } }));
    await until(() => counters.snapshot()["ble.rssi-unknown"] === 1);
    expect(heard).toHaveLength(1);
  });

  it("each thing that can be missing is named in one sentence", async () => {
    expect(await problem(create({ address: `${bus.address}-not` }))).toMatch(/no D-Bus system bus: .*-not: ENOENT$/);
    expect(await problem(create({ address: "nonsense" }))).toMatch(/names no socket/);
    expect(await problem(create())).toBe("BlueZ does not run: nobody owns org.bluez on D-Bus");
    for (const [objects, sentence] of [
      [{}, "BlueZ has no Bluetooth adapter"],
      [{ "/org/bluez/hci0": adapter(false) }, "the Bluetooth adapter hci0 is off"],
    ] as const) {
      bluez = await FakeBluez.start(bus, { objects });
      expect(await problem(create())).toBe(sentence);
      bluez.stop();
      await until(() => true);
    }
    bluez = await FakeBluez.start(bus);
    expect(await problem(create({ adapter: "hci7" }))).toBe("BlueZ has no Bluetooth adapter hci7");
  });

  it("a bluetoothd that refuses or never answers is a sentence too, after the time limit", async () => {
    bluez = await FakeBluez.start(bus, { refusals: { [`${ADAPTER}.StartDiscovery`]: "org.bluez.Error.NotReady" } });
    expect(await problem(create())).toBe("the Bluetooth adapter hci0 does not scan: refused by the test");
    bluez.stop();
    bluez = await FakeBluez.start(bus, { refusals: { [`${ADAPTER}.StartDiscovery`]: "org.bluez.Error.InProgress" } });
    await create();
    await source.stop();
    bluez.stop();
    const silent = { "org.freedesktop.DBus.ObjectManager.GetManagedObjects": "" };
    bluez = await FakeBluez.start(bus, { refusals: silent });
    expect(await problem(create({ callTimeoutMs: 100 }))).toMatch(/BlueZ does not answer: .* no answer in 100 ms/);
  });

  it("a bus that is full is a sentence, not a crash", async () => {
    const full = await FakeBus.start(`<limit name="max_connections_per_user">1</limit>`);
    const first = await full.connect();
    expect(await problem(create({ address: full.address }))).toMatch(/no D-Bus system bus/);
    first.disconnect();
    await full.stop();
  });

  it("DBUS_SYSTEM_BUS_ADDRESS says where the bus is", async () => {
    const before = process.env["DBUS_SYSTEM_BUS_ADDRESS"];
    process.env["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address;
    try {
      await begin({}, { address: undefined });
    } finally {
      if (before === undefined) delete process.env["DBUS_SYSTEM_BUS_ADDRESS"];
      else process.env["DBUS_SYSTEM_BUS_ADDRESS"] = before;
    }
    expect(bluez.calls).toContain("StartDiscovery /org/bluez/hci0");
  });

  it("an adapter that is switched on or plugged in later scans from then on", async () => {
    await begin({ objects: { "/org/bluez/hci0": adapter(false) } }, { waitForRadio: true });
    expect(states.at(-1)).toEqual([false, "the Bluetooth adapter hci0 is off"]);
    bluez.objects.set("/org/bluez/hci0", adapter(true));
    bluez.change("/org/bluez/hci0", ADAPTER, { Powered: new Variant("b", true) });
    await until(() => states.at(-1)?.[0] === true);
    bluez.add("/org/bluez/hci1", adapter(true));
    await until(() => bluez.calls.includes("StartDiscovery /org/bluez/hci1"));
    bluez.remove("/org/bluez/hci0");
    bluez.remove("/org/bluez/hci1");
    await until(() => states.at(-1)?.[0] === false);
  });

  it("adverts flow again after bluetoothd restarts, and what the old one said is forgotten", async () => {
    await begin();
    bluez.add(PATH, { [DEVICE]: deviceProperties(SENSOR) });
    await until(() => heard.length === 1);
    bluez.stop();
    await until(() => states.at(-1)?.[0] === false);
    bluez = await FakeBluez.start(bus);
    await until(() => states.at(-1)?.[0] === true);
    bluez.change(PATH, DEVICE, deviceProperties({ rssi: -40 }));
    await until(() => heard.length === 2);
    expect(heard[1]?.serviceData.size).toBe(0);
  });

  it("adverts flow again after D-Bus restarts", async () => {
    await begin();
    await bus.down();
    await until(() => states.at(-1)?.[0] === false);
    await bus.up();
    bluez = await FakeBluez.start(bus);
    await until(() => states.at(-1)?.[0] === true);
    bluez.add(PATH, { [DEVICE]: deviceProperties(SENSOR) });
    await until(() => heard.length === 1);
  });

  it("values that cannot be are dropped and counted, and the stream goes on", async () => {
    await begin();
    const hostile: Record<string, Variant>[] = [
      { RSSI: new Variant("n", 127) },
      { RSSI: new Variant("s", "-61") },
      { ServiceData: new Variant("s", "x") },
      { ServiceData: new Variant("a{sv}", { "not-a-uuid": new Variant("ay", Buffer.of(1)) }) },
      { ServiceData: new Variant("a{sv}", { [BTHOME]: new Variant("s", "text") }) },
      { ServiceData: new Variant("a{sv}", { [BTHOME]: new Variant("ay", Buffer.alloc(1_651)) }) },
      {
        ServiceData: new Variant(
          "a{sv}",
          Object.defineProperty({}, "__proto__", { value: new Variant("ay", Buffer.of(1)), enumerable: true }),
        ),
      },
      { ManufacturerData: new Variant("a{sv}", { "70000": new Variant("ay", Buffer.of(1)) }) },
      { ManufacturerData: new Variant("v", new Variant("v", new Variant("s", "deep"))) },
      { Address: new Variant("s", "AA:BB"), Name: new Variant("s", "\u0007\u202e") },
    ];
    for (const changed of hostile) bluez.change(PATH, DEVICE, changed);
    bluez.change("/org/bluez/hci0/dev_XX", DEVICE, deviceProperties(SENSOR));
    bluez.emit(PATH, "org.freedesktop.DBus.Properties", "PropertiesChanged", "s", [DEVICE]);
    bluez.emit("/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", "s", ["/"]);
    bluez.change(PATH, DEVICE, deviceProperties(SENSOR));
    await until(() => heard.length === 1);
    expect(heard[0]?.name).toBe("cellar");
    expect(counters.snapshot()).toMatchObject({
      "ble.bad-rssi": 2,
      "ble.bad-service-data": 4,
      "ble.bad-manufacturer-data": 2,
      "ble.bad-address": 1,
      "ble.bad-name": 1,
      "ble.bad-path": 1,
      "ble.bad-properties": 1,
    });
  });

  it("what other programs send us is not believed, answered with a refusal, and breaks nothing", async () => {
    await begin();
    const stranger = await bus.connect();
    const [client] = bluez.clients;
    const send = (signature: string, body: unknown[], fields: object = {}) =>
      stranger.send(
        new dbus.Message({
          type: dbus.MessageType.SIGNAL,
          destination: client,
          path: PATH,
          interface: "org.freedesktop.DBus.Properties",
          member: "PropertiesChanged",
          signature,
          body,
          ...fields,
        }),
      );
    send("sa{sv}as", [DEVICE, deviceProperties(SENSOR), []]);
    const call = { destination: client, path: "/", interface: "org.example.Any", member: "Any" };
    await expect(stranger.call(new dbus.Message(call))).rejects.toMatchObject({
      type: "org.freedesktop.DBus.Error.UnknownMethod",
    });
    await sendMissingFile(bus.address, client ?? "");
    await until(() => counters.snapshot()["ble.dbus-message-dropped"] === 2);
    bluez.change(PATH, DEVICE, deviceProperties({ rssi: -33 }));
    await until(() => heard.length === 1);
    expect(heard[0]?.rssiDbm).toBe(-33);
    expect(counters.snapshot()).toMatchObject({ "ble.foreign-signal": 1 });
    stranger.disconnect();
  });

  it("the bus holds three match rules for us, however many devices come and go", async () => {
    await begin();
    const observer = await bus.connect();
    const [client = ""] = bluez.clients;
    const before = await matchRules(observer, client);
    for (let i = 0; i < 200; i++) {
      const address = `C0:00:00:00:00:${i.toString(16).padStart(2, "0").toUpperCase()}`;
      bluez.add(devicePath(address), { [DEVICE]: deviceProperties({ ...SENSOR, address }) });
      bluez.remove(devicePath(address));
    }
    await until(() => heard.length === 200);
    expect(before).toBe(3);
    expect(await matchRules(observer, client)).toBe(3);
    observer.disconnect();
  });

  it("stop is prompt, also while starting; nothing is heard after it, and another start works", async () => {
    await begin();
    await source.stop();
    bluez.add(PATH, { [DEVICE]: deviceProperties(SENSOR) });
    const starting = source.start((advert) => heard.push(advert));
    await source.stop();
    expect(await problem(starting)).toMatch(/stopped|closed/);
    await source.start((advert) => heard.push(advert));
    bluez.change(PATH, DEVICE, deviceProperties({ rssi: -20 }));
    await until(() => heard.length === 1);
    expect(heard[0]?.rssiDbm).toBe(-20);
    await expect(source.start(() => {})).rejects.toMatchObject({ code: "INTERNAL" });
  });
});

/** A signal whose body is the first of no file descriptors: the bus lets it pass, and dbus-next throws on reading it. */
async function sendMissingFile(address: string, destination: string): Promise<void> {
  const codec = await loadDbusCodec();
  const transport = await openTransport(address, 1_000, { message: () => {}, closed: () => {} });
  const bus = "org.freedesktop.DBus";
  const hello = { destination: bus, path: "/org/freedesktop/DBus", interface: bus, member: "Hello" };
  transport.send(codec.encode({ ...hello, type: MESSAGE_TYPE.call, serial: 1 }));
  const signal = { destination, path: "/", interface: "org.example.Any", member: "Any", signature: "u", body: [0] };
  const bytes = Buffer.from(codec.encode({ ...signal, type: MESSAGE_TYPE.signal, serial: 2 }));
  const signature = bytes.indexOf(Buffer.from("\u0008\u0001g\0\u0001u\0"));
  bytes.write("h", signature + 5);
  transport.send(bytes);
}

async function matchRules(observer: MessageBus, client: string): Promise<number> {
  const reply = await observer.call(
    new dbus.Message({
      destination: "org.freedesktop.DBus",
      path: "/org/freedesktop/DBus",
      interface: "org.freedesktop.DBus.Debug.Stats",
      member: "GetAllMatchRules",
    }),
  );
  const rules = (reply?.body[0] ?? {}) as Record<string, string[]>;
  return rules[client]?.length ?? 0;
}

async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  do {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (performance.now() > deadlineMs) throw new Error(`waited in vain for ${condition}`);
  } while (!condition());
}
