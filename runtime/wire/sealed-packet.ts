/**
 * The bytes that a sealed session puts on a message broker. Pure. PROTOCOL.md, section "Backbone".
 * Fixed layouts instead of CBOR: most of it is ciphertext, and a stranger's bytes should cost nothing to refuse.
 */

/** First byte of every payload. */
export const PACKET = { init: 1, reply: 2, finish: 3, data: 4, beacon: 5 } as const;

export const SESSION_ID_BYTES = 8;
/** type ‖ session id ‖ generation (2) ‖ number (6). */
export const DATA_HEADER_BYTES = 1 + SESSION_ID_BYTES + 2 + 6;
export const SEAL_BYTES = 16;
/** Segments that the receiver keeps beyond the first gap: what it cannot keep, the sender may not have under way. */
export const SEGMENTS_AHEAD_MAX = 128;
/** What may be under way, and what the receiver can have to keep. 256 KiB are 20 Mbit/s at 100 ms. Unit: bytes. */
export const WINDOW_BYTES = 256 * 1024;
/** Ranges told beyond the first gap. Unit: ranges. */
export const RANGES_MAX = 8;
/** flags ‖ ack (6) ‖ count of ranges. */
const BODY_HEAD_BYTES = 8;
const RANGE_BYTES = 12;
const OFFSET_BYTES = 6;
/** Everything around a segment's own bytes. Unit: bytes. */
export const SEGMENT_OVERHEAD_BYTES =
  DATA_HEADER_BYTES + SEAL_BYTES + BODY_HEAD_BYTES + RANGES_MAX * RANGE_BYTES + OFFSET_BYTES;

const FLAG = { segment: 1, close: 2, ackWanted: 4 } as const;
const FLAGS_ALL = 7;

export interface DataHeader {
  readonly generation: number;
  readonly number: number;
}

/** Bytes from (inclusive) to (exclusive) that have arrived beyond a gap. */
export type Range = readonly [from: number, to: number];

/** What is inside the seal. */
export interface PacketBody {
  /** All bytes before this have arrived. */
  readonly ack: number;
  readonly ranges: readonly Range[];
  readonly segment?: { readonly offset: number; readonly bytes: Uint8Array };
  readonly close?: boolean;
  /** An answer is wanted although there is nothing new. */
  readonly ackWanted?: boolean;
}

export function writeDataHeader(session: Uint8Array, { generation, number }: DataHeader): Uint8Array {
  const out = new Uint8Array(DATA_HEADER_BYTES);
  out[0] = PACKET.data;
  out.set(session, 1);
  const view = new DataView(out.buffer);
  view.setUint16(1 + SESSION_ID_BYTES, generation);
  writeUint48(view, 3 + SESSION_ID_BYTES, number);
  return out;
}

/** @param packet at least `DATA_HEADER_BYTES` long. */
export function readDataHeader(packet: Uint8Array): DataHeader {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.length);
  return { generation: view.getUint16(1 + SESSION_ID_BYTES), number: readUint48(view, 3 + SESSION_ID_BYTES) };
}

export function writeBody({ ack, ranges, segment, close, ackWanted }: PacketBody): Uint8Array {
  const tail = segment === undefined ? 0 : OFFSET_BYTES + segment.bytes.length;
  const out = new Uint8Array(BODY_HEAD_BYTES + ranges.length * RANGE_BYTES + tail);
  const view = new DataView(out.buffer);
  out[0] = (segment ? FLAG.segment : 0) | (close === true ? FLAG.close : 0) | (ackWanted === true ? FLAG.ackWanted : 0);
  writeUint48(view, 1, ack);
  out[7] = ranges.length;
  let at = BODY_HEAD_BYTES;
  for (const [from, to] of ranges) {
    writeUint48(view, at, from);
    writeUint48(view, at + 6, to);
    at += RANGE_BYTES;
  }
  if (segment !== undefined) {
    writeUint48(view, at, segment.offset);
    out.set(segment.bytes, at + OFFSET_BYTES);
  }
  return out;
}

/** @returns undefined when it is not a body. */
export function readBody(bytes: Uint8Array): PacketBody | undefined {
  if (bytes.length < BODY_HEAD_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [flags = 0, count = 0] = [bytes[0], bytes[7]];
  let at = BODY_HEAD_BYTES + count * RANGE_BYTES;
  if ((flags & ~FLAGS_ALL) !== 0 || count > RANGES_MAX || bytes.length < at) return undefined;
  const ranges: Range[] = [];
  for (let i = BODY_HEAD_BYTES; i < at; i += RANGE_BYTES) ranges.push([readUint48(view, i), readUint48(view, i + 6)]);
  const body = {
    ack: readUint48(view, 1),
    ranges,
    close: (flags & FLAG.close) !== 0,
    ackWanted: (flags & FLAG.ackWanted) !== 0,
  };
  if ((flags & FLAG.segment) === 0) return bytes.length === at ? body : undefined;
  if (bytes.length <= at + OFFSET_BYTES) return undefined;
  const offset = readUint48(view, at);
  at += OFFSET_BYTES;
  return { ...body, segment: { offset, bytes: bytes.subarray(at) } };
}

function writeUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value >>> 0);
}

function readUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}
