/**
 * Where the hubs of a recording stand on a square from 0 to 1. Pure, and the same for the same recording.
 * Measured places are scaled to the box that holds nearly all; a recording without places is laid out by who hears whom:
 * pivot MDS (Brandes and Pich 2006), then some rounds of springs.
 */
import type { Recording } from "./recording.js";

/** Of hubs on each side that may stand outside the box and are drawn in to its rim: a few bad positions spoil every map. */
const OUTLIERS = 0.02;
const RIM = 0.06;
const PIVOTS = 24;
const POWER_ROUNDS = 40;
const SPRING_ROUNDS = 60;
/** That push others, of those in one square: a crowd pushes no less for being counted in part. */
const SQUARE_HUBS_MAX = 24;
/** Hubs at one place stand this far apart, like the seeds of a sunflower. */
const SEED_GAP = 0.0065;
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** @returns x and y in turn. */
export function layoutOf({ ids, places, edges, links }: Recording): Float64Array {
  const count = ids.length;
  const points = places ?? springs(pivotMds(count, edges.length > 0 ? edges : links), edges.length > 0 ? edges : links);
  return apart(scaled(points, places === undefined ? 0 : OUTLIERS));
}

function scaled(points: Float64Array, outliers: number): Float64Array {
  const out = new Float64Array(points.length);
  const boxes = [0, 1].map((axis) => {
    const sorted = points.filter((_, at) => at % 2 === axis).sort();
    const cut = Math.floor(sorted.length * outliers);
    return { low: sorted[cut] ?? 0, high: sorted[sorted.length - 1 - cut] ?? 1 };
  });
  // One scale for both axes keeps the shape of a city.
  const span = Math.max(1e-9, ...boxes.map(({ low, high }) => high - low));
  for (let at = 0; at < points.length; at++) {
    const box = boxes[at % 2] as { low: number; high: number };
    const offset = (1 - (box.high - box.low) / span) / 2;
    const raw = ((points[at] as number) - box.low) / span + offset;
    // The map's y grows northwards, the screen's downwards.
    out[at] = RIM + (1 - 2 * RIM) * squashed(at % 2 === 0 ? raw : 1 - raw);
  }
  return out;
}

/** 0 … 1 as it is; what lies beyond comes to lie on the rim, in order. */
function squashed(value: number): number {
  const room = RIM * 0.8;
  if (value < 0) return -room * (1 - Math.exp(value * 2));
  return value > 1 ? 1 + room * (1 - Math.exp((1 - value) * 2)) : value;
}

function apart(points: Float64Array): Float64Array {
  const there = new Map<string, number>();
  for (let at = 0; at < points.length; at += 2) {
    const [x, y] = [points[at] as number, points[at + 1] as number];
    const key = `${x.toFixed(4)} ${y.toFixed(4)}`;
    const seed = there.get(key) ?? 0;
    there.set(key, seed + 1);
    const radius = SEED_GAP * Math.sqrt(seed);
    points[at] = x + radius * Math.cos(seed * GOLDEN_ANGLE);
    points[at + 1] = y + radius * Math.sin(seed * GOLDEN_ANGLE);
  }
  return points;
}

/** Neighbours of each hub, one list after the other: those of hub h from starts[h] to starts[h + 1]. */
function adjacency(count: number, edges: Int32Array): { readonly starts: Int32Array; readonly ends: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const end of edges) starts[end + 1] = (starts[end + 1] ?? 0) + 1;
  for (let hub = 0; hub < count; hub++) starts[hub + 1] = (starts[hub + 1] as number) + (starts[hub] as number);
  const ends = new Int32Array(edges.length);
  const free = starts.slice();
  const add = (a: number, b: number) => {
    ends[free[a] as number] = b;
    free[a] = (free[a] as number) + 1;
  };
  for (let at = 0; at < edges.length; at += 2) {
    add(edges[at] as number, edges[at + 1] as number);
    add(edges[at + 1] as number, edges[at] as number);
  }
  return { starts, ends };
}

/** Squared hops to far-apart pivots, centred; their two strongest directions are the plane. */
function pivotMds(count: number, edges: Int32Array): Float64Array {
  const near = adjacency(count, edges);
  const pivots = Math.min(PIVOTS, count);
  const least = new Int32Array(count).fill(count);
  const columns: Float64Array[] = [];
  let pivot = 0;
  for (let at = 0; at < pivots; at++) {
    const hops = hopsFrom(pivot, count, near);
    let farthest = 0;
    for (let hub = 0; hub < count; hub++) {
      least[hub] = Math.min(least[hub] as number, hops[hub] as number);
      if ((least[hub] as number) > (least[farthest] as number)) farthest = hub;
    }
    columns.push(Float64Array.from(hops, (hop) => -(hop * hop) / 2));
    pivot = farthest;
  }
  centre(columns, count);
  const axes = directions(columns, count);
  const points = new Float64Array(2 * count);
  for (const [axis, direction] of axes.entries()) {
    for (const [at, column] of columns.entries()) {
      const share = direction[at] as number;
      for (let hub = 0; hub < count; hub++)
        points[2 * hub + axis] = (points[2 * hub + axis] as number) + (column[hub] as number) * share;
    }
  }
  return points;
}

