/**
 * BlueZ's properties of a device → what an advert needs. Pure. Takes nothing on trust: the values came over a bus.
 * Source: https://git.kernel.org/pub/scm/bluetooth/bluez.git/tree/doc/org.bluez.Device.rst
 */
import type { Advert } from "../../runtime/core/advert.js";
import { ADVERT_DATA_BYTES_MAX } from "../../runtime/core/advert.js";
import { cleanName, DATA_ENTRIES_MAX, fitsAdvert, isAddress, isRssi, shortUuid } from "./advert-limits.js";

/** What is known of a device that was heard, put together from partial updates. */
export interface DeviceState {
  readonly address: string;
  readonly rssiDbm?: number;
  readonly name?: string;
  readonly serviceData: ReadonlyMap<string, Uint8Array>;
  readonly manufacturerData: ReadonlyMap<number, Uint8Array>;
}

/** What one update says; absent is unchanged. */
export interface DevicePatch extends Partial<DeviceState> {
  /** The update came from an advert: it carries a signal strength or data. */
  readonly heard: boolean;
}

export type DeviceProperty = "address" | "rssi" | "name" | "service-data" | "manufacturer-data" | "properties";

const DEVICE_PATH = /^\/org\/bluez\/(hci\d{1,3})\/dev_((?:[0-9A-F]{2}_){5}[0-9A-F]{2})$/;
const ADAPTER_PATH = /^\/org\/bluez\/(hci\d{1,3})$/;
const NO_SERVICE_DATA: ReadonlyMap<string, Uint8Array> = new Map();
const NO_MANUFACTURER_DATA: ReadonlyMap<number, Uint8Array> = new Map();

/** @returns "hci0" and the address when it is a device's object path. */
export function parseDevicePath(path: unknown): { readonly adapter: string; readonly address: string } | undefined {
  const match = typeof path === "string" ? DEVICE_PATH.exec(path) : null;
  if (!match) return undefined;
  const [, adapter = "", address = ""] = match;
  return { adapter, address: address.replaceAll("_", ":") };
}

/** @returns "hci0" when it is an adapter's object path. */
export function parseAdapterPath(path: unknown): string | undefined {
  return typeof path === "string" ? ADAPTER_PATH.exec(path)?.[1] : undefined;
}

/** @param properties a{sv} as dbus-next gives it.
 *  @param refused told each property whose value cannot be right; it counts as unchanged. */
export function parseDeviceProperties(properties: unknown, refused: (property: DeviceProperty) => void): DevicePatch {
  if (!isDictionary(properties)) {
    refused("properties");
    return { heard: false };
  }
  const read = <T>(key: string, property: DeviceProperty, parse: (value: unknown) => T | undefined): T | undefined => {
    const variant = own(properties, key);
    if (variant === undefined) return undefined;
    const value = parse(variantValue(variant));
    if (value === undefined) refused(property);
    return value;
  };
  const address = read("Address", "address", (value) => (isAddress(value) ? value : undefined));
  const rssiDbm = read("RSSI", "rssi", (value) => (isRssi(value) ? value : undefined));
  const name = read("Name", "name", cleanName) ?? read("Alias", "name", cleanName);
  const serviceData = read("ServiceData", "service-data", (value) => parseData(value, shortUuid));
  const manufacturerData = read("ManufacturerData", "manufacturer-data", (value) => parseData(value, parseCompany));
  return {
    ...(address !== undefined && { address }),
    ...(rssiDbm !== undefined && { rssiDbm }),
    // BlueZ makes up an alias for a device without a name: its address with dashes.
    ...(name !== undefined && !/^(?:[0-9A-F]{2}-){5}[0-9A-F]{2}$/.test(name) && { name }),
    ...(serviceData && { serviceData }),
    ...(manufacturerData && { manufacturerData }),
    heard: rssiDbm !== undefined || serviceData !== undefined || manufacturerData !== undefined,
  };
}

export function emptyDevice(address: string): DeviceState {
  return { address, serviceData: NO_SERVICE_DATA, manufacturerData: NO_MANUFACTURER_DATA };
}

export function withPatch(device: DeviceState, { heard: _, ...patch }: DevicePatch): DeviceState {
  return { ...device, ...patch };
}

/** BlueZ withdraws values that it no longer has, as the signal strength of a device gone silent. */
export function withoutProperties(device: DeviceState, invalidated: unknown): DeviceState {
  if (!Array.isArray(invalidated) || invalidated.length === 0) return device;
  const { rssiDbm, ...rest } = device;
  return {
    ...rest,
    ...(rssiDbm !== undefined && !invalidated.includes("RSSI") && { rssiDbm }),
    ...(invalidated.includes("ServiceData") && { serviceData: NO_SERVICE_DATA }),
    ...(invalidated.includes("ManufacturerData") && { manufacturerData: NO_MANUFACTURER_DATA }),
  };
}

/** @returns undefined while the signal strength is unknown, or when the parts together are more than an advert holds. */
export function advertOf(device: DeviceState, heardMs: number): Advert | undefined {
  const { address, rssiDbm, name, serviceData, manufacturerData } = device;
  if (rssiDbm === undefined || !fitsAdvert(serviceData, manufacturerData)) return undefined;
  return {
    address,
    rssiDbm,
    heardMs,
    origin: "live",
    ...(name !== undefined && { name }),
    serviceData,
    manufacturerData,
  };
}

/** A D-Bus dictionary as dbus-next gives it. */
export function isDictionary(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A key from outside may be "__proto__" or "constructor". */
export function own(dictionary: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(dictionary, key) ? dictionary[key] : undefined;
}

/** What a variant holds; undefined when it is none. */
export function variantValue(variant: unknown): unknown {
  if (typeof variant !== "object" || variant === null || !("signature" in variant)) return undefined;
  return "value" in variant ? variant.value : undefined;
}

/** a{sv} or a{qv} of `ay` → map, copied: the bytes must not keep the whole message alive. */
function parseData<K>(value: unknown, parseKey: (key: string) => K | undefined): Map<K, Uint8Array> | undefined {
  if (!isDictionary(value)) return undefined;
  const entries = Object.entries(value);
  if (entries.length > DATA_ENTRIES_MAX) return undefined;
  const data = new Map<K, Uint8Array>();
  for (const [text, variant] of entries) {
    const key = parseKey(text);
    const bytes = variantValue(variant);
    if (key === undefined || !(bytes instanceof Uint8Array) || bytes.length > ADVERT_DATA_BYTES_MAX) return undefined;
    data.set(key, Uint8Array.from(bytes));
  }
  return data;
}

function parseCompany(text: string): number | undefined {
  const company = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  return company >= 0 && company <= 0xffff ? company : undefined;
}
