/** `--replay FILE`: a kept run again. The exit status is 1 when it still breaks an invariant. */
import { printOutcome } from "../report.js";
import { runScenario } from "../run.js";
import { optionsOf, readRegression } from "./regression.js";

export function replay(path: string): number {
  const regression = readRegression(path);
  console.log(`found at commit ${regression.commit}: ${regression.invariant}: ${regression.detail}`);
  const outcome = runScenario(optionsOf(regression));
  printOutcome(outcome);
  return outcome.violationCount > 0 ? 1 : 0;
}
