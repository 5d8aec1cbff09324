/** SYNC: entries of the replicated registries, and how two hubs find out which of them differ. Types only. */
import type { BroadcastScope } from "./messages-broadcast.js";

/**
 * One value of one registry. Of two with the same registry and key the greater (major, minor) wins; what the two numbers
 * mean is the registry's affair (a hybrid logical clock, an epoch and a version, …).
 */
export interface StateEntry {
  /** Which registry: 0 … 255. */
  readonly registry: number;
  /** Hex of 1 to 64 bytes, so that a hub id is a key as it is. */
  readonly key: string;
  readonly major: number;
  readonly minor: number;
  /** Exactly as its writer made it, since it may be signed. */
  readonly value: Uint8Array;
}

/** Where an entry is in the order that both sides share: the first 48 bits of the hash of its registry and key. */
export type Position = number;
/** The end of every range that has no upper bound. */
export const POSITION_END: Position = 2 ** 48;
export const POSITION_BYTES = 6;

export const FINGERPRINT_BYTES = 6;
/** A position and 4 bytes of the entry's hash. */
export const LISTED_BYTES = POSITION_BYTES + 4;

/** From the upper bound of the range before it (0 for the first) up to its own, which is not part of it. */
export interface SyncRange {
  readonly upper: Position;
  /** Of what the sender has there. Neither this nor `listed`: nothing to be said of that range. */
  readonly fingerprint?: Uint8Array;
  /** All that the sender has there, `LISTED_BYTES` each, in order. */
  readonly listed?: Uint8Array;
}

/** The entry at a position is asked for; only if it is newer than the one named, where one is. */
export interface SyncWant {
  readonly position: Position;
  readonly major?: number;
  readonly minor?: number;
}

export interface SyncBody {
  /** Chosen at random by whoever opened the session; every fingerprint in it depends on it. Absent in a broadcast. */
  readonly session?: number;
  readonly scope: BroadcastScope;
  /** This message opens the session. */
  readonly open: boolean;
  /** The turn of the sender goes on with its next message. */
  readonly more: boolean;
  readonly ranges: readonly SyncRange[];
  readonly wants: readonly SyncWant[];
  readonly entries: readonly StateEntry[];
}
