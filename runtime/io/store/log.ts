/**
 * LevelDB's log format, which its write-ahead log and its manifest share. Pure.
 * Source: LevelDB doc/log_format.md: blocks of 32 KiB; each record or fragment has a masked CRC-32C, a length and a type.
 */
import { crc32c } from "./crc32c.js";

export const LOG_BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
/** Sequence (8 bytes) and count of operations (4), at the start of every record of a write-ahead log. */
const BATCH_HEADER_BYTES = 12;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

interface Fragment {
  readonly start: number;
  readonly type: number;
  readonly content: Uint8Array;
}

/** @returns how many bytes from the start are whole records, none of them begun and not ended. */
export function intactLogBytes(log: Uint8Array): number {
  let intact = 0;
  let inRecord = false;
  for (let at = 0; at < log.length; ) {
    const blockLeft = LOG_BLOCK_BYTES - (at % LOG_BLOCK_BYTES);
    if (blockLeft < HEADER_BYTES) {
      at += blockLeft;
      continue;
    }
    const fragment = fragmentAt(log, at);
    if (!fragment || inRecord !== (fragment.type === MIDDLE || fragment.type === LAST)) break;
    inRecord = fragment.type === FIRST || fragment.type === MIDDLE;
    at += HEADER_BYTES + fragment.content.length;
    if (!inRecord) intact = at;
  }
  return intact;
}

/** @returns where a record begins that is older than one before it: not this log's, but what its disk sectors held
 *  before. @param from the first sequence that may come. @returns also the first sequence that may come next. */
export function findStaleRecord(log: Uint8Array, from: number): { readonly at?: number; readonly next: number } {
  let next = from;
  let start = 0;
  let header: number[] | undefined;
  for (const fragment of fragments(log)) {
    if (fragment.type === FULL || fragment.type === FIRST) {
      start = fragment.start;
      header = [];
    }
    // Fragments without a beginning are dropped by LevelDB too.
    if (!header) continue;
    for (const byte of fragment.content.subarray(0, BATCH_HEADER_BYTES - header.length)) header.push(byte);
    if (fragment.type !== FULL && fragment.type !== LAST) continue;
    if (header.length === BATCH_HEADER_BYTES) {
      const view = new DataView(Uint8Array.from(header).buffer);
      const sequence = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
      if (sequence < next) return { at: start, next };
      next = sequence + view.getUint32(8, true);
    }
    header = undefined;
  }
  return { next };
}

/** As LevelDB reads: what is damaged costs the rest of its block. */
function* fragments(log: Uint8Array): Generator<Fragment> {
  for (let block = 0; block < log.length; block += LOG_BLOCK_BYTES) {
    for (let at = block; at + HEADER_BYTES <= block + LOG_BLOCK_BYTES; ) {
      const fragment = fragmentAt(log, at);
      if (!fragment) break;
      yield fragment;
      at += HEADER_BYTES + fragment.content.length;
    }
  }
}

/** @returns undefined when the bytes there are no fragment: torn, zeros or garbage. */
function fragmentAt(log: Uint8Array, at: number): Fragment | undefined {
  const blockEnd = Math.min(at - (at % LOG_BLOCK_BYTES) + LOG_BLOCK_BYTES, log.length);
  if (at + HEADER_BYTES > blockEnd) return undefined;
  const view = new DataView(log.buffer, log.byteOffset + at, HEADER_BYTES);
  const end = at + HEADER_BYTES + view.getUint16(4, true);
  const type = view.getUint8(6);
  if (end > blockEnd || type < FULL || type > LAST) return undefined;
  if (maskedCrc(log.subarray(at + HEADER_BYTES - 1, end)) !== view.getUint32(0, true)) return undefined;
  return { start: at, type, content: log.subarray(at + HEADER_BYTES, end) };
}

function maskedCrc(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
