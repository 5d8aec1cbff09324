/**
 * Notices a hub that was restored from an old backup, and one whose card was copied. Pure.
 *
 * Every start of a hub has an epoch, one higher than the last and on its disk before it is used, and a boot nonce of its own.
 * So an epoch below the greatest that was met comes from an old disk ("behind"); and two nonces that take turns come from
 * two disks ("cloned"): a nonce that another has followed cannot come back with a higher epoch, since a restart makes a new
 * one. A copy started for the first time looks like a restored backup; it is told to raise its epoch, then the other one
 * is, and when the first comes back with the nonce it had, it is found out. With both on the line at once it is found at once.
 * From then on both are refused.
 */

import { LruMap } from "../../core/bounded.js";
import { bytesEqual, concatBytes } from "../../core/bytes.js";
import { HUB_ID_BYTES, type HubId, hubIdFromBytes, idToBytes } from "../../core/ids.js";

export const BOOT_NONCE_BYTES = 8;
/** As the identity file counts: a start every second lasts 136 years. */
const EPOCH_MAX = 0xffff_ffff;
const FORMAT_VERSION = 1;
const ENTRY_BYTES = HUB_ID_BYTES + 4 + 2 * BOOT_NONCE_BYTES;
const NO_NONCE: Uint8Array = new Uint8Array(BOOT_NONCE_BYTES);

export type EpochVerdict =
  | { readonly type: "ok"; readonly changed: boolean }
  /** The hub was met at `epoch` before: it must go past it. */
  | { readonly type: "behind"; readonly epoch: number }
  | { readonly type: "cloned" };

const CLONED: EpochVerdict = { type: "cloned" };

interface Met {
  epoch: number;
  boot: Uint8Array;
  /** The one before `boot`; zeros when there was none. */
  earlier: Uint8Array;
  /** Both starts are refused from then on: nobody can know which is the copy. A later start begins anew. */
  cloned: boolean;
}

export class EpochLedger {
  readonly #met: LruMap<HubId, Met>;

  /** @param hubsMax see `AdmissionSettings.epochsMax`. */
  constructor(hubsMax: number) {
    this.#met = new LruMap(hubsMax);
  }

  get size(): number {
    return this.#met.size;
  }

  /** To be asked only about hubs that are admitted: strangers must not fill it.
   *  @param linked whether another link to this hub has answered within the last seconds.
   *  @returns `changed`: to be kept over a restart, in due time. */
  observe(hub: HubId, epoch: number, boot: Uint8Array, linked = false): EpochVerdict {
    const met = this.#met.get(hub);
    if (met === undefined) {
      this.#met.set(hub, { epoch, boot: boot.slice(), earlier: NO_NONCE, cloned: false });
      return { type: "ok", changed: true };
    }
    if (bytesEqual(boot, met.boot)) return met.cloned ? CLONED : this.#ofSameStart(met, epoch);
    if (met.cloned && bytesEqual(boot, met.earlier)) return CLONED;
    if (epoch < met.epoch) return { type: "behind", epoch: met.epoch };
    if (bytesEqual(boot, met.earlier) || (epoch === met.epoch && linked)) {
      met.earlier = boot.slice();
      met.cloned = true;
      return CLONED;
    }
    if (epoch === met.epoch) return { type: "behind", epoch };
    met.cloned = false;
    met.earlier = met.boot;
    met.boot = boot.slice();
    met.epoch = epoch;
    return { type: "ok", changed: true };
  }

  /** Least recently met first. Format: a version byte, then id, epoch (4 bytes), both nonces, for each hub. */
  serialise(): Uint8Array {
    const parts: Uint8Array[] = [Uint8Array.of(FORMAT_VERSION)];
    for (const [hub, { epoch, boot, earlier }] of this.#met.entries()) {
      const number = new Uint8Array(4);
      new DataView(number.buffer).setUint32(0, Math.min(epoch, EPOCH_MAX));
      parts.push(idToBytes(hub), number, boot, earlier);
    }
    return concatBytes(...parts);
  }

