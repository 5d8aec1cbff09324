/** What an advert may hold, whoever says so: BlueZ or a file. Pure. */
import { ADVERT_DATA_BYTES_MAX } from "../../runtime/core/advert.js";

/** Bluetooth Core 5.4, vol 4 part E §7.7.65.2: −127 to +20 dBm; 127 says "not available". */
export const RSSI_DBM_MIN = -127;
export const RSSI_DBM_MAX = 20;

/** Vol 3 part C §12.1: a device name has up to 248 bytes. */
export const NAME_CHARACTERS_MAX = 248;

/** An AD structure takes at least 4 bytes, and no device seen sends more than a handful. */
export const DATA_ENTRIES_MAX = 32;

export function isRssi(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= RSSI_DBM_MIN && (value as number) <= RSSI_DBM_MAX;
}

/** "A4:C1:38:0B:5E:ED" */
export function isAddress(value: unknown): value is string {
  return typeof value === "string" && /^(?:[0-9A-F]{2}:){5}[0-9A-F]{2}$/.test(value);
}

/** Without control, format (direction overrides) and unpaired surrogate characters: names end up on terminals and pages.
 *  @returns undefined when nothing is left, or when it is no string or longer than a name can be. */
export function cleanName(value: unknown): string | undefined {
  if (typeof value !== "string" || value.length > NAME_CHARACTERS_MAX) return undefined;
  const name = value.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "").trim();
  return name === "" ? undefined : name;
}

const BASE_UUID_TAIL = "-0000-1000-8000-00805f9b34fb";
const UUID_128 = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** "0000fcd2-0000-1000-8000-00805F9B34FB" and "fcd2" → "fcd2"; other 128-bit UUIDs in lower case.
 *  @returns undefined when it is neither. */
export function shortUuid(value: string): string | undefined {
  const uuid = value.toLowerCase();
  if (/^[0-9a-f]{4}$/.test(uuid)) return uuid;
  if (!UUID_128.test(uuid)) return undefined;
  return uuid.startsWith("0000") && uuid.endsWith(BASE_UUID_TAIL) ? uuid.slice(4, 8) : uuid;
}

/** Entries and bytes of both maps together fit one advert. */
export function fitsAdvert(
  serviceData: ReadonlyMap<string, Uint8Array>,
  manufacturerData: ReadonlyMap<number, Uint8Array>,
): boolean {
  let bytes = 0;
  for (const data of serviceData.values()) bytes += data.length;
  for (const data of manufacturerData.values()) bytes += data.length;
  return bytes <= ADVERT_DATA_BYTES_MAX && serviceData.size + manufacturerData.size <= DATA_ENTRIES_MAX;
}
