/**
 * One connection to D-Bus and, through it, to BlueZ: asks every adapter to scan, and turns signals into adverts. It
 * follows bluetoothd when that restarts; when D-Bus itself goes, the session is over. Opens a socket.
 * Source: https://git.kernel.org/pub/scm/bluetooth/bluez.git/tree/doc/org.bluez.Adapter.rst
 */
import type { Advert } from "../../runtime/core/advert.js";
import { MindosError, messageOf } from "../../runtime/core/errors.js";
import type { Counters } from "../../runtime/core/ports.js";
import type { Clock } from "../../runtime/core/time.js";
import { ADAPTER, BluezAdapters } from "./bluez-adapters.js";
import { BluezDevices } from "./bluez-devices.js";
import { isDictionary, own } from "./bluez-properties.js";
import type { DbusMessage } from "./dbus-codec.js";
import { type DbusConnection, DbusError, openDbusConnection } from "./dbus-connection.js";

const BLUEZ = "org.bluez";
const DEVICE = "org.bluez.Device1";
const OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager";
const PROPERTIES = "org.freedesktop.DBus.Properties";
const BUS = "org.freedesktop.DBus";

/** As many, whatever is in the air: one rule per device would in the end exceed what the bus allows. */
export const MATCH_RULES = [
  `type='signal',sender='${BLUEZ}',interface='${OBJECT_MANAGER}',path='/'`,
  `type='signal',sender='${BLUEZ}',interface='${PROPERTIES}',member='PropertiesChanged',path_namespace='/org/bluez'`,
  `type='signal',sender='${BUS}',interface='${BUS}',member='NameOwnerChanged',arg0='${BLUEZ}'`,
] as const;

export interface BluezSessionOptions {
  readonly address: string;
  /** "hci0"; all adapters when absent. */
  readonly adapter?: string;
  readonly callTimeoutMs: number;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly deliver: (advert: Advert) => void;
  /** After `open`: whether some adapter scans now, and if not, why not. */
  readonly onState: (listening: boolean) => void;
  /** After `open`: D-Bus is gone, or BlueZ does not answer; the session is over. */
  readonly onLost: () => void;
}

export class BluezSession {
  readonly #devices: BluezDevices;
  readonly #adapters: BluezAdapters;
  #connection: DbusConnection | undefined;
  /** BlueZ's unique name on the bus. Only its signals are believed: anyone may send us one that looks the same. */
  #owner: string | undefined;
  /** Grows with every start of BlueZ, so that answers of an earlier one are ignored. */
  #generation = 0;
  /** The newest answer to "what do you have?"; replaced when BlueZ restarts meanwhile. */
  #attaching: Promise<void> = Promise.resolve();
  #opened = false;
  #over = false;
  /** Why BlueZ itself cannot be asked, if so. */
  #problem: string | undefined;

  constructor(readonly options: BluezSessionOptions) {
    const { adapter, counters } = options;
    this.#devices = new BluezDevices(counters, adapter);
    const variant = (signature: string, value: unknown) => this.#connection?.codec.variant(signature, value);
    this.#adapters = new BluezAdapters(
      { variant, call: (path, ...rest) => this.#call(path, ADAPTER, ...rest) },
      counters,
      adapter,
    );
  }

  /** @returns true when at least one adapter scans; otherwise the session waits for one, and `note` says why.
   *  @throws MindosError RADIO_UNAVAILABLE when there is no D-Bus, or BlueZ does not answer; the session is over. */
  async open(): Promise<boolean> {
    const { address, callTimeoutMs, counters } = this.options;
    try {
      const connection = await openDbusConnection({
        address,
        callTimeoutMs,
        onSignal: (signal) => this.#signal(signal),
        onClosed: (reason) => this.#lost(reason),
        onDropped: () => counters.count("ble.dbus-message-dropped"),
      });
      if (this.#over) {
        connection.close();
        throw new DbusError("closed", "the source was stopped");
      }
      this.#connection = connection;
      for (const rule of MATCH_RULES) await connection.addMatch(rule);
    } catch (error) {
      this.close();
      throw new MindosError("RADIO_UNAVAILABLE", `there is no D-Bus system bus: ${messageOf(error)}`, { cause: error });
    }
    this.#attaching = this.#attach();
    try {
      let settled: Promise<void>;
      do {
        settled = this.#attaching;
        await settled;
      } while (settled !== this.#attaching);
    } catch (error) {
      this.close();
      throw new MindosError("RADIO_UNAVAILABLE", problemOf(error), { cause: error });
    }
    this.#opened = true;
    return this.listening;
  }

  get listening(): boolean {
    return this.#adapters.listening;
  }

  /** What listens or, if nothing does, why not. */
  get note(): string {
    return this.#problem ?? this.#adapters.note;
  }

  /** BlueZ ends our scans when our connection closes. */
  close(): void {
    this.#over = true;
    this.#forget();
    this.#connection?.close();
    this.#connection = undefined;
  }

  #forget(): void {
    this.#generation++;
    this.#owner = undefined;
    this.#problem = undefined;
    this.#adapters.clear();
    this.#devices.clear();
  }

