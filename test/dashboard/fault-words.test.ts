import { expect, test } from "vitest";
import { faultText } from "../../runtime/dashboard/page/replay/fault-words.js";
import { Random } from "../../tools/sim/engine/random.js";
import { SCENARIOS } from "../../tools/sim/scenarios/all.js";
import { topologyOf } from "../../tools/sim/topology/parse.js";

test("whatever a scenario does to a mesh is told in words", () => {
  expect(faultText("power-off", 15)).toBe("15 hubs lose power");
  expect(faultText("kill", 1)).toBe("1 hub is killed");
  const topology = topologyOf("geometric:6", 48, 1);
  for (const { name, plan, minutes } of SCENARIOS.values())
    for (const { type } of plan({ topology, random: new Random(1), minutes }).faults)
      expect(faultText(type, 2), `${type} of ${name}`).not.toContain("(");
});

test("what a later simulator does keeps its name", () => {
  expect(faultText("constructor", 3)).toBe("constructor (3)");
});
