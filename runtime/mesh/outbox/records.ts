/**
 * What the outbox keeps over a restart, as keys and bytes. Pure. Version 1; every record begins with its version.
 *
 *     outbox/parcel/<origin>/<to>/<stream>/<number>   when it expires (wall clock), priority, kind, content
 *     outbox/stream/<to>                              stream, next number, last use
 *     outbox/window/<origin>                          stream, floor, bits
 *
 * Numbers are float64, big-endian: they hold every integer up to 2^53 and need no second format.
 */
import { concatBytes } from "../../core/bytes.js";
import { type HubId, isHubId } from "../../core/ids.js";

export const OUTBOX_PREFIX = "outbox/";
const VERSION = 1;

export interface ParcelRecord {
  readonly origin: HubId;
  readonly to: HubId;
  readonly stream: number;
  readonly number: number;
  readonly expiresWallMs: number;
  readonly priority: number;
  readonly kind: number;
  readonly content: Uint8Array;
}

export interface StreamRecord {
  readonly to: HubId;
  readonly stream: number;
  readonly next: number;
}

export interface WindowRecord {
  readonly origin: HubId;
  readonly stream: number;
  readonly floor: number;
  readonly above: Uint8Array;
}

export type OutboxRecord =
  | ({ readonly type: "parcel" } & ParcelRecord)
  | ({ readonly type: "stream" } & StreamRecord)
  | ({ readonly type: "window" } & WindowRecord);

export function parcelKey({ origin, to, stream, number }: Omit<ParcelRecord, "content" | "kind" | "priority">): string {
  return `${OUTBOX_PREFIX}parcel/${origin}/${to}/${stream}/${number}`;
}

export function parcelBytes({
  expiresWallMs,
  priority,
  kind,
  content,
}: Omit<ParcelRecord, "origin" | "to">): Uint8Array {
  return concatBytes(header([expiresWallMs], [priority, kind]), content);
}

export function streamKey(to: HubId): string {
  return `${OUTBOX_PREFIX}stream/${to}`;
}

export function streamBytes({ stream, next }: StreamRecord): Uint8Array {
  return header([stream, next], []);
}

export function windowKey(origin: HubId): string {
  return `${OUTBOX_PREFIX}window/${origin}`;
}

export function windowBytes({ stream, floor, above }: Omit<WindowRecord, "origin">): Uint8Array {
  return concatBytes(header([stream, floor], []), above);
}

/** @returns undefined for what is not a record of this version: torn, foreign or newer. */
export function readRecord(key: string, value: Uint8Array): OutboxRecord | undefined {
  if (!key.startsWith(OUTBOX_PREFIX) || value[0] !== VERSION) return undefined;
  const [type, hub = "", to = "", stream, number] = key.slice(OUTBOX_PREFIX.length).split("/");
  if (!isHubId(hub)) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (type === "parcel") {
    if (!isHubId(to) || value.length < 11) return undefined;
    const [streamNumber, parcelNumber] = [Number(stream), Number(number)];
    if (!isCount(streamNumber) || !isCount(parcelNumber)) return undefined;
    return {
      type,
      origin: hub,
      to,
      stream: streamNumber,
      number: parcelNumber,
      expiresWallMs: view.getFloat64(1),
      priority: Math.min(7, value[9] ?? 0),
      kind: value[10] ?? 0,
      content: value.slice(11),
    };
  }
  if (value.length < 17) return undefined;
  const [first, second] = [view.getFloat64(1), view.getFloat64(9)];
  if (!isCount(first) || !isCount(second)) return undefined;
  if (type === "stream") return { type, to: hub, stream: first, next: second };
  if (type === "window") return { type, origin: hub, stream: first, floor: second, above: value.slice(17) };
  return undefined;
}

function header(numbers: readonly number[], bytes: readonly number[]): Uint8Array {
  const out = new Uint8Array(1 + numbers.length * 8 + bytes.length);
  const view = new DataView(out.buffer);
  out[0] = VERSION;
  numbers.forEach((number, index) => {
    view.setFloat64(1 + index * 8, number);
  });
  out.set(bytes, 1 + numbers.length * 8);
  return out;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
