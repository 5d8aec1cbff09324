/**
 * Scenes for training: real stretches of a training mote, changed the way other rooms, sensors and weather differ,
 * with synthetic events laid over some of them. Only the series handed in is looked at, never another mote.
 *
 * What an event is comes from the data's description: steam or heat brought near the mote, so a fast rise of
 * humidity and temperature followed by a decay of one to ten minutes. What is normal: drifts and ramps of weather,
 * a door's slow exchange of air, noise, coarse sensors, lost adverts.
 */
import type { MoteSeries } from "./motes.js";
import type { Random } from "./random.js";

/** Where labels of an event end, measured on the training event alone (see `labelEnd`). */
export interface LabelEnd {
  readonly humidity: number;
  readonly temperature: number;
}

interface Draft {
  readonly temperature: Float64Array;
  readonly humidity: Float64Array;
  readonly labels: Uint8Array;
}

const ROWS_MIN = 500;
const ROWS_MAX = 1600;
const HUMIDITY_MAX = 97;
const LULL_ROWS_MAX = 12;

/** How far above the median of the half hour before it the last labelled reading of each event is: the labeller's bound. */
export function labelEnd(series: readonly MoteSeries[]): LabelEnd {
  const ends: number[] = [];
  for (const { humidity, labels } of series) {
    const first = labels.indexOf(1);
    const last = labels.lastIndexOf(1);
    if (first < 0) continue;
    const before = humidity.slice(Math.max(0, first - 360), first).sort();
    ends.push((humidity[last] ?? 0) - (before[before.length >> 1] ?? 0));
  }
  const humidity = ends.length > 0 ? ends.reduce((sum, end) => sum + end, 0) / ends.length : 3;
  return { humidity, temperature: humidity / 2 };
}

/** One scene cut from `series` and changed at random. About two of three hold synthetic events. */
export function drawScene(series: MoteSeries, end: LabelEnd, random: Random): MoteSeries {
  const draft = cut(series, random);
  weather(draft, random);
  if (random.chance(0.65)) {
    const count = random.whole(1, 4);
    for (let i = 0; i < count; i++) addEvent(draft, end, random);
  }
  sensor(draft, random);
  return { name: series.name, ...draft };
}

/** A stretch, read faster or slower than it happened. */
function cut(series: MoteSeries, random: Random): Draft {
  const rows = random.whole(ROWS_MIN, ROWS_MAX);
  const speed = random.logBetween(0.6, 1.6);
  const available = series.labels.length;
  const from = random.between(0, Math.max(0, available - rows * speed));
  const draft: Draft = {
    temperature: new Float64Array(rows),
    humidity: new Float64Array(rows),
    labels: new Uint8Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const at = Math.min(available - 1, from + row * speed);
    const low = Math.floor(at);
    const high = Math.min(available - 1, low + 1);
    const part = at - low;
    draft.temperature[row] = (series.temperature[low] ?? 0) * (1 - part) + (series.temperature[high] ?? 0) * part;
    draft.humidity[row] = (series.humidity[low] ?? 0) * (1 - part) + (series.humidity[high] ?? 0) * part;
    draft.labels[row] = series.labels[low] ?? 0;
  }
  return draft;
}

/** Other places and other days: levels, slow waves, ramps and plateaus that are nobody's event. */
function weather(draft: Draft, random: Random): void {
  const rows = draft.labels.length;
  const shiftT = random.between(-15, 12);
  const shiftH = random.between(-20, 25);
  const waveT = random.chance(0.6) ? random.logBetween(0.1, 3) : 0;
  const waveH = random.chance(0.6) ? random.logBetween(0.3, 6) : 0;
  const waveRows = random.logBetween(300, 3000);
  const phase = random.between(0, 2 * Math.PI);
  for (let row = 0; row < rows; row++) {
    const wave = Math.sin(phase + (2 * Math.PI * row) / waveRows);
    draft.temperature[row] = (draft.temperature[row] ?? 0) + shiftT + waveT * wave;
    draft.humidity[row] = (draft.humidity[row] ?? 0) + shiftH - waveH * wave;
  }
  const ramps = random.whole(0, 3);
  for (let i = 0; i < ramps; i++) {
    const from = random.whole(0, rows);
    const length = random.logBetween(60, 600);
    const riseT = random.normal() * 1.5;
    const riseH = random.normal() * 5;
    for (let row = from; row < rows; row++) {
      const share = smoothStep(Math.min(1, (row - from) / length));
      draft.temperature[row] = (draft.temperature[row] ?? 0) + riseT * share;
      draft.humidity[row] = (draft.humidity[row] ?? 0) + riseH * share;
    }
  }
}

