/** SYNC: ranges, wants and entries of the replicated registries. Pure. */
import { bytesToHex, hexToBytes } from "../../core/bytes.js";
import {
  FINGERPRINT_BYTES,
  LISTED_BYTES,
  POSITION_BYTES,
  POSITION_END,
  type Position,
  type StateEntry,
  type SyncBody,
  type SyncRange,
  type SyncWant,
} from "../../core/messages-state.js";
import type { CborValue } from "../cbor.js";
import { type Codec, list, type Reader, record, SKIP } from "../codec.js";
import { boolean, boundedBytes, integer, uint32, uint53 } from "../fields.js";
import { scopeField } from "./broadcast.js";

export const SYNC_RANGES_MAX = 1024;
export const SYNC_WANTS_MAX = 1024;
export const SYNC_ENTRIES_MAX = 512;
export const STATE_KEY_BYTES_MAX = 64;
/** An advert with 64 topics and its signature fits. */
export const STATE_VALUE_BYTES_MAX = 4096;
/** Lists longer than a range may hold are split; see `LISTED_MAX` of the mesh. */
const LISTED_BYTES_MAX = 512 * LISTED_BYTES;

const positionBytes = boundedBytes(0, POSITION_BYTES);
const fingerprint = boundedBytes(FINGERPRINT_BYTES, FINGERPRINT_BYTES);
const listed = boundedBytes(0, LISTED_BYTES_MAX);
const registry = integer(0, 255);
const key = boundedBytes(1, STATE_KEY_BYTES_MAX);
const value = boundedBytes(0, STATE_VALUE_BYTES_MAX);

/** Big-endian without the zeros at its end; the end of all is empty. */
const position: Codec<Position> = {
  read(wire, reader) {
    const bytes = read(positionBytes, wire, reader);
    if (bytes === undefined) return undefined;
    if (bytes.length === 0) return POSITION_END;
    if (bytes.at(-1) === 0 && bytes.length > 1) return reader.fail("NOT_CANONICAL", "zeros at the end are left out");
    let at = 0;
    for (let i = 0; i < POSITION_BYTES; i++) at = at * 256 + (bytes[i] ?? 0);
    return at;
  },
  write(at) {
    if (at === POSITION_END) return new Uint8Array(0);
    if (!Number.isInteger(at) || at < 0 || at > POSITION_END) throw new RangeError("expected a position");
    const bytes = new Uint8Array(POSITION_BYTES);
    let rest = at;
    for (let i = POSITION_BYTES - 1; i >= 0; i--) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    let length = POSITION_BYTES;
    while (length > 1 && bytes[length - 1] === 0) length -= 1;
    return bytes.slice(0, length);
  },
};

/** `[upper]`, `[upper, fingerprint]` or `[upper, 0, listed]`. */
const range: Codec<SyncRange> = {
  read(wire, reader) {
    const items = readItems(wire, 1, 3, reader);
    if (items === undefined) return undefined;
    const upper = read(position, items[0], reader);
    if (upper === undefined) return undefined;
    if (items.length === 1) return { upper };
    if (items.length === 2) {
      const print = read(fingerprint, items[1], reader);
      return print === undefined ? undefined : { upper, fingerprint: print };
    }
    if (items[1] !== 0) return reader.fail("BAD_FIELD", "expected 0 before a list");
    const all = read(listed, items[2], reader);
    if (all === undefined) return undefined;
    return all.length % LISTED_BYTES === 0 ? { upper, listed: all } : reader.fail("BAD_FIELD", "expected whole items");
  },
  write({ upper, fingerprint: print, listed: all }) {
    if (print !== undefined) return [position.write(upper), fingerprint.write(print)];
    return all === undefined ? [position.write(upper)] : [position.write(upper), 0, listed.write(all)];
  },
};

/** `[position]` or `[position, major, minor]`. */
const want: Codec<SyncWant> = {
  read(wire, reader) {
    const items = readItems(wire, 1, 3, reader);
    if (items === undefined) return undefined;
    const at = read(position, items[0], reader);
    if (at === undefined) return undefined;
    if (items.length === 1) return { position: at };
    const major = read(uint53, items[1], reader);
    const minor = read(uint53, items[2], reader);
    return major === undefined || minor === undefined ? undefined : { position: at, major, minor };
  },
  write({ position: at, major, minor }) {
    if (major === undefined || minor === undefined) return [position.write(at)];
    return [position.write(at), uint53.write(major), uint53.write(minor)];
  },
};

/** `[registry, key, major, minor, value]`. */
const entry: Codec<StateEntry> = {
  read(wire, reader) {
    const items = readItems(wire, 5, 5, reader);
    if (items === undefined) return undefined;
    const which = read(registry, items[0], reader);
    const name = read(key, items[1], reader);
    const major = read(uint53, items[2], reader);
    const minor = read(uint53, items[3], reader);
    const bytes = read(value, items[4], reader);
    if (which === undefined || name === undefined || major === undefined || minor === undefined || bytes === undefined)
      return undefined;
    return { registry: which, key: bytesToHex(name), major, minor, value: bytes };
  },
  write(one) {
    return [
      registry.write(one.registry),
      key.write(hexToBytes(one.key)),
      uint53.write(one.major),
      uint53.write(one.minor),
      value.write(one.value),
    ];
  },
};

function readItems(wire: CborValue, min: number, max: number, reader: Reader): readonly CborValue[] | undefined {
  if (Array.isArray(wire) && wire.length >= min && wire.length <= max) return wire as readonly CborValue[];
  return reader.fail("BAD_FIELD", `expected an array of ${min} … ${max}`);
}

function read<T>(codec: Codec<T>, wire: CborValue | undefined, reader: Reader): T | undefined {
  // A missing item is no null: no codec here takes one.
  const result = codec.read(wire ?? null, reader);
  return result === SKIP ? undefined : result;
}

const no = { codec: boolean, whenAbsent: { value: false, is: (flag: boolean) => !flag } };
const none = { value: [], is: (items: readonly unknown[]) => items.length === 0 };

export const sync = record<SyncBody>({
  session: { key: 1, codec: uint32, optional: true },
  scope: { key: 3, ...scopeField },
  open: { key: 5, ...no },
  more: { key: 7, ...no },
  ranges: { key: 9, codec: list(range, SYNC_RANGES_MAX), whenAbsent: none },
  wants: { key: 11, codec: list(want, SYNC_WANTS_MAX), whenAbsent: none },
  entries: { key: 13, codec: list(entry, SYNC_ENTRIES_MAX), whenAbsent: none },
});
