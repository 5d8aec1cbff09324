/**
 * What the outbox keeps over a restart, as keys and bytes. Pure. Every record begins with its version: 2 for a parcel with its origin's proof,
 * else 1.
 *
 *     outbox/parcel/<origin>/<to>/<stream>/<number>   when it expires (wall clock), priority, kind, with 2 the proof, content
 *     outbox/stream/<to>                              stream, next number, last use
 *     outbox/window/<origin>                          stream, floor, bits
 *     outbox/unread/<origin>/<stream>/<number>        kind, content
 *
 * Numbers are float64, big-endian: they hold every integer up to 2^53 and need no second format.
 */
import { concatBytes } from "../../core/bytes.js";
import { type HubId, isHubId } from "../../core/ids.js";
import { BROADCAST_PROOF_BYTES } from "../../core/messages-broadcast.js";

export const OUTBOX_PREFIX = "outbox/";
const VERSION = 1;
const VERSION_PROVEN = 2;
/** As far as a parcel's kind. */
const PARCEL_HEAD_BYTES = 11;

export interface ParcelRecord {
  readonly origin: HubId;
  readonly to: HubId;
  readonly stream: number;
  readonly number: number;
  readonly expiresWallMs: number;
  readonly priority: number;
  readonly kind: number;
  readonly content: Uint8Array;
  /** Of another hub's parcel. */
  readonly proof: Uint8Array | undefined;
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

/** Of another hub, for this one, which cannot read it yet. */
export interface UnreadRecord {
  readonly origin: HubId;
  readonly stream: number;
  readonly number: number;
  readonly kind: number;
  readonly content: Uint8Array;
}

export type OutboxRecord =
  | ({ readonly type: "parcel" } & ParcelRecord)
  | ({ readonly type: "stream" } & StreamRecord)
  | ({ readonly type: "window" } & WindowRecord)
  | ({ readonly type: "unread" } & UnreadRecord);

export function parcelKey({
  origin,
  to,
  stream,
  number,
}: Pick<ParcelRecord, "origin" | "to" | "stream" | "number">): string {
  return `${OUTBOX_PREFIX}parcel/${origin}/${to}/${stream}/${number}`;
}

export function parcelBytes({
  expiresWallMs,
  priority,
  kind,
  content,
  proof,
}: Omit<ParcelRecord, "origin" | "to">): Uint8Array {
  const head = header([expiresWallMs], [priority, kind]);
  if (proof === undefined) return concatBytes(head, content);
  head[0] = VERSION_PROVEN;
  return concatBytes(head, proof, content);
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

export function unreadKey({ origin, stream, number }: Pick<UnreadRecord, "origin" | "stream" | "number">): string {
  return `${OUTBOX_PREFIX}unread/${origin}/${stream}/${number}`;
}

export function unreadBytes({ kind, content }: Pick<UnreadRecord, "kind" | "content">): Uint8Array {
  return concatBytes(header([], [kind]), content);
}

/** @returns undefined for what is not a record of this version: torn, foreign or newer. */
export function readRecord(key: string, value: Uint8Array): OutboxRecord | undefined {
  const isProven = value[0] === VERSION_PROVEN;
  if (!key.startsWith(OUTBOX_PREFIX) || (value[0] !== VERSION && !isProven)) return undefined;
  const [type, hub = "", third = "", fourth, fifth] = key.slice(OUTBOX_PREFIX.length).split("/");
  if (!isHubId(hub)) return undefined;
  if (type === "unread") return isProven ? undefined : readUnread(hub, third, fourth, value);
  const [to, stream, number] = [third, fourth, fifth];
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (type === "parcel") {
    const contentAt = PARCEL_HEAD_BYTES + (isProven ? BROADCAST_PROOF_BYTES : 0);
    if (!isHubId(to) || value.length < contentAt) return undefined;
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
      proof: isProven ? value.slice(PARCEL_HEAD_BYTES, contentAt) : undefined,
      content: value.slice(contentAt),
    };
  }
  if (isProven || value.length < 17) return undefined;
  const [first, second] = [view.getFloat64(1), view.getFloat64(9)];
  if (!isCount(first) || !isCount(second)) return undefined;
  if (type === "stream") return { type, to: hub, stream: first, next: second };
  if (type === "window") return { type, origin: hub, stream: first, floor: second, above: value.slice(17) };
  return undefined;
}

function readUnread(
  origin: HubId,
  third: string,
  fourth: string | undefined,
  value: Uint8Array,
): OutboxRecord | undefined {
  const [stream, number] = [Number(third), Number(fourth)];
  const [, kind] = value;
  if (!isCount(stream) || !isCount(number) || kind === undefined) return undefined;
  return { type: "unread", origin, stream, number, kind, content: value.slice(2) };
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
