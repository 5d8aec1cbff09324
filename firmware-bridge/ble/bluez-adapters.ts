/**
 * The computer's Bluetooth adapters: which there are, which scan for us, and why the others do not. Knows no socket; calls
 * go through the function that it is given.
 * Source: https://git.kernel.org/pub/scm/bluetooth/bluez.git/tree/doc/org.bluez.Adapter.rst
 */
import { messageOf } from "../../runtime/core/errors.js";
import type { Counters } from "../../runtime/core/ports.js";
import { isDictionary, own, parseAdapterPath, variantValue } from "./bluez-properties.js";
import { DbusError } from "./dbus-connection.js";

export const ADAPTER = "org.bluez.Adapter1";
const ADAPTERS_MAX = 16;

export interface AdapterCalls {
  variant(signature: string, value: unknown): unknown;
  /** A method of Adapter1. @throws DbusError */
  call(path: string, member: string, signature?: string, body?: readonly unknown[]): Promise<unknown>;
}

export class BluezAdapters {
  /** Object path → whether it scans for us. */
  readonly #scanning = new Map<string, boolean>();
  /** Changes with every `clear`, so that answers to earlier calls are ignored. */
  #era = 0;
  #problem = "";

  constructor(
    readonly calls: AdapterCalls,
    readonly counters: Counters,
    /** "hci0": the only one to use; all when absent. */
    readonly wanted?: string,
  ) {}

  get listening(): boolean {
    return [...this.#scanning.values()].includes(true);
  }

  /** What scans or, if nothing does, why not. */
  get note(): string {
    const names = [...this.#scanning].flatMap(([path, scans]) => (scans ? [parseAdapterPath(path)] : []));
    if (names.length > 0) return `scanning with ${names.join(", ")}`;
    return this.#problem || `BlueZ has no Bluetooth adapter${this.wanted ? ` ${this.wanted}` : ""}`;
  }

  clear(): void {
    this.#era++;
    this.#scanning.clear();
    this.#problem = "";
  }

  /** @param properties a{sv} of an adapter, whole or what changed. Scans when it says that the power is on.
   *  @returns true when that changed something. */
  async seen(path: unknown, properties: unknown): Promise<boolean> {
    const name = parseAdapterPath(path);
    if (name === undefined || typeof path !== "string" || !isDictionary(properties)) return false;
    if (this.wanted !== undefined && name !== this.wanted) return false;
    const powered = variantValue(own(properties, "Powered"));
    if (typeof powered !== "boolean") return false;
    if (!this.#scanning.has(path)) {
      if (this.#scanning.size >= ADAPTERS_MAX) return false;
      this.#scanning.set(path, false);
    }
    const era = this.#era;
    const problem = powered ? await this.#scan(path) : `the Bluetooth adapter ${name} is off`;
    if (era !== this.#era || !this.#scanning.has(path)) return false;
    this.#scanning.set(path, problem === undefined);
    if (problem !== undefined) this.#problem = problem;
    return true;
  }

  /** @returns true when that changed something. */
  removed(path: string): boolean {
    if (!this.#scanning.delete(path)) return false;
    this.#problem = `the Bluetooth adapter ${parseAdapterPath(path)} was removed`;
    return true;
  }

  /** @returns what went wrong, if anything. */
  async #scan(path: string): Promise<string | undefined> {
    try {
      // Without DuplicateData a sensor is reported once, and then never again while its data stay the same.
      const filter = { Transport: this.calls.variant("s", "le"), DuplicateData: this.calls.variant("b", true) };
      await this.calls.call(path, "SetDiscoveryFilter", "a{sv}", [filter]);
      await this.calls.call(path, "StartDiscovery");
      return undefined;
    } catch (error) {
      if (error instanceof DbusError && error.errorName === "org.bluez.Error.InProgress") return undefined;
      this.counters.count("ble.scan-refused");
      return `the Bluetooth adapter ${parseAdapterPath(path)} does not scan: ${messageOf(error)}`;
    }
  }
}
