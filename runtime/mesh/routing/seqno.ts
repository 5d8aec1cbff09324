/**
 * Sequence numbers of 16 bits that wrap around. Pure.
 * Source: RFC 1982 serial number arithmetic, as RFC 8966 §3.2.1 uses it.
 */

export const SEQNO_MAX = 0xffff;

/** Strictly newer, as long as the two are less than 32,768 steps apart. */
export function isNewer(seqno: number, than: number): boolean {
  const ahead = (seqno - than) & SEQNO_MAX;
  return ahead !== 0 && ahead < 0x8000;
}

export function seqnoAfter(seqno: number): number {
  return (seqno + 1) & SEQNO_MAX;
}
