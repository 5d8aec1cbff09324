/**
 * Who may say where a hub is: the hub itself. Pure.
 * A forged place would draw a hub's frames into a hole. Ids are digests of public keys, so a place that carries the key and a signature
 * proves itself, to the keeper and to whoever asks, without a registry of keys. It costs 98 bytes a registration, and one signature
 * check (about 0.1 ms) at each keeper every few minutes. How long a place is kept is not signed: an old one that is sent again is
 * refused while a newer one is known, and afterwards leads where the hub was, as any stale answer does.
 */
import { concatBytes } from "../../core/bytes.js";
import { type HubId, idToBytes } from "../../core/ids.js";
import type { Place } from "../../core/messages-directory.js";

/** The cryptography, passed in. Without it nothing is signed and everything believed: for simulations. */
export interface Authority {
  /** @returns this hub's public key (32 bytes) and its signature (64 bytes). */
  sign(bytes: Uint8Array): Uint8Array;
  /** @returns whether the key is the hub's and the signature the key's. */
  verify(hub: HubId, proof: Uint8Array, bytes: Uint8Array): boolean;
}

const LABEL = Uint8Array.from("mindos-place-v1", (character) => character.charCodeAt(0));

/** What is signed: label (15 bytes) ‖ hub (16) ‖ epoch (8, big-endian) ‖ version (8) ‖ the locator's ids (16 each). */
export function signedBytes(hub: HubId, place: Omit<Place, "lifetimeS" | "proof">): Uint8Array {
  const numbers = new DataView(new ArrayBuffer(16));
  putUint53(numbers, 0, place.epoch);
  putUint53(numbers, 8, place.version);
  return concatBytes(LABEL, idToBytes(hub), new Uint8Array(numbers.buffer), ...place.locator.map(idToBytes));
}

export function isProven(hub: HubId, place: Place, authority: Authority | undefined): boolean {
  if (authority === undefined) return true;
  return place.proof !== undefined && authority.verify(hub, place.proof, signedBytes(hub, place));
}

/** Whether `a` says something newer than `b`. */
export function isNewer(a: Place, b: Place): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.version > b.version);
}

function putUint53(view: DataView, at: number, value: number): void {
  view.setUint32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value >>> 0);
}
