/**
 * How an invitation is said: three words, or an address in a QR code that holds them too. Pure; the list of words is passed in.
 *
 * Three of 2,048 words are 33 bits. The code only keeps strangers from the door: it lives for minutes, and after ten wrong
 * tries it is void, so that guessing works once in 8.6 × 10^8 invitations. Who finds it out all the same (somebody in the
 * middle can try all codes against what it was sent) still has to get past two persons who compare the digits.
 */
import { type HubId, isHubId } from "../../core/ids.js";
import type { Rng } from "../../core/time.js";

export const CODE_WORDS = 3;
/** A list of this length gives each word 11 bits. */
const WORDS = 2048;
/** The lists in use tell their words apart by so many letters; more may be left out by who types. */
const PREFIX_LETTERS = 4;
const PREFIX = "mindos:join?";
const INVITATION_CHARS_MAX = 512;

export interface Invitation {
  readonly code: string;
  /** Where the inviter listens; absent when only the words were typed. */
  readonly address?: { readonly host: string; readonly port: number };
  /** Who invites. */
  readonly hub?: HubId;
}

/** @throws RangeError when the list has not 2,048 words. */
export function makeCode(words: readonly string[], rng: Rng): string {
  if (words.length !== WORDS) throw new RangeError(`expected ${WORDS} words`);
  const bytes = rng(2 * CODE_WORDS);
  const at = (index: number): number => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)) % WORDS;
  return Array.from({ length: CODE_WORDS }, (_, index) => words[at(index)]).join("-");
}

/** Forgives case, spaces, and all letters of a word but its first four.
 *  @returns the code as it was made, or undefined. */
export function parseCode(typed: string, words: readonly string[]): string | undefined {
  const parts = typed
    .trim()
    .toLowerCase()
    .split(/[\s\-\u2013_.,]+/);
  if (parts.length !== CODE_WORDS) return undefined;
  const found = parts.map((part) => wordOf(part, words));
  return found.includes(undefined) ? undefined : found.join("-");
}

export function invitationUrl({ code, address, hub }: Required<Invitation>): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${PREFIX}at=${host}:${address.port}&hub=${hub}&code=${code}`;
}

/** A code or an address. @returns undefined when it is neither. */
export function parseInvitation(typed: string, words: readonly string[]): Invitation | undefined {
  const given = typed.trim();
  if (given.length > INVITATION_CHARS_MAX) return undefined;
  if (!given.toLowerCase().startsWith("mindos:")) {
    const code = parseCode(given, words);
    return code === undefined ? undefined : { code };
  }
  const fields =
    /^mindos:join\?at=(\[[0-9a-f:.]+\]|[^:[\]&\s]{1,253}):(\d{1,5})&hub=([0-9a-f]{32})&code=([a-z-]+)$/i.exec(given);
  const [, host = "", port = "", hub = "", words3 = ""] = fields ?? [];
  const code = parseCode(words3, words);
  const number = Number(port);
  const id = hub.toLowerCase();
  if (code === undefined || !isHubId(id) || number < 1 || number > 65_535) return undefined;
  return { code, address: { host: host.replace(/^\[|\]$/g, ""), port: number }, hub: id };
}

function wordOf(typed: string, words: readonly string[]): string | undefined {
  if (words.includes(typed)) return typed;
  if (typed.length < PREFIX_LETTERS) return undefined;
  const candidates = words.filter((word) => word.startsWith(typed.slice(0, PREFIX_LETTERS)));
  const [only] = candidates;
  // "ambushed" is no "ambush": letters may be left out, not added.
  return candidates.length === 1 && only?.startsWith(typed) === true ? only : undefined;
}
