/** Why a hub is out of its home, and what a person can do about it, as lines of a terminal. Pure. */
import { ERRORS } from "../core/errors.js";
import { homeProblemOf } from "../core/home-problem.js";
import { plain } from "./format.js";

/** @param problem as `HomeView` has it; undefined: none. @returns lines beside the other facts of a hub. */
export function homeProblemLines(problem: string | undefined): string[] {
  if (problem === undefined) return [];
  const { what, code } = homeProblemOf(problem);
  return [`  problem    ${plain(what)}`, `             ${ERRORS[code].remedy}`];
}
