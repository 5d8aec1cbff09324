/** Why a hub is out of its home, in words, the same on its page and in the terminal. Pure. */
import type { ErrorCode } from "./errors.js";

interface HomeProblem {
  /** Without a capital: the page makes it its headline. */
  readonly what: string;
  /** Where it is told what a person can do about it. */
  readonly code: ErrorCode;
}

const PROBLEMS: ReadonlyMap<string, HomeProblem> = new Map([
  ["cloned", { what: "another hub runs with the key of this one", code: "CLONED" }],
  ["revoked", { what: "this hub was put out of its home", code: "HUB_REVOKED" }],
  ["revocationsUnreadable", { what: "this hub cannot read revocations.json", code: "REVOCATIONS_INVALID" }],
]);

/** @param problem as `HomeView` has it. */
export function homeProblemOf(problem: string): HomeProblem {
  return (
    PROBLEMS.get(problem) ?? {
      what: `the certificate of this hub does not hold: ${problem}`,
      code: "CERTIFICATE_EXPIRED",
    }
  );
}
