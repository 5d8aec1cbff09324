/** What is wrong with a hub and what a person can do about it, as lines of a terminal beside its other facts. Pure. */
import { ERRORS } from "../core/errors.js";
import { homeProblemOf } from "../core/home-problem.js";
import { unreadWords } from "../core/mesh-words.js";
import { plain } from "./format.js";

/** @param problem as `HomeView` has it; undefined: none. @returns lines beside the other facts of a hub. */
export function homeProblemLines(problem: string | undefined): string[] {
  if (problem === undefined) return [];
  const { what, code } = homeProblemOf(problem);
  return [`  problem    ${plain(what)}`, `             ${ERRORS[code].remedy}`];
}

/** @param unread as `HubStatus` has it. */
export function unreadLines(unread: number | undefined): string[] {
  const words = unreadWords(unread);
  return words === undefined ? [] : [`  problem    ${words}`];
}