function hopsFrom(from: number, count: number, { starts, ends }: ReturnType<typeof adjacency>): Int32Array {
  const hops = new Int32Array(count).fill(-1);
  const queue = new Int32Array(count);
  hops[from] = 0;
  queue[0] = from;
  let [tail, most] = [1, 0];
  for (let head = 0; head < tail; head++) {
    const hub = queue[head] as number;
    most = hops[hub] as number;
    for (let at = starts[hub] as number; at < (starts[hub + 1] as number); at++) {
      const next = ends[at] as number;
      if (hops[next] !== -1) continue;
      hops[next] = most + 1;
      queue[tail++] = next;
    }
  }
  // Islands stand beside the rest, not on top of it.
  for (let hub = 0; hub < count; hub++) if (hops[hub] === -1) hops[hub] = most + 2;
  return hops;
}

function centre(columns: readonly Float64Array[], count: number): void {
  for (const column of columns) {
    const mean = column.reduce((sum, value) => sum + value, 0) / count;
    for (let hub = 0; hub < count; hub++) column[hub] = (column[hub] as number) - mean;
  }
  for (let hub = 0; hub < count; hub++) {
    const mean = columns.reduce((sum, column) => sum + (column[hub] as number), 0) / columns.length;
    for (const column of columns) column[hub] = (column[hub] as number) - mean;
  }
}

/** The two strongest eigenvectors of the columns' products, by power iteration. */
function directions(columns: readonly Float64Array[], count: number): readonly Float64Array[] {
  const size = columns.length;
  const products = columns.map((a) =>
    Float64Array.from(columns, (b) => {
      let sum = 0;
      for (let hub = 0; hub < count; hub++) sum += (a[hub] as number) * (b[hub] as number);
      return sum;
    }),
  );
  const found: Float64Array[] = [];
  for (let axis = 0; axis < 2; axis++) {
    let vector = Float64Array.from({ length: size }, (_, at) => 1 + ((at * 7 + axis * 3) % 5));
    for (let round = 0; round < POWER_ROUNDS; round++) {
      const next = Float64Array.from(products, (row) =>
        row.reduce((sum, value, at) => sum + value * (vector[at] as number), 0),
      );
      for (const other of found) {
        const along = next.reduce((sum, value, at) => sum + value * (other[at] as number), 0);
        for (let at = 0; at < size; at++) next[at] = (next[at] as number) - along * (other[at] as number);
      }
      const length = Math.hypot(...next) || 1;
      vector = next.map((value) => value / length);
    }
    found.push(vector);
  }
  return found;
}

/** Neighbours pull, everybody in reach of a grid of squares pushes (Fruchterman and Reingold 1991). */
function springs(points: Float64Array, edges: Int32Array): Float64Array {
  const count = points.length / 2;
  const at = scaled(points, 0);
  const ideal = 0.9 / Math.sqrt(count);
  const force = new Float64Array(at.length);
  for (let round = 0; round < SPRING_ROUNDS; round++) {
    force.fill(0);
    push(at, force, ideal);
    for (let edge = 0; edge < edges.length; edge += 2) {
      const [a, b] = [2 * (edges[edge] as number), 2 * (edges[edge + 1] as number)];
      const [dx, dy] = [(at[b] as number) - (at[a] as number), (at[b + 1] as number) - (at[a + 1] as number)];
      const pull = Math.hypot(dx, dy) / ideal;
      add(force, a, dx * pull, dy * pull);
      add(force, b, -dx * pull, -dy * pull);
    }
    const stepMax = ideal * (1 - round / SPRING_ROUNDS);
    for (let hub = 0; hub < at.length; hub += 2) {
      const [fx, fy] = [force[hub] as number, force[hub + 1] as number];
      const scale = Math.min(1, stepMax / (Math.hypot(fx, fy) || 1));
      add(at, hub, fx * scale, fy * scale);
    }
  }
  return at;
}

function push(at: Float64Array, force: Float64Array, ideal: number): void {
  const side = 2 * ideal;
  const squares = new Map<number, number[]>();
  const keyOf = (x: number, y: number) => Math.floor(x / side) * 65_536 + Math.floor(y / side);
  for (let hub = 0; hub < at.length; hub += 2) {
    const key = keyOf(at[hub] as number, at[hub + 1] as number);
    const square = squares.get(key);
    if (square === undefined) squares.set(key, [hub]);
    else if (square.length < SQUARE_HUBS_MAX) square.push(hub);
  }
  for (let hub = 0; hub < at.length; hub += 2) {
    const [x, y] = [at[hub] as number, at[hub + 1] as number];
    for (let column = -1; column <= 1; column++) {
      for (let row = -1; row <= 1; row++) {
        for (const other of squares.get(keyOf(x + column * side, y + row * side)) ?? []) {
          if (other === hub) continue;
          // Two at one point part in a direction of their own.
          const dx = x - (at[other] as number) || (hub - other) * 1e-7;
          const dy = y - (at[other + 1] as number) || (other - hub) * 1e-7;
          const strength = (ideal * ideal) / (dx * dx + dy * dy);
          add(force, hub, dx * strength, dy * strength);
        }
      }
    }
  }
}

function add(vectors: Float64Array, at: number, x: number, y: number): void {
  vectors[at] = (vectors[at] as number) + x;
  vectors[at + 1] = (vectors[at + 1] as number) + y;
}
