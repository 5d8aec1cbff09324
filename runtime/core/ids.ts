/**
 * Identifiers. Pure.
 * Inside the process ids are lower-case hex strings (cheap map keys, comparable); on the wire they are bytes.
 */
import { bytesToHex, hexToBytes } from "./bytes.js";

/** First 16 bytes of SHA-256(Ed25519 public key), 32 hex digits. */
export type HubId = string & { readonly __brand: "HubId" };
/** 8 random bytes minted by the requester, 16 hex digits; the idempotency key of an intent. */
export type IntentId = string & { readonly __brand: "IntentId" };
/** `ble:` and the 6-byte Bluetooth address, 12 hex digits, most significant byte first. */
export type SensorId = string & { readonly __brand: "SensorId" };

export const HUB_ID_BYTES = 16;
export const INTENT_ID_BYTES = 8;

/** @throws RangeError when `bytes` is not 16 bytes long. */
export function hubIdFromBytes(bytes: Uint8Array): HubId {
  return exactHex(bytes, HUB_ID_BYTES, "hub id") as HubId;
}

/** @throws RangeError when `bytes` is not 8 bytes long. */
export function intentIdFromBytes(bytes: Uint8Array): IntentId {
  return exactHex(bytes, INTENT_ID_BYTES, "intent id") as IntentId;
}

export function idToBytes(id: HubId | IntentId): Uint8Array {
  return hexToBytes(id);
}

/** @param address "A4:C1:38:0B:5E:ED", as BlueZ writes it; case and separators are free.
 *  @returns undefined when it is not a 6-byte address. */
export function sensorIdFromAddress(address: string): SensorId | undefined {
  const hex = address.replace(/[:-]/g, "").toLowerCase();
  return /^[0-9a-f]{12}$/.test(hex) ? (`ble:${hex}` as SensorId) : undefined;
}

/** @returns "A4:C1:38:0B:5E:ED" */
export function addressOfSensor(id: SensorId): string {
  return (id.slice(4).match(/../g) ?? []).join(":").toUpperCase();
}

export function isHubId(text: string): text is HubId {
  return /^[0-9a-f]{32}$/.test(text);
}

export function isSensorId(text: string): text is SensorId {
  return /^ble:[0-9a-f]{12}$/.test(text);
}

/** Eight digits are enough for a person to tell the hubs of a home apart. */
export function shortId(id: HubId): string {
  return id.slice(0, 8);
}

function exactHex(bytes: Uint8Array, length: number, what: string): string {
  if (bytes.length !== length) throw new RangeError(`${what} is ${bytes.length} bytes, not ${length}`);
  return bytesToHex(bytes);
}