  #lost(reason: string): void {
    if (this.#over) return;
    this.close();
    this.#problem = reason;
    if (this.#opened) this.options.onLost();
  }

  #report(): void {
    if (this.#opened && !this.#over) this.options.onState(this.listening);
  }

  /** Learns what BlueZ has, and starts scanning.
   *  @throws DbusError when it neither answers nor is absent. */
  async #attach(): Promise<void> {
    this.#forget();
    const generation = this.#generation;
    let reply: DbusMessage;
    try {
      reply = await this.#call("/", OBJECT_MANAGER, "GetManagedObjects");
    } catch (error) {
      if (generation !== this.#generation && !this.#over) return;
      this.#problem = problemOf(error);
      // Absent is not a fault: a signal tells when it appears.
      if (isAbsent(error)) return;
      throw error;
    }
    if (generation !== this.#generation) return;
    this.#owner = reply.sender;
    const objects = isDictionary(reply.body[0]) ? Object.entries(reply.body[0]) : [];
    const adapters: Promise<boolean>[] = [];
    for (const [path, interfaces] of objects) {
      if (!isDictionary(interfaces)) continue;
      const device = own(interfaces, DEVICE);
      if (device !== undefined) this.#devices.known(path, device);
      adapters.push(this.#adapters.seen(path, own(interfaces, ADAPTER)));
    }
    await Promise.all(adapters);
    if (generation === this.#generation) this.#report();
  }

  #call(path: string, iface: string, member: string, signature?: string, body?: readonly unknown[]) {
    if (!this.#connection) return Promise.reject(new DbusError("closed", "the connection to D-Bus is closed"));
    return this.#connection.call({ destination: BLUEZ, path, interface: iface, member, signature, body });
  }

  #signal({ sender, path, interface: iface, member, body }: DbusMessage): void {
    if (sender === BUS) {
      if (iface === BUS && member === "NameOwnerChanged" && body[0] === BLUEZ) this.#ownerChanged(body[2]);
    } else if (this.#owner === undefined) {
      // BlueZ has not answered yet; its answer will hold what this signal says.
    } else if (sender !== this.#owner) {
      this.options.counters.count("ble.foreign-signal");
    } else if (iface === PROPERTIES && member === "PropertiesChanged" && path !== undefined) {
      this.#propertiesChanged(path, body);
    } else if (iface === OBJECT_MANAGER) {
      this.#objectsChanged(member, body);
    }
  }

  #ownerChanged(owner: unknown): void {
    if (typeof owner === "string" && owner !== "") {
      if (owner === this.#owner) return;
      this.#attaching = this.#attach();
      // During `open`, that is who reads the failure.
      this.#attaching.catch((error: unknown) => this.#opened && this.#lost(problemOf(error)));
    } else {
      this.#forget();
      this.#problem = "BlueZ has stopped";
      this.#report();
    }
  }

  #propertiesChanged(path: string, [iface, changed, invalidated]: readonly unknown[]): void {
    if (iface === DEVICE) this.#deviceChanged(path, changed, invalidated);
    else if (iface === ADAPTER) this.#adapterChanged(path, changed);
  }

  #objectsChanged(member: string | undefined, [path, interfaces]: readonly unknown[]): void {
    if (typeof path !== "string") return;
    if (member === "InterfacesAdded" && isDictionary(interfaces)) {
      const device = own(interfaces, DEVICE);
      if (device !== undefined) this.#deviceChanged(path, device, []);
      this.#adapterChanged(path, own(interfaces, ADAPTER));
    } else if (member === "InterfacesRemoved" && Array.isArray(interfaces)) {
      if (interfaces.includes(DEVICE)) this.#devices.removed(path);
      if (interfaces.includes(ADAPTER) && this.#adapters.removed(path)) this.#report();
    }
  }

  #deviceChanged(path: string, changed: unknown, invalidated: unknown): void {
    const advert = this.#devices.updated(path, changed, invalidated, this.options.clock.nowMs());
    if (advert) this.options.deliver(advert);
  }

  #adapterChanged(path: string, properties: unknown): void {
    void this.#adapters.seen(path, properties).then((changed) => changed && this.#report());
  }
}

/** Nobody has the name org.bluez. */
function isAbsent(error: unknown): boolean {
  return error instanceof DbusError && /\.(ServiceUnknown|NameHasNoOwner)$/.test(error.errorName ?? "");
}

/** What a person should read when BlueZ cannot be asked. */
function problemOf(error: unknown): string {
  if (isAbsent(error)) return "BlueZ does not run: nobody owns org.bluez on D-Bus";
  const denied = error instanceof DbusError && error.errorName === "org.freedesktop.DBus.Error.AccessDenied";
  return `${denied ? "this user may not talk to BlueZ" : "BlueZ does not answer"}: ${messageOf(error)}`;
}
