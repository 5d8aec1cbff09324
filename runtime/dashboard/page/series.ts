/** From history points to what a chart draws. Pure. */
import type { Detection } from "../../core/detection.js";
import type { SensorId } from "../../core/ids.js";
import type { HistoryPoint } from "../../core/status.js";

/** x in wall ms; a null is a gap that no line crosses. */
export type Columns = [number[], (number | null)[]];

/** A span in which something was unusual; open while it lasts. Unit: ms since 1970. */
export interface Band {
  readonly fromMs: number;
  readonly toMs?: number;
}

/** A pause this many times the usual interval means that nothing was heard: the line is broken there. */
const GAP_FACTOR = 8;
/** Sensors that send rarely on purpose pause for minutes: below this nothing is a gap. Unit: ms. */
const GAP_MS_MIN = 60_000;

export function columnsOf(points: readonly HistoryPoint[], scale = 1): Columns {
  const gapMs = Math.max(GAP_MS_MIN, GAP_FACTOR * medianIntervalMs(points));
  const xs: number[] = [];
  const ys: (number | null)[] = [];
  for (const [wallMs, value] of points) {
    const before = xs.at(-1);
    if (before !== undefined && wallMs <= before) continue; // A chart's x must grow.
    if (before !== undefined && wallMs - before > gapMs) {
      xs.push(before + 1);
      ys.push(null);
    }
    xs.push(wallMs);
    ys.push(value * scale);
  }
  return [xs, ys];
}

function medianIntervalMs(points: readonly HistoryPoint[]): number {
  const intervals = points.slice(1).map(([wallMs], i) => wallMs - (points[i]?.[0] ?? wallMs));
  intervals.sort((a, b) => a - b);
  return intervals[intervals.length >> 1] ?? 0;
}

/** A range with air around it, and never so narrow that sensor noise looks like weather. */
export function rangeOf(low: number | null, high: number | null, spanMin: number): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const span = Math.max(spanMin, (high - low) * 1.2);
  const middle = (low + high) / 2;
  return [middle - span / 2, middle + span / 2];
}

export function bandsOf(detections: readonly Detection[], sensor: SensorId): readonly Band[] {
  return detections
    .filter((detection) => detection.sensor === sensor)
    .map(({ startedWallMs, endedWallMs }) => ({ fromMs: startedWallMs, toMs: endedWallMs }));
}
