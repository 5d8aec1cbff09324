/** What a person typed as an invitation, or the sentence that says what is wrong with it. Pure. */

import { MindosError } from "../core/errors.js";
import { nearest } from "../core/nearest.js";
import { CODE_WORDS, type Invitation, parseInvitation } from "../mesh/admission/invitation-code.js";

/** Of a text that is no code at all, nobody wants to read the whole again. */
const WORD_CHARS_SHOWN_MAX = 20;

/** @param words of invitations. @throws MindosError CODE_INVALID, which names the word that is none and the nearest that is one. */
export function readInvitation(typed: string, words: readonly string[]): Invitation {
  const invitation = parseInvitation(typed, words);
  if (invitation === undefined) throw new MindosError("CODE_INVALID", problemOf(typed.trim(), words));
  return invitation;
}

function problemOf(typed: string, words: readonly string[]): string {
  if (/^mindos:/i.test(typed)) return "this address is not whole";
  const parts = typed.split(/[\s\-\u2013_.,]+/).filter((part) => part !== "");
  if (parts.length !== CODE_WORDS) return `an invitation has ${CODE_WORDS} words, not ${parts.length}`;
  const wrong = parts.find((part) => parseInvitation([part, part, part].join(" "), words) === undefined) ?? typed;
  const near = nearest(wrong, words);
  const shown = wrong.slice(0, WORD_CHARS_SHOWN_MAX);
  return `"${shown}" is no word of an invitation${near === undefined ? "" : `; did you mean "${near}"?`}`;
}
