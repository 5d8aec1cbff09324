/**
 * "MindOS recording v1": adverts as text, one JSON object a line, a header line first. Pure.
 *
 *   {"format":"mindos-recording","version":1,"source":"bluez hci0","startedWallMs":1273363200000}
 *   {"t":12.5,"address":"A4:C1:38:0B:5E:ED","rssi":-61,"name":"cellar","service":{"fcd2":"4002c409"},"manufacturer":{"0499":"05…"}}
 *
 * t: ms since the start, not falling. service: 16-bit or 128-bit lower-case UUID → hex. manufacturer: company id, four hex
 * digits → hex. name, service, manufacturer and taken (wall ms of a reading that was itself a replay) may be absent.
 * A file may end anywhere (power cut): a last line without its line end counts if it is whole, and is skipped if not.
 */
import type { Advert } from "../../runtime/core/advert.js";
import { bytesToHex, hexToBytes } from "../../runtime/core/bytes.js";
import { cleanName, fitsAdvert, isAddress, isRssi, shortUuid } from "./advert-limits.js";
import type { TimedAdvert } from "./replay-source.js";

export const RECORDING_FORMAT = "mindos-recording";
export const RECORDING_VERSION = 1;
/** Twice 1650 bytes of data in hex, 32 keys of 36 characters, and the rest: 5.2 kB. */
export const RECORDING_LINE_BYTES_MAX = 8_192;
/** A year: beyond it, t is nonsense. */
const AT_MS_MAX = 366 * 86_400_000;
/** The largest time that Date can say. */
const WALL_MS_MAX = 8.64e15;

export interface RecordingHeader {
  readonly source: string;
  readonly startedWallMs: number;
}

export function formatHeader(header: RecordingHeader): string {
  return JSON.stringify({ format: RECORDING_FORMAT, version: RECORDING_VERSION, ...header });
}

export function formatAdvert(advert: Advert, atMs: number): string {
  const name = cleanName(advert.name);
  return JSON.stringify({
    // A tenth of a millisecond is finer than any radio's time stamp.
    t: Math.round(atMs * 10) / 10,
    address: advert.address,
    rssi: advert.rssiDbm,
    ...(name !== undefined && { name }),
    ...(advert.serviceData.size > 0 && { service: hexValues(advert.serviceData, (uuid) => uuid) }),
    ...(advert.manufacturerData.size > 0 && { manufacturer: hexValues(advert.manufacturerData, companyKey) }),
    ...(advert.takenWallMs !== undefined && { taken: advert.takenWallMs }),
  });
}

/** @throws RangeError whose message continues "line n …". */
export function parseHeader(text: string): RecordingHeader {
  const { format, version, source, startedWallMs, ...rest } = parseObject(text);
  if (format !== RECORDING_FORMAT) throw new RangeError("is not the header of a MindOS recording");
  if (version !== RECORDING_VERSION) throw new RangeError(`is of version ${shown(version)}; this program reads 1`);
  if (typeof source !== "string" || source.length > 200) throw new RangeError("has no valid source");
  if (!isWallMs(startedWallMs)) throw new RangeError("has no valid startedWallMs");
  refuseUnknown(rest);
  return { source, startedWallMs };
}

/** @throws RangeError whose message continues "line n …". */
export function parseAdvert(text: string, header: RecordingHeader): TimedAdvert {
  const { t, address, rssi, name, service, manufacturer, taken, ...rest } = parseObject(text);
  if (typeof t !== "number" || !(t >= 0 && t <= AT_MS_MAX)) throw new RangeError(`has the time t = ${shown(t)}`);
  if (!isAddress(address)) throw new RangeError(`has the address ${shown(address)}`);
  if (!isRssi(rssi)) throw new RangeError(`has the signal strength rssi = ${shown(rssi)}`);
  if (taken !== undefined && !isWallMs(taken)) throw new RangeError(`has taken = ${shown(taken)}`);
  refuseUnknown(rest);
  const knownName = name === undefined ? undefined : cleanName(name);
  if (name !== undefined && knownName === undefined) throw new RangeError(`has the name ${shown(name)}`);
  const serviceData = parseData("service", service, serviceKey);
  const manufacturerData = parseData("manufacturer", manufacturer, parseCompany);
  if (!fitsAdvert(serviceData, manufacturerData)) throw new RangeError("holds more data than one advert can");
  return {
    atMs: t,
    address,
    rssiDbm: rssi,
    ...(knownName !== undefined && { name: knownName }),
    serviceData,
    manufacturerData,
    takenWallMs: taken ?? Math.round(header.startedWallMs + t),
  };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RangeError("is not JSON");
  }
  if (!isRecord(value)) throw new RangeError("is not a JSON object");
  return value;
}

function parseData<K>(
  field: string,
  value: unknown,
  parseKey: (key: string) => K | undefined,
): ReadonlyMap<K, Uint8Array> {
  const data = new Map<K, Uint8Array>();
  if (value === undefined) return data;
  if (!isRecord(value)) throw new RangeError(`has ${field} data that are no JSON object`);
  for (const [text, hex] of Object.entries(value)) {
    const key = parseKey(text);
    if (key === undefined || data.has(key)) throw new RangeError(`has ${field} data under ${shown(text)}`);
    if (typeof hex !== "string" || !/^(?:[0-9a-f]{2})*$/.test(hex)) {
      throw new RangeError(`has ${field} data that are not lower-case hex: ${shown(hex)}`);
    }
    data.set(key, hexToBytes(hex));
  }
  return data;
}

function serviceKey(text: string): string | undefined {
  const uuid = shortUuid(text);
  return uuid === text ? uuid : undefined;
}

function companyKey(company: number): string {
  return company.toString(16).padStart(4, "0");
}

function parseCompany(text: string): number | undefined {
  return /^[0-9a-f]{4}$/.test(text) ? Number.parseInt(text, 16) : undefined;
}

function hexValues<K>(data: ReadonlyMap<K, Uint8Array>, keyText: (key: K) => string): Record<string, string> {
  return Object.fromEntries([...data].map(([key, bytes]) => [keyText(key), bytesToHex(bytes)]));
}

function refuseUnknown(rest: Record<string, unknown>): void {
  for (const key of Object.keys(rest)) throw new RangeError(`has an unknown field ${shown(key)}`);
}

function isWallMs(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) <= WALL_MS_MAX;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** For messages: what was there instead, short and free of control characters. */
function shown(value: unknown): string {
  const text = typeof value === "object" && value !== null ? "an object" : (JSON.stringify(value) ?? "nothing");
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
