/**
 * A home's code: its root's public key as people hand it on, by letter or in a message. Pure. Base32 (RFC 4648 §6, lower case) of
 * the key and three bytes of check, in groups of seven: `mindos-home-` and eight groups. Whoever has the code can find the home's
 * hubs at a broker that both use, and still opens no link: for that each home must name the other. It is therefore not for everybody.
 */
import { bytesEqual, concatBytes } from "../../core/bytes.js";

const PREFIX = "mindos-home-";
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
const KEY_BYTES = 32;
const CHECK_BYTES = 3;
/** 35 bytes are 56 letters without a rest. */
const LETTERS_COUNT = ((KEY_BYTES + CHECK_BYTES) * 8) / 5;
const GROUP = 7;

type Sha256 = (bytes: Uint8Array) => Uint8Array;

export function homeCode(rootKey: Uint8Array, sha256: Sha256): string {
  let text = "";
  let [bits, count] = [0, 0];
  for (const byte of concatBytes(rootKey, checkOf(rootKey, sha256))) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 5; count -= 5) text += LETTERS[(bits >> (count - 5)) & 31];
    bits &= 0xff;
  }
  return PREFIX + (text.match(new RegExp(`.{${GROUP}}`, "g")) ?? []).join("-");
}

/** @returns the root's public key; undefined when it is no such code, or a letter is wrong. Case, spaces and dashes do not count. */
export function parseHomeCode(text: string, sha256: Sha256): Uint8Array | undefined {
  const plain = text.toLowerCase().replace(/[\s-]/g, "");
  const prefix = PREFIX.replaceAll("-", "");
  const letters = plain.startsWith(prefix) ? plain.slice(prefix.length) : "";
  if (letters.length !== LETTERS_COUNT) return undefined;
  const bytes: number[] = [];
  let [bits, count] = [0, 0];
  for (const letter of letters) {
    const value = LETTERS.indexOf(letter);
    if (value < 0) return undefined;
    bits = ((bits & 0xff) << 5) | value;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push((bits >> count) & 0xff);
  }
  const key = Uint8Array.from(bytes.slice(0, KEY_BYTES));
  return bytesEqual(Uint8Array.from(bytes.slice(KEY_BYTES)), checkOf(key, sha256)) ? key : undefined;
}

function checkOf(rootKey: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(new TextEncoder().encode("mindos-home-code-v1"), rootKey)).subarray(0, CHECK_BYTES);
}
