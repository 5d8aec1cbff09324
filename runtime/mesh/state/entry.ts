/**
 * An entry with what is computed from it: where it stands in the order that all hubs share, and its hash. Pure.
 * Entries never change, so a simulator may let many hubs share them.
 */
import type { Position, StateEntry } from "../../core/messages-state.js";

/** SHA-256; in a simulation something cheaper that spreads as well. 32 bytes. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

export const HASH_WORDS = 8;

export interface Entry extends StateEntry {
  readonly position: Position;
  /** The hash as a number of 256 bits, most significant word first. */
  readonly words: Uint32Array;
}

const OVERHEAD_BYTES = 24;

/** What an entry counts for in bounds: about what it takes on the wire. Unit: bytes. */
export function bytesOf({ key, value }: StateEntry): number {
  return OVERHEAD_BYTES + key.length / 2 + value.length;
}

export function positionOf(hash: Hash, registry: number, key: string): Position {
  const digest = hash(keyBytes(registry, key));
  let position = 0;
  for (let i = 0; i < 6; i++) position = position * 256 + (digest[i] ?? 0);
  return position;
}

export function seal(hash: Hash, entry: StateEntry): Entry {
  const { registry, key, major, minor, value } = entry;
  const keyLength = key.length / 2;
  const bytes = new Uint8Array(18 + keyLength + value.length);
  bytes[0] = registry;
  bytes[1] = keyLength;
  writeHex(bytes, 2, key);
  const view = new DataView(bytes.buffer);
  view.setFloat64(2 + keyLength, major);
  view.setFloat64(10 + keyLength, minor);
  bytes.set(value, 18 + keyLength);
  const digest = hash(bytes);
  const digestView = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  const words = new Uint32Array(HASH_WORDS);
  for (let i = 0; i < HASH_WORDS; i++) words[i] = digestView.getUint32(i * 4);
  return { registry, key, major, minor, value, position: positionOf(hash, registry, key), words };
}

/** Newer first is positive. Ties between writers that used one stamp twice are broken by the hash, the same everywhere. */
export function compareVersions(a: Entry, b: Entry): number {
  return a.major - b.major || a.minor - b.minor || compareWords(a.words, b.words);
}

/** The order of entries: by position, registry, key. */
export function compareEntries(a: Entry, b: Entry): number {
  return a.position - b.position || a.registry - b.registry || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

function compareWords(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < HASH_WORDS; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function keyBytes(registry: number, key: string): Uint8Array {
  const bytes = new Uint8Array(1 + key.length / 2);
  bytes[0] = registry;
  writeHex(bytes, 1, key);
  return bytes;
}

function writeHex(bytes: Uint8Array, at: number, hex: string): void {
  for (let i = 0; i < hex.length; i += 2) {
    bytes[at + i / 2] = nibble(hex.charCodeAt(i)) * 16 + nibble(hex.charCodeAt(i + 1));
  }
}

/** Of a digit 0-9 or a-f. */
function nibble(code: number): number {
  return code < 58 ? code - 48 : code - 87;
}
