/** Joining in plain words, the same on the page and in the terminal. Pure. */
import type { JoiningView } from "./admission.js";
import { MindosError } from "./errors.js";

/** As `JoiningView.problem` has them. */
const PROBLEM_WORDS: ReadonlyMap<string, string> = new Map([
  ["noInvitation", "the code is wrong, or its invitation is used or over"],
  ["declined", "the inviting hub refused the digits, or its person said no"],
  ["tooLate", "it took too long"],
  ["notTheInviter", "the hub that answered is not the one that invites"],
  ["revoked", "an owner has put this hub out of that home"],
  ["closed", "the connection was lost"],
]);

export function joinProblemWords(problem: JoiningView["problem"]): string {
  return PROBLEM_WORDS.get(problem ?? "") ?? "the two hubs did not understand each other";
}

/** A hub that was put out is told how it comes back; the others, to ask for a new invitation. */
export function joinRefusal(problem: JoiningView["problem"]): MindosError {
  const code = problem === "revoked" ? "HUB_REVOKED" : "JOIN_REFUSED";
  return new MindosError(code, `it was not let in: ${joinProblemWords(problem)}`);
}

/** @returns the six digits without the spaces that people type between them; undefined when they are not six. */
export function sixDigits(typed: string): string | undefined {
  const digits = typed.replace(/\s/g, "");
  return /^\d{6}$/.test(digits) ? digits : undefined;
}
