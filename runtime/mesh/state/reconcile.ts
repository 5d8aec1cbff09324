/**
 * Range-based set reconciliation: Meyer, Range-Based Set Reconciliation (SRDS 2023); the shape of the exchange follows Negentropy.
 * Pure: what the other side says of a range in, what is to be said back out.
 */
import { bytesEqual } from "../../core/bytes.js";
import {
  FINGERPRINT_BYTES,
  LISTED_BYTES,
  POSITION_BYTES,
  POSITION_END,
  type Position,
  type SyncRange,
  type SyncWant,
} from "../../core/messages-state.js";
import { type Entry, HASH_WORDS, type Hash } from "./entry.js";
import type { ItemSet, Summary } from "./item-set.js";
import type { Outbox } from "./outbox.js";
import type { StateSettings } from "./settings.js";

/** What both sides of a session compute with. */
export interface Comparison {
  readonly set: ItemSet;
  readonly session: number;
  readonly hash: Hash;
  readonly settings: StateSettings;
}

/** 48 bits: two unlike ranges look alike once in 3e14 comparisons, and not in the next session. */
export function fingerprintOf({ set, session, hash }: Comparison, lower: Position, upper: Position): Uint8Array {
  return digest(hash, session, set.summary(lower, upper));
}

/** From so many parts on it can be told how many differences there are. */
const PARTS_MIN = 8;

/** @returns about how many differences there are where these are the first parts of everything: keys are spread evenly, so n differences leave each of p
 *  parts alike with (1 - 1/p)^n. All parts differ: +Infinity. No such parts: 0. */
export function differences(comparison: Comparison, ranges: readonly SyncRange[]): number {
  const parts = ranges.length;
  if (parts < PARTS_MIN || parts > comparison.settings.branching) return 0;
  let lower = 0;
  let alike = 0;
  for (const { upper, fingerprint } of ranges) {
    if (fingerprint === undefined) return 0;
    if (bytesEqual(fingerprintOf(comparison, lower, upper), fingerprint)) alike += 1;
    lower = upper;
  }
  return lower === POSITION_END ? Math.log(alike / parts) / Math.log1p(-1 / parts) : 0;
}

/** Names what is here at these positions. @param positions in order, each once. */
export function name(comparison: Comparison, positions: Iterable<Position>, outbox: Outbox): void {
  for (const position of positions) {
    const upper = position + 1;
    outbox.range(position, { upper, listed: list(comparison, position, upper) });
  }
}

/** What is to be said to a range of the other side. */
export function answerRange(comparison: Comparison, lower: Position, range: SyncRange, outbox: Outbox): void {
  if (range.fingerprint !== undefined) answerFingerprint(comparison, lower, range.upper, range.fingerprint, outbox);
  else if (range.listed !== undefined) answerList(comparison, lower, range.upper, range.listed, outbox);
}

/** What is to be sent for what the other side wants. */
export function answerWant({ set }: Comparison, { position, major, minor }: SyncWant, outbox: Outbox): void {
  const here = [...set.between(position, position + 1)];
  for (const entry of here) {
    // With two keys at one position the version that came along may be another key's: then all go.
    const newer = major === undefined || minor === undefined || isNewer(entry, major, minor) || here.length > 1;
    if (newer) outbox.push(entry);
    else outbox.want({ position });
  }
}

function answerFingerprint(
  comparison: Comparison,
  lower: Position,
  upper: Position,
  theirs: Uint8Array,
  outbox: Outbox,
): void {
  const { set, settings, hash, session } = comparison;
  const summary = set.summary(lower, upper);
  if (bytesEqual(digest(hash, session, summary), theirs)) return;
  if (summary.count <= settings.listMax) return outbox.range(lower, { upper, listed: list(comparison, lower, upper) });
  const parts = Math.min(settings.branching, Math.ceil(summary.count / settings.leafEntries));
  const cuts = set.cuts(lower, upper, summary.count, parts);
  // Keys that share a position cannot be parted.
  if (cuts.length === 1) return outbox.range(lower, { upper, listed: list(comparison, lower, upper) });
  let from = lower;
  for (const cut of cuts) {
    outbox.range(from, { upper: cut, fingerprint: fingerprintOf(comparison, from, cut) });
    from = cut;
  }
}

/** More at one position would take a search for collisions; the rest comes to light when these agree. */
const LISTED_MAX = 512;

function list({ set, session }: Comparison, lower: Position, upper: Position): Uint8Array {
  const bytes = new Uint8Array(LISTED_MAX * LISTED_BYTES);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const entry of set.between(lower, upper)) {
    if (at === bytes.length) break;
    view.setUint16(at, Math.floor(entry.position / 2 ** 32));
    view.setUint32(at + 2, entry.position % 2 ** 32);
    view.setUint32(at + POSITION_BYTES, tagOf(entry, session));
    at += LISTED_BYTES;
  }
  return bytes.slice(0, at);
}

function answerList(
  { set, session }: Comparison,
  lower: Position,
  upper: Position,
  bytes: Uint8Array,
  outbox: Outbox,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const theirs = new Map<Position, number[]>();
  for (let at = 0; at + LISTED_BYTES <= bytes.length; at += LISTED_BYTES) {
    const position = view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
    if (position < lower || position >= upper) continue;
    const tags = theirs.get(position);
    if (tags === undefined) theirs.set(position, [view.getUint32(at + POSITION_BYTES)]);
    else tags.push(view.getUint32(at + POSITION_BYTES));
  }
  for (const entry of set.between(lower, upper)) {
    const tags = theirs.get(entry.position);
    if (tags === undefined) {
      outbox.push(entry);
      continue;
    }
    const same = tags.indexOf(tagOf(entry, session));
    if (same >= 0) tags.splice(same, 1);
    else outbox.want({ position: entry.position, major: entry.major, minor: entry.minor });
    if (tags.length === 0 || same < 0) theirs.delete(entry.position);
  }
  for (const position of theirs.keys()) outbox.want({ position });
}

/** Another word in every session: entries that look alike in one do not in the next. */
function tagOf({ words }: Entry, session: number): number {
  return words[session % HASH_WORDS] ?? 0;
}

function isNewer(entry: Entry, major: number, minor: number): boolean {
  return entry.major > major || (entry.major === major && entry.minor >= minor);
}

function digest(hash: Hash, session: number, { sum, count }: Summary): Uint8Array {
  const bytes = new Uint8Array(8 + 4 * HASH_WORDS);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, session);
  for (let i = 0; i < HASH_WORDS; i++) view.setUint32(4 + 4 * i, sum[i] ?? 0);
  view.setUint32(4 + 4 * HASH_WORDS, count);
  return hash(bytes).slice(0, FINGERPRINT_BYTES);
}