  /** @returns an empty one when the bytes are damaged or of another version: it only remembers less. */
  static restore(bytes: Uint8Array | undefined, hubsMax: number): EpochLedger {
    const ledger = new EpochLedger(hubsMax);
    if (bytes?.[0] !== FORMAT_VERSION || (bytes.length - 1) % ENTRY_BYTES !== 0) return ledger;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 1; at < bytes.length; at += ENTRY_BYTES) {
      const hub = hubIdFromBytes(bytes.subarray(at, at + HUB_ID_BYTES));
      const epoch = view.getUint32(at + HUB_ID_BYTES);
      const boot = bytes.slice(at + ENTRY_BYTES - 2 * BOOT_NONCE_BYTES, at + ENTRY_BYTES - BOOT_NONCE_BYTES);
      ledger.#met.set(hub, {
        epoch,
        boot,
        earlier: bytes.slice(at + ENTRY_BYTES - BOOT_NONCE_BYTES, at + ENTRY_BYTES),
        cloned: false,
      });
    }
    return ledger;
  }

  #ofSameStart(met: Met, epoch: number): EpochVerdict {
    if (epoch < met.epoch) return { type: "behind", epoch: met.epoch };
    const changed = epoch > met.epoch;
    met.epoch = epoch;
    return { type: "ok", changed };
  }
}

/** What a hub does about being told that it is behind or cloned. */
export type ToldVerdict =
  | { readonly type: "ignore" }
  /** Take this epoch, write it down, and connect again. A person is told (EPOCH_BEHIND). */
  | { readonly type: "raise"; readonly epoch: number }
  /** Stop linking; a person is told what to do (CLONED). */
  | { readonly type: "stop" };

/** 2^20 starts are one every five minutes for ten years: no backup is older. */
const RAISE_MAX = 2 ** 20;
/** Each neighbour may have met a higher one; more often it is a liar who wants the epochs used up. */
const RAISES_MAX = 4;
/** One hostile member must not silence a hub by a word: two must say so, or all whom it reaches. */
const WITNESSES = 2;

/** This hub's own part: it believes what it is told, within bounds. */
export class SelfDoubt {
  #epoch: number;
  #raises = 0;
  #witnesses: HubId[] = [];

  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** @param saidEpoch what this hub had said on that link: an answer to an epoch that was raised since is old news. */
  toldBehind(epoch: number, saidEpoch: number): ToldVerdict {
    if (saidEpoch !== this.#epoch || epoch < this.#epoch) return { type: "ignore" };
    if (epoch - this.#epoch > RAISE_MAX || this.#raises >= RAISES_MAX) return { type: "ignore" };
    this.#raises += 1;
    this.#epoch = epoch + 1;
    return { type: "raise", epoch: this.#epoch };
  }

  /** @param by a hub whose certificate was checked.
   *  @param otherNeighbours how many admitted hubs this one has a link with, or had a moment ago, `by` not counted. */
  toldCloned(by: HubId, otherNeighbours: number): ToldVerdict {
    if (!this.#witnesses.includes(by)) this.#witnesses.push(by);
    const enough = this.#witnesses.length >= WITNESSES || otherNeighbours === 0;
    if (this.#witnesses.length > WITNESSES) this.#witnesses = this.#witnesses.slice(-WITNESSES);
    return enough ? { type: "stop" } : { type: "ignore" };
  }
}

/** What ERROR says in `detail`, and how it is read back. */
export function behindDetail(epoch: number): string {
  return `epoch ${epoch} was met before`;
}

/** @returns undefined when it is not such a text. */
export function epochOfDetail(detail: string): number | undefined {
  const digits = /^epoch (\d{1,10}) was met before$/.exec(detail)?.[1];
  const epoch = Number(digits);
  return digits !== undefined && epoch <= EPOCH_MAX ? epoch : undefined;
}
