/**
 * CRC-32C (Castagnoli), as LevelDB and iSCSI use it, four bytes at a time: a start checks up to a MiB of log. Pure.
 * Source: RFC 3720 §12.1 and Appendix B.4; "slicing by 4" after Kounavis and Berry, 2005.
 */
const POLYNOMIAL = 0x82f63b78;
/** TABLES[k × 256 + b]: the effect of byte b, k bytes before the end of its group. Signed, so that V8 keeps integers. */
const TABLES = new Int32Array(4 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  TABLES[byte] = crc;
}
for (let at = 256; at < TABLES.length; at++) {
  const before = entry(at - 256);
  TABLES[at] = (before >>> 8) ^ entry(before & 0xff);
}

export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const groupsEnd = bytes.length & ~3;
  let crc = -1;
  for (let at = 0; at < groupsEnd; at += 4) {
    crc ^= view.getInt32(at, true);
    crc =
      entry(768 + (crc & 0xff)) ^
      entry(512 + ((crc >>> 8) & 0xff)) ^
      entry(256 + ((crc >>> 16) & 0xff)) ^
      entry(crc >>> 24);
  }
  for (let at = groupsEnd; at < bytes.length; at++) crc = entry((crc ^ view.getUint8(at)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function entry(at: number): number {
  return TABLES[at] ?? 0;
}
