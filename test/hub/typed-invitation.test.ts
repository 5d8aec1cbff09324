import { expect, test } from "vitest";
import { MindosError } from "../../runtime/core/errors.js";
import { readInvitation } from "../../runtime/hub/typed-invitation.js";
import { CODE_WORDLIST } from "../../runtime/io/admission/words.js";

function problemOf(typed: string): string {
  try {
    readInvitation(typed, CODE_WORDLIST);
  } catch (error) {
    if (error instanceof MindosError && error.code === "CODE_INVALID") return error.message;
    throw error;
  }
  return "none";
}

test.each([
  ["jaguar lemon tiger", "none"],
  ["JAGU-lemo-tige", "none"],
  ["jaguas lemon tiger", '"jaguas" is no word of an invitation; did you mean "jaguar"?'],
  ["jaguar lemon tigerr", '"tigerr" is no word of an invitation; did you mean "tiger"?'],
  ["jaguar lemon 1234567890123456789012345", '"12345678901234567890" is no word of an invitation'],
  ["jaguar lemon", "an invitation has 3 words, not 2"],
  ["", "an invitation has 3 words, not 0"],
  ["mindos:join?at=192.168.1.20:40123", "this address is not whole"],
])("%j: %s", (typed, problem) => {
  expect(problemOf(typed)).toBe(problem);
});
