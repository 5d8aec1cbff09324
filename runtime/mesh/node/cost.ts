/**
 * What a link costs a route, from its round trip (pure). A cost is a step on a ladder, each about half as much again as the
 * one below: routes compare sums of costs, and a route that follows every millisecond of jitter never settles.
 */

/** Unit: ms of round trip; the last is for links that hardly work. */
const STEPS = [1, 2, 3, 5, 8, 12, 18, 27, 40, 60, 90, 135, 200, 300, 450, 675, 1000, 2000, 4000] as const;
/** What a hop costs by itself, so that two short links are not preferred to one that is a little longer. */
const HOP_COST = 1;
/** A round trip must leave its step by this factor before the cost changes. Raise: calmer; lower: follows the network more closely. */
const HYSTERESIS = 1.3;
/** Before the first measurement: a link in a house. */
export const COST_UNKNOWN = STEPS[2] + HOP_COST;

/** @param rttMs smoothed round trip; NaN when nothing was measured.
 *  @param previous the link's cost now. */
export function costOf(rttMs: number, previous: number | undefined): number {
  if (Number.isNaN(rttMs)) return previous ?? COST_UNKNOWN;
  const step = stepOf(rttMs);
  if (previous === undefined) return step + HOP_COST;
  const upwards = stepOf(rttMs / HYSTERESIS) + HOP_COST;
  const downwards = stepOf(rttMs * HYSTERESIS) + HOP_COST;
  if (upwards > previous || downwards < previous) return step + HOP_COST;
  return previous;
}

function stepOf(rttMs: number): number {
  for (const step of STEPS) if (rttMs <= step) return step;
  return STEPS[STEPS.length - 1] ?? 0;
}
