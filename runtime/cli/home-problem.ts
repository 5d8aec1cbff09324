/** Why a hub is out of its home, and what a person can do about it. Pure. */
import { ERRORS, type ErrorCode } from "../core/errors.js";
import { plain } from "./format.js";

/** What is wrong, in words, and where it is told what a person can do about it. */
const PROBLEMS: Readonly<Record<string, { readonly what: string; readonly code: ErrorCode }>> = {
  cloned: { what: "another hub runs with this one's key", code: "CLONED" },
  revoked: { what: "this hub was put out", code: "HUB_REVOKED" },
  revocationsUnreadable: {
    what: "revocations.json cannot be read: this hub makes no links",
    code: "REVOCATIONS_INVALID",
  },
};

/** @param problem as `HomeView` has it; undefined: none. @returns lines beside the other facts of a hub. */
export function homeProblemLines(problem: string | undefined): string[] {
  if (problem === undefined) return [];
  const what = PROBLEMS[problem]?.what ?? `this hub's certificate: ${plain(problem)}`;
  return [`  problem    ${what}`, `             ${ERRORS[homeProblemCode(problem)].remedy}`];
}

export function homeProblemCode(problem: string): ErrorCode {
  return PROBLEMS[problem]?.code ?? "CERTIFICATE_EXPIRED";
}
