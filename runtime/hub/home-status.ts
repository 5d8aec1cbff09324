/** What a hub's status says of its home: which, and when it is out of it why, and what a person can do. */
import type { HomeView } from "../core/admission.js";
import { ERRORS } from "../core/errors.js";
import { homeProblemOf } from "../core/home-problem.js";
import type { HubStatus } from "../core/status.js";

export function homeStatus(view: HomeView | undefined): Pick<HubStatus, "home" | "homeProblem" | "homeRemedy"> {
  const { name: home, problem: homeProblem } = view ?? {};
  const homeRemedy = homeProblem === undefined ? undefined : ERRORS[homeProblemOf(homeProblem).code].remedy;
  return { home, homeProblem, homeRemedy };
}
