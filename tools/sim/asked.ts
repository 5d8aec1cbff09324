/** What is asked of the mesh, for the verdict of a run and for `bench -- sim` alike. Times in ms, ratios without a unit. */
import type { Figures } from "./measures/figures.js";

export const ASKED = {
  coldStartMs: 2000,
  reach30Ms: 3000,
  reach60Ms: 8000,
  reach80Ms: 20_000,
  healMs: 5000,
  /** Bytes that cross for each that differs. */
  healBytesRatio: 3,
  /** Payloads sent for each that arrives: while nothing else happens, and while 1 % of the hubs a minute go and come back. */
  broadcastCopies: 1.05,
  broadcastCopiesChurn: 1.3,
  secondCutRatio: 0.5,
  /** Of an idle hub. Unit: bytes per second. */
  controlBytesPerSecond: 256,
} as const;

/**
 * Pairs lost over a second by the cut: the second time against the first. In the measured cities the worst links lose pairs all the time, so as many
 * as are lost in as long a time without a cut are taken off both.
 * @param of "Good": only pairs that the cut leaves a way whose links lose little: what becomes of them is no matter of luck.
 * @returns undefined where the first cut lost nothing: that is no improvement to measure.
 */
export function secondCutRatio(figures: Figures, of: "" | "Good" = ""): number | undefined {
  const [first, calm, second] = ["first", "calm", "second"].map((name) => figures[`${name}${of}LostOver1s`]);
  if (typeof first !== "number" || typeof calm !== "number" || typeof second !== "number") return undefined;
  return first > calm ? Math.max(0, second - calm) / (first - calm) : undefined;
}
