/** Members with valid keys that misbehave: one in 20 floods, forges, swallows or replays. */
import { HOSTILE_KINDS } from "../hostile.js";
import type { Scenario } from "../plan.js";

const SETTLE_MS = 40_000;
const END_MS = 120_000;

export const hostileScenarios: readonly Scenario[] = HOSTILE_KINDS.map((kind) => ({
  name: `hostile-${kind}`,
  about: `one hub in 20 is hostile: ${kind}`,
  topology: "geometric:8",
  hubs: 100,
  minutes: 2,
  search: { topology: "geometric:8", hubs: 40 },
  plan({ topology, random }) {
    const hubs = random.sample(Math.ceil(topology.hubs / 20), topology.hubs);
    return {
      startWithinMs: 1000,
      faults: [],
      hostile: hubs.map((hub) => ({ hub, kind, fromMs: SETTLE_MS })),
      reach: [{ name: "reach", fromMs: SETTLE_MS, toMs: END_MS, without: hubs, draw: 1, demanded: true }],
      broadcasts: { fromMs: SETTLE_MS, toMs: END_MS - 15_000, everyMs: 5000 },
      endMs: END_MS,
    };
  },
}));
