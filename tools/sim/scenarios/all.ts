/** Every scenario, by name. */
import { nearest } from "../../../runtime/core/nearest.js";
import type { Scenario } from "../plan.js";
import { cityScenarios, secondCutScenarios } from "./city-off-the-grid.js";
import { delivery } from "./delivery.js";
import { churnScenarios, coldStart, idle, massJoin, replug, splitScenarios, steadyBroadcast } from "./growth.js";
import { hostileScenarios } from "./hostile.js";
import { badDisks, clockSkew, flappingLinks, lastingStalls, oneWayLinks, rollingRestarts, stalls } from "./weather.js";

export const SCENARIOS: ReadonlyMap<string, Scenario> = new Map(
  [
    coldStart,
    replug,
    idle,
    massJoin,
    rollingRestarts,
    flappingLinks,
    oneWayLinks,
    stalls,
    lastingStalls,
    clockSkew,
    badDisks,
    ...cityScenarios,
    ...secondCutScenarios,
    steadyBroadcast,
    ...churnScenarios,
    delivery,
    ...splitScenarios,
    ...hostileScenarios,
  ].map((scenario) => [scenario.name, scenario]),
);

/** @throws RangeError that says what was meant, else names what there is. */
export function scenarioOf(name: string): Scenario {
  const found = SCENARIOS.get(name);
  if (found !== undefined) return found;
  const meant = nearest(name, [...SCENARIOS.keys()]);
  const known = meant === undefined ? `there are: ${[...SCENARIOS.keys()].join(", ")}` : `did you mean "${meant}"?`;
  throw new RangeError(`no scenario "${name}"; ${known}`);
}
