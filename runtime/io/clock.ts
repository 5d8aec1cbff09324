/** The process's two clocks. Not pure: the one place that reads time. */
import type { Clock } from "../core/time.js";

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
};
