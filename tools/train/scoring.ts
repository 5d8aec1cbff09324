/** A series through the hub's own windows: what is trained and measured is what runs. */

import type { Manifest } from "../../runtime/inference/manifest.js";
import { createWindows } from "../../runtime/inference/windows.js";
import type { Scored } from "./metrics.js";
import { type MoteSeries, readingsOf } from "./motes.js";

export interface Windowed {
  /** rows × features of the rows that could be scored. */
  readonly inputs: Float32Array;
  /** For each of them, its row in the series. */
  readonly rows: Uint32Array;
}

export function windowsOf(series: MoteSeries, manifest: Manifest): Windowed {
  const windows = createWindows(manifest, { sensorsMax: 1 });
  const width = manifest.features.length;
  const inputs = new Float32Array(series.labels.length * width);
  const rows: number[] = [];
  for (let row = 0; row < series.labels.length; row++) {
    for (const reading of readingsOf(series, row)) {
      const request = windows.push(reading);
      if (request === undefined) continue;
      inputs.set(request.input, rows.length * width);
      rows.push(row);
    }
  }
  return { inputs: inputs.slice(0, rows.length * width), rows: Uint32Array.from(rows) };
}

/** Rows without a score count as 0: an event in them is missed. */
export function scoredOf(series: MoteSeries, windowed: Windowed, outputs: Float32Array): Scored {
  const scores = new Float32Array(series.labels.length);
  for (const [at, row] of windowed.rows.entries()) scores[row] = outputs[at] ?? 0;
  return { scores, labels: series.labels };
}

/** Only the rows that could be scored: where adverts were lost, nobody can be right or wrong. */
export function scoredRowsOf(series: MoteSeries, windowed: Windowed, outputs: Float32Array): Scored {
  return { scores: outputs, labels: Uint8Array.from(windowed.rows, (row) => series.labels[row] ?? 0) };
}
