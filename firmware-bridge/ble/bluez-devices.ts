/**
 * Devices that BlueZ talks about: keeps the latest of each property, because an update carries only what changed, and
 * makes one advert of every update that came from the air. Pure.
 */
import type { Advert } from "../../runtime/core/advert.js";
import { LruMap } from "../../runtime/core/bounded.js";
import type { Counters } from "../../runtime/core/ports.js";
import {
  advertOf,
  type DeviceState,
  emptyDevice,
  parseDevicePath,
  parseDeviceProperties,
  withoutProperties,
  withPatch,
} from "./bluez-properties.js";

/** A busy street has some hundred addresses at once; phones change theirs every quarter of an hour. The device heard
 *  longest ago is forgotten, which costs its name and data until it sends them again. */
const DEVICES_MAX = 1_024;

export class BluezDevices {
  readonly #devices = new LruMap<string, DeviceState>(DEVICES_MAX);
  constructor(
    readonly counters: Counters,
    /** Only devices of this adapter ("hci0"); all when absent. */
    readonly adapter?: string,
  ) {}

  /** A device that BlueZ knew before this program asked: kept, but nothing says when it was heard. */
  known(path: string, properties: unknown): void {
    this.#update(path, properties, []);
  }

  /** @returns the advert, when this update came from one. */
  updated(path: string, properties: unknown, invalidated: unknown, heardMs: number): Advert | undefined {
    const device = this.#update(path, properties, invalidated);
    if (!device) return undefined;
    const advert = advertOf(device, heardMs);
    if (!advert) this.counters.count(device.rssiDbm === undefined ? "ble.rssi-unknown" : "ble.advert-too-large");
    return advert;
  }

  removed(path: string): void {
    this.#devices.delete(path);
  }

  clear(): void {
    for (const [path] of [...this.#devices.entries()]) this.#devices.delete(path);
  }

  /** @returns the device when the update came from the air. */
  #update(path: string, properties: unknown, invalidated: unknown): DeviceState | undefined {
    const place = parseDevicePath(path);
    if (!place) {
      this.counters.count("ble.bad-path");
      return undefined;
    }
    if (this.adapter !== undefined && place.adapter !== this.adapter) return undefined;
    const patch = parseDeviceProperties(properties, (property) => this.counters.count(`ble.bad-${property}`));
    const before = this.#devices.get(path) ?? emptyDevice(place.address);
    const device = withPatch(withoutProperties(before, invalidated), patch);
    if (this.#devices.set(path, device)) this.counters.count("ble.device-forgotten");
    return patch.heard ? device : undefined;
  }
}
