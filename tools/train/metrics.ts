/** Figures of a detector: per reading (AUC, F1) and per event (found, delay, false alarms). Pure. */

export interface Scored {
  /** One per row; a row that could not be scored (window still filling) counts as 0. */
  readonly scores: Float32Array;
  readonly labels: Uint8Array;
}

/** Area under the ROC curve by ranks; ties count half (Mann–Whitney). NaN without both classes. */
export function areaUnderCurve({ scores, labels }: Scored): number {
  const order = Array.from(scores.keys()).sort((a, b) => at(scores, a) - at(scores, b));
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    const value = at(scores, order[start] ?? 0);
    while (end < order.length && at(scores, order[end] ?? 0) === value) end++;
    const rank = (start + 1 + end) / 2;
    for (let i = start; i < end; i++) {
      if (labels[order[i] ?? 0] === 1) {
        positives++;
        rankSum += rank;
      }
    }
    start = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (labels.length - positives));
}

export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
}

export function confusion({ scores, labels }: Scored, threshold: number): Confusion {
  let [truePositives, falsePositives, falseNegatives] = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    const raised = at(scores, i) >= threshold;
    if (raised && labels[i] === 1) truePositives++;
    else if (raised) falsePositives++;
    else if (labels[i] === 1) falseNegatives++;
  }
  return { truePositives, falsePositives, falseNegatives };
}

export function f1Score(scored: Scored, threshold: number): number {
  const { truePositives, falsePositives, falseNegatives } = confusion(scored, threshold);
  return truePositives === 0 ? 0 : (2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives);
}

/** The middle of the widest run of candidates within `slack` of the best F1: far from every cliff. */
export function bestThreshold(scored: Scored, candidates: readonly number[], slack = 0.002): number {
  const f1s = candidates.map((threshold) => f1Score(scored, threshold));
  const best = Math.max(...f1s);
  let [from, to] = [0, -1];
  for (let start = 0; start < f1s.length; start++) {
    let end = start;
    while (end < f1s.length && (f1s[end] ?? 0) >= best - slack) end++;
    if (end - start > to - from + 1) [from, to] = [start, end - 1];
    start = Math.max(start, end);
  }
  return ((candidates[from] ?? 0.5) + (candidates[to] ?? 0.5)) / 2;
}

export interface EventFigures {
  readonly events: number;
  readonly eventsFound: number;
  /** Readings from an event's first labelled one to the first raised one, averaged over events found. */
  readonly delayReadings: number;
  /** Alarms that touch no event; alarms less than `mergeRows` apart are one. */
  readonly falseAlarms: number;
}

export function eventFigures({ scores, labels }: Scored, threshold: number, mergeRows = 12): EventFigures {
  const events = runs(labels.length, (row) => labels[row] === 1, 1);
  const alarms = runs(labels.length, (row) => at(scores, row) >= threshold, mergeRows);
  let delay = 0;
  let eventsFound = 0;
  for (const [from, to] of events) {
    let row = from;
    while (row <= to && at(scores, row) < threshold) row++;
    if (row > to) continue;
    eventsFound++;
    delay += row - from;
  }
  const touches = ([from, to]: readonly [number, number]) =>
    events.some((event) => from <= event[1] + mergeRows && to >= event[0] - mergeRows);
  return {
    events: events.length,
    eventsFound,
    delayReadings: eventsFound > 0 ? delay / eventsFound : Number.NaN,
    falseAlarms: alarms.filter((alarm) => !touches(alarm)).length,
  };
}

export function join(parts: readonly Scored[]): Scored {
  return {
    scores: Float32Array.from(parts.flatMap(({ scores }) => [...scores])),
    labels: Uint8Array.from(parts.flatMap(({ labels }) => [...labels])),
  };
}

/** First and last rows of each run for which `holds`; runs less than `mergeRows` apart are one. */
function runs(rows: number, holds: (row: number) => boolean, mergeRows: number): [number, number][] {
  const found: [number, number][] = [];
  for (let row = 0; row < rows; row++) {
    if (!holds(row)) continue;
    const last = found.at(-1);
    if (last && row - last[1] <= mergeRows) last[1] = row;
    else found.push([row, row]);
  }
  return found;
}

function at(values: Float32Array, index: number): number {
  return values[index] ?? Number.NaN;
}
