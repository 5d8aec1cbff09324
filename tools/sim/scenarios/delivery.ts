/** What must arrive: parcels under all that is asked at once, churn, loss, and a split in the middle. */
import { cut } from "../cuts.js";
import type { Scenario } from "../plan.js";
import { churned, SETTLE_MS } from "./growth.js";

const SPLIT_AFTER_MS = 60_000;
/** Shorter where less time is asked for: a minute of churn is left before it, and one after. Unit: ms. */
const SPLIT_MS_MAX = 600_000;
const PER_MINUTE = 0.05;

export const delivery: Scenario = {
  name: "delivery",
  about: "parcels while 5 % of the hubs a minute go and come back, with 10 % loss and two halves apart for 10 minutes",
  topology: "geometric:6",
  hubs: 50,
  minutes: 13,
  search: { topology: "geometric:6", hubs: 24 },
  plan(scenery) {
    const { topology, random } = scenery;
    const side = cut(topology, "half-plane", 0.5, random);
    const splitMs = SETTLE_MS + SPLIT_AFTER_MS;
    const healMs = splitMs + Math.max(0, Math.min(SPLIT_MS_MAX, (scenery.minutes - 2) * 60_000));
    const plan = churned(scenery, PER_MINUTE);
    const faults = [
      ...plan.faults,
      { atMs: splitMs, type: "partition", hubs: side, group: 1 } as const,
      { atMs: healMs, type: "mend-all" } as const,
    ].sort((a, b) => a.atMs - b.atMs);
    // Broadcasts reach one's own half alone.
    const { broadcasts: _, ...rest } = plan;
    return { ...rest, faults };
  },
};
