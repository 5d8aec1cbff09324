/**
 * A private D-Bus daemon, and a bluetoothd on it that does as it is told: adapters, devices, signals, and misbehaviour.
 * It speaks through dbus-next's own bus, so that it shares no code with what it tests but the marshaller.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dbus, { type Message, type MessageBus, Variant } from "dbus-next";

const rawMessage = createRequire(import.meta.url)("dbus-next/lib/message.js") as {
  marshall(message: object): [Buffer, unknown[]];
};

type Properties = Record<string, Variant>;
type Interfaces = Record<string, Properties>;

const OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager";
const PROPERTIES = "org.freedesktop.DBus.Properties";
export const ADAPTER = "org.bluez.Adapter1";
export const DEVICE = "org.bluez.Device1";

/** A dbus-daemon of our own, on a socket in a new folder. */
export class FakeBus {
  #daemon: ChildProcess | undefined;
  private constructor(
    readonly folder: string,
    readonly address: string,
  ) {}

  static async start(limits = ""): Promise<FakeBus> {
    const folder = await mkdtemp(join(tmpdir(), "mindos-bus-"));
    const bus = new FakeBus(folder, `unix:path=${join(folder, "socket")}`);
    await writeFile(join(folder, "bus.conf"), configuration(bus.address, limits));
    await bus.up();
    return bus;
  }

  async up(): Promise<void> {
    const config = `--config-file=${join(this.folder, "bus.conf")}`;
    const daemon = spawn("dbus-daemon", [config, "--nofork", "--nopidfile", "--print-address=1"], {
      // Its complaints (no right to raise its own limits) are no business of the test.
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#daemon = daemon;
    // Fails where there is no dbus-daemon.
    await once(daemon, "spawn");
    // It prints its address once it listens.
    await once(daemon.stdout, "data");
  }

  async down(): Promise<void> {
    const daemon = this.#daemon;
    this.#daemon = undefined;
    if (!daemon) return;
    const exited = once(daemon, "exit");
    daemon.kill("SIGKILL");
    await exited;
    await rm(join(this.folder, "socket"), { force: true });
  }

  async stop(): Promise<void> {
    await this.down();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** One more program on the bus. */
  async connect(): Promise<MessageBus> {
    const bus = dbus.sessionBus({ busAddress: this.address });
    bus.on("error", () => {});
    await once(bus, "connect");
    return bus;
  }
}

export interface FakeBluezOptions {
  readonly objects?: Record<string, Interfaces>;
  /** "Interface.Member" → the D-Bus error to answer with; "" answers nothing at all. */
  readonly refusals?: Record<string, string>;
}

export class FakeBluez {
  /** What was asked, as "member path". */
  readonly calls: string[] = [];
  readonly filters: Properties[] = [];
  /** Unique names of those who asked. */
  readonly clients = new Set<string>();
  readonly objects: Map<string, Interfaces>;
  private constructor(
    readonly bus: MessageBus,
    readonly options: FakeBluezOptions,
  ) {
    this.objects = new Map(Object.entries(options.objects ?? { "/org/bluez/hci0": adapter(true) }));
  }

  static async start(fakeBus: FakeBus, options: FakeBluezOptions = {}): Promise<FakeBluez> {
    const bus = await fakeBus.connect();
    const bluez = new FakeBluez(bus, options);
    bus.addMethodHandler((message: Message) => bluez.#answer(message));
    await bus.requestName("org.bluez", 0);
    return bluez;
  }

  /** As when bluetoothd exits: the name goes with the connection. */
  stop(): void {
    this.bus.disconnect();
  }

  /** InterfacesAdded. */
  add(path: string, interfaces: Interfaces): void {
    this.objects.set(path, interfaces);
    this.emit("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", [path, interfaces]);
  }

  /** InterfacesRemoved. */
  remove(path: string): void {
    const interfaces = Object.keys(this.objects.get(path) ?? {});
    this.objects.delete(path);
    this.emit("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", [path, interfaces]);
  }

  /** PropertiesChanged. */
  change(path: string, iface: string, changed: Properties, invalidated: string[] = []): void {
    this.emit(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", [iface, changed, invalidated]);
  }

  /** PropertiesChanged of ManufacturerData, a{qv}: dbus-next reads dictionaries with numbers for keys, but writes none, so
   *  this goes in below its conversion. */
  changeManufacturerData(path: string, data: Record<number, number[]>): void {
    const entries = Object.entries(data).map(([company, bytes]) => [Number(company), ["ay", Buffer.from(bytes)]]);
    const [bytes] = rawMessage.marshall({
      type: dbus.MessageType.SIGNAL,
      serial: this.bus.newSerial(),
      path,
      interface: PROPERTIES,
      member: "PropertiesChanged",
      signature: "sa{sv}as",
      body: [DEVICE, [["ManufacturerData", ["a{qv}", entries]]], []],
    });
    (this.bus as unknown as { _connection: { stream: Socket } })._connection.stream.write(bytes);
  }

  emit(path: string, iface: string, member: string, signature: string, body: unknown[]): void {
    this.bus.send(dbus.Message.newSignal(path, iface, member, signature, body));
  }

  #answer(message: Message): boolean {
    const { member, path, sender, interface: iface } = message;
    this.calls.push(`${member} ${path}`);
    if (sender) this.clients.add(sender);
    const refusal = this.options.refusals?.[`${iface}.${member}`];
    if (refusal === "") return true;
    if (refusal !== undefined) {
      // dbus-next's type file forgets the first parameter.
      const newError = dbus.Message.newError as unknown as (to: Message, name: string, text: string) => Message;
      this.bus.send(newError(message, refusal, "refused by the test"));
    } else if (member === "GetManagedObjects") {
      const objects = Object.fromEntries(this.objects);
      this.bus.send(dbus.Message.newMethodReturn(message, "a{oa{sa{sv}}}", [objects]));
    } else {
      if (member === "SetDiscoveryFilter") this.filters.push(message.body[0] as Properties);
      this.bus.send(dbus.Message.newMethodReturn(message, "", []));
    }
    return true;
  }
}

export function adapter(powered: boolean): Interfaces {
  return { [ADAPTER]: { Address: new Variant("s", "00:1A:7D:DA:71:13"), Powered: new Variant("b", powered) } };
}

export interface FakeDevice {
  readonly address: string;
  readonly rssi?: number;
  readonly name?: string;
  readonly serviceData?: Record<string, number[]>;
}

export function devicePath(address: string, adapterName = "hci0"): string {
  return `/org/bluez/${adapterName}/dev_${address.replaceAll(":", "_")}`;
}

export function deviceProperties(device: Partial<FakeDevice>): Properties {
  const { address, rssi, name, serviceData } = device;
  const bytes = (data: Record<string, number[]>) =>
    Object.fromEntries(Object.entries(data).map(([key, value]) => [key, new Variant("ay", Buffer.from(value))]));
  return {
    ...(address !== undefined && { Address: new Variant("s", address) }),
    ...(rssi !== undefined && { RSSI: new Variant("n", rssi) }),
    ...(name !== undefined && { Name: new Variant("s", name), Alias: new Variant("s", name) }),
    ...(serviceData && { ServiceData: new Variant("a{sv}", bytes(serviceData)) }),
  };
}

function configuration(address: string, limits: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
  ${limits}
</busconfig>
`;
}
