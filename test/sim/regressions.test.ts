/** Seeds that once broke an invariant: `npm run sim -- --search` keeps them in test/sim/regressions. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runScenario } from "../../tools/sim/run.js";
import { optionsOf, REGRESSIONS_FOLDER, readRegression } from "../../tools/sim/search/regression.js";

const files = existsSync(REGRESSIONS_FOLDER)
  ? readdirSync(REGRESSIONS_FOLDER).filter((name) => name.endsWith(".json"))
  : [];

test("what a search once found does not happen again", () => {
  for (const name of files) {
    const regression = readRegression(join(REGRESSIONS_FOLDER, name));
    const { violations } = runScenario(optionsOf(regression));
    expect(
      violations.filter(({ invariant }) => invariant === regression.invariant),
      name,
    ).toEqual([]);
  }
});
