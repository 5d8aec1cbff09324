import type { Hub, Pipe } from "./net-types.js";

/** A connected random graph in which every hub has 4 to 6 links.
 *  @param random uniform in [0, 1). */
export function randomLinks(count: number, random: () => number): (readonly [number, number])[] {
  const degrees = new Array<number>(count).fill(0);
  const seen = new Set<number>();
  const links: (readonly [number, number])[] = [];
  const add = (a: number, b: number): void => {
    const key = Math.min(a, b) * count + Math.max(a, b);
    if (a === b || seen.has(key) || (degrees[a] ?? 0) >= 6 || (degrees[b] ?? 0) >= 6) return;
    seen.add(key);
    links.push([a, b]);
    degrees[a] = (degrees[a] ?? 0) + 1;
    degrees[b] = (degrees[b] ?? 0) + 1;
  };
  for (let a = 0; a < count; a++) add(a, (a + 1) % count);
  for (let tries = 0; tries < count * 50 && degrees.some((degree) => degree < 4); tries++) {
    const a = degrees.findIndex((degree) => degree < 4);
    add(a, Math.floor(random() * count));
  }
  for (let tries = 0; tries < count / 2; tries++) add(Math.floor(random() * count), Math.floor(random() * count));
  return links;
}

/** @returns the nodes from `from` to `to`, both included; empty when there is no way. */
export function shortestWay<T>(from: T, to: T, next: (node: T) => readonly T[]): T[] {
  const cameFrom = new Map<T, T | undefined>([[from, undefined]]);
  for (const node of cameFrom.keys())
    for (const other of next(node)) if (!cameFrom.has(other)) cameFrom.set(other, node);
  if (!cameFrom.has(to)) return [];
  const way: T[] = [];
  for (let node: T | undefined = to; node !== undefined; node = cameFrom.get(node)) way.unshift(node);
  return way;
}

/** One direction of a connection that is not made yet. */
export function pipeOf(from: Hub, to: Hub): Pipe {
  return { from, to, cut: false, isRead: false, lastMs: 0, seq: 0, waiting: [] };
}