/** Fast rise, slow decay, sometimes several puffs. */
function addEvent(draft: Draft, end: LabelEnd, random: Random): void {
  const rows = draft.labels.length;
  const from = random.whole(20, rows);
  const { effectT, effectH } = puffs(rows, from, random);
  const cooling = random.chance(0.5) ? random.between(0, 1.5) : 0;
  const strong = new Uint8Array(rows);
  for (let row = from; row < rows; row++) {
    const before = draft.humidity[row] ?? 0;
    const after = Math.min(HUMIDITY_MAX, Math.max(3, before + (effectH[row] ?? 0)));
    const wet = Math.min(1, Math.max(0, (effectH[row] ?? 0) / 10));
    const warmed = effectT[row] ?? 0;
    draft.humidity[row] = after;
    draft.temperature[row] = (draft.temperature[row] ?? 0) + warmed - cooling * wet * (1 - Math.exp((from - row) / 30));
    if (Math.abs(after - before) >= end.humidity || Math.abs(warmed) >= end.temperature) strong[row] = 1;
  }
  label(draft.labels, strong, from);
}

/** What a source near the sensor adds: each puff arrives within seconds and fades over minutes. */
function puffs(rows: number, from: number, random: Random): { effectT: Float64Array; effectH: Float64Array } {
  const kind = random.uniform();
  const peakT = kind < 0.15 ? random.between(-0.5, 0.5) : random.logBetween(0.8, 30);
  const peakH = kind > 0.9 ? random.between(-6, 1) : random.logBetween(6, 50);
  const count = random.whole(1, 5);
  const decayT = random.logBetween(6, 40);
  const decayH = random.logBetween(5, 70);
  const rise = random.logBetween(0.7, 8);
  /** 1: at once in full draught; 2: the steam drifts up slowly at first. */
  const bend = random.chance(0.5) ? 1 : 2;
  const rough = random.between(0, 0.15);
  const effectT = new Float64Array(rows);
  const effectH = new Float64Array(rows);
  for (let puff = 0; puff < count; puff++) {
    const start = puff === 0 ? from : from + random.whole(1, 30);
    const size = puff === 0 ? 1 : random.between(0.2, 0.8);
    for (let row = start; row < rows; row++) {
      const age = row - start + 1;
      const onset = 1 - Math.exp(-((age / rise) ** bend));
      const jitter = 1 + rough * random.normal();
      effectT[row] = (effectT[row] ?? 0) + peakT * size * onset * Math.exp(-age / decayT) * jitter;
      effectH[row] = (effectH[row] ?? 0) + peakH * size * onset * Math.exp(-age / decayH) * jitter;
    }
  }
  return { effectT, effectH };
}

/** A labeller marks from the onset to the last clear effect, and does not break off for a lull of under a minute. */
function label(labels: Uint8Array, strong: Uint8Array, from: number): void {
  let last = from - 1;
  for (let row = from; row < labels.length; row++) {
    if (strong[row] !== 1) continue;
    const start = row - last <= LULL_ROWS_MAX ? last + 1 : row;
    labels.fill(1, start, row + 1);
    last = row;
  }
}

/** Another sensor: its noise, its resolution, its limits, and adverts that were lost. */
function sensor(draft: Draft, random: Random): void {
  const noiseT = random.chance(0.5) ? random.logBetween(0.003, 0.05) : 0;
  const noiseH = random.chance(0.5) ? random.logBetween(0.01, 0.25) : 0;
  const stepT = random.chance(0.3) ? 0.1 : 0.01;
  const stepH = random.chance(0.15) ? 1 : random.chance(0.3) ? 0.1 : 0.01;
  const lost = random.chance(0.3) ? random.between(0, 0.25) : 0;
  let silent = 0;
  for (let row = 0; row < draft.labels.length; row++) {
    const t = (draft.temperature[row] ?? 0) + noiseT * random.normal();
    const h = Math.min(100, Math.max(0, (draft.humidity[row] ?? 0) + noiseH * random.normal()));
    draft.temperature[row] = Math.round(t / stepT) * stepT;
    draft.humidity[row] = Math.min(100, Math.round(h / stepH) * stepH);
    silent = random.chance(lost) && silent < 8 ? silent + 1 : 0;
    if (silent > 0) draft.temperature[row] = Number.NaN;
  }
}

function smoothStep(share: number): number {
  return share * share * (3 - 2 * share);
}
