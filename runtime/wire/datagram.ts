/**
 * Datagrams beside a link, as bytes. PROTOCOL.md §12. Pure: the tag is made and checked by whoever holds the link's key.
 *
 *     0       kind: version 1 in the high four bits; bit 0: its sender accepted the link (else dialled it); bit 1: it is an answer;
 *             bit 2: of an end that has closed the link. Bit 3 is 0
 *     1 … 8   the link: 8 bytes of its TLS session's exported secret
 *     9 … 12  number of the ping, big-endian
 *     13 … 28 tag: the first 16 bytes of HMAC-SHA-256 over bytes 0 … 12
 */
import type { Datagram } from "../core/mesh.js";

export const DATAGRAM_BYTES = 29;
export const DATAGRAM_LINK_BYTES = 8;
export const DATAGRAM_TAG_BYTES = 16;
/** What the tag is made over. */
export const DATAGRAM_TAGGED_BYTES = DATAGRAM_BYTES - DATAGRAM_TAG_BYTES;

const VERSION = 1;
const ACCEPTED = 1;
const ANSWER = 2;
const OVER = 4;
const LINK_AT = 1;
const NUMBER_AT = LINK_AT + DATAGRAM_LINK_BYTES;

export interface DatagramHead extends Datagram {
  /** Its sender dialled the link. */
  readonly byDialler: boolean;
}

/** @param link 8 bytes. @returns what the tag is to be made over: 13 bytes. */
export function encodeDatagram(link: Uint8Array, { number, isAnswer, isOver, byDialler }: DatagramHead): Uint8Array {
  const bytes = new Uint8Array(DATAGRAM_TAGGED_BYTES);
  bytes[0] = (VERSION << 4) | (byDialler ? 0 : ACCEPTED) | (isAnswer ? ANSWER : 0) | (isOver ? OVER : 0);
  bytes.set(link, LINK_AT);
  new DataView(bytes.buffer).setUint32(NUMBER_AT, number);
  return bytes;
}

/** Whose it may be. @returns undefined for what is no datagram of this version. */
export function datagramLink(bytes: Uint8Array): Uint8Array | undefined {
  const kind = bytes[0] as number;
  if (bytes.length !== DATAGRAM_BYTES || kind >> 4 !== VERSION || (kind & 0xf) > (ACCEPTED | ANSWER | OVER))
    return undefined;
  return bytes.subarray(LINK_AT, NUMBER_AT);
}

/** @param bytes one for which `datagramLink` gave a link. What it says is worth nothing before its tag is checked. */
export function decodeDatagram(bytes: Uint8Array): DatagramHead {
  const kind = bytes[0] as number;
  const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(NUMBER_AT);
  return { number, isAnswer: (kind & ANSWER) !== 0, isOver: (kind & OVER) !== 0, byDialler: (kind & ACCEPTED) === 0 };
}
