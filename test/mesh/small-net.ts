/** Hubs, links and virtual time for tests of single parts: in order, nothing lost while a link lives. Deterministic. */
import type { HubId } from "../../runtime/core/ids.js";
import type { Neighbour } from "../../runtime/core/mesh.js";
import type { Message } from "../../runtime/core/messages.js";
import type { Rng } from "../../runtime/core/time.js";

/** Mulberry32: 0 … 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function hubName(index: number): HubId {
  // Spread over the digits, as hashes of keys are.
  const high = Math.imul(index + 1, 0x9e3779b1) >>> 0;
  return high.toString(16).padStart(8, "0").padEnd(24, "0").concat(index.toString(16).padStart(8, "0")) as HubId;
}

export function neighbourOf(hub: HubId, linkId: number, upMs: number): Neighbour {
  return { hub, linkId, name: "", epoch: 1, upMs, rttMs: 20, cost: 1 };
}

/** What a hub under test does. */
export interface Station {
  readonly deadlineMs: number;
  tick(nowMs: number, rng: Rng): void;
  linkUp(neighbour: Neighbour, nowMs: number, rng: Rng): void;
  linkDown(hub: HubId, nowMs: number, rng: Rng): void;
  message(from: HubId, message: Message, nowMs: number, rng: Rng): void;
}

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

interface Link {
  readonly id: number;
  readonly ends: readonly [number, number];
  readonly latencyMs: number;
  alive: boolean;
  /** Frames of that direction vanish. */
  readonly mute: [boolean, boolean];
  readonly lastMs: [number, number];
}

export class SmallNet<S extends Station> {
  readonly stations: (S | undefined)[] = [];
  readonly hubs: HubId[] = [];
  readonly #indexOf = new Map<HubId, number>();
  /** By the two ends, smaller first. */
  readonly #links = new Map<string, Link>();
  readonly #heap: Event[] = [];
  readonly #wake: number[] = [];
  readonly random: () => number;
  readonly rng: Rng;
  nowMs = 0;
  #order = 0;
  #linkId = 0;
  /** Sees every message that is put on a link. */
  onSend: ((from: number, to: number, message: Message) => void) | undefined;

  constructor(seed: number) {
    this.random = seeded(seed);
    this.rng = (length) => Uint8Array.from({ length }, () => Math.floor(this.random() * 256));
  }

  add(make: (hub: HubId, index: number) => S): number {
    const index = this.stations.length;
    const hub = hubName(index);
    this.hubs.push(hub);
    this.#indexOf.set(hub, index);
    this.#wake.push(Number.POSITIVE_INFINITY);
    this.stations.push(make(hub, index));
    return index;
  }

  station(index: number): S {
    const station = this.stations[index];
    if (station === undefined) throw new Error(`hub ${index} is gone`);
    return station;
  }

  linked(a: number, b: number): boolean {
    return this.#links.get(key(a, b))?.alive === true;
  }

  neighbours(index: number): number[] {
    const found: number[] = [];
    for (const link of this.#links.values()) {
      if (link.alive && link.ends.includes(index)) found.push(link.ends[0] === index ? link.ends[1] : link.ends[0]);
    }
    return found;
  }

  links(): IterableIterator<{ readonly ends: readonly [number, number] }> {
    return this.#links.values();
  }

  link(a: number, b: number, latencyMs = 10): void {
    if (a === b || this.linked(a, b)) return;
    this.#linkId += 1;
    const ends = [Math.min(a, b), Math.max(a, b)] as const;
    const link: Link = { id: this.#linkId, ends, latencyMs, alive: true, mute: [false, false], lastMs: [0, 0] };
    this.#links.set(key(a, b), link);
    for (const [self, other] of [ends, [ends[1], ends[0]] as const]) {
      this.stations[self]?.linkUp(neighbourOf(this.#hub(other), link.id, this.nowMs), this.nowMs, this.rng);
      this.#rewake(self);
    }
  }

  /** What is under way is lost. @param noticedAfterMs how long the ends still believe in it. */
  cut(a: number, b: number, noticedAfterMs = 0): void {
    const link = this.#links.get(key(a, b));
    if (link === undefined || !link.alive) return;
    link.alive = false;
    this.#links.delete(key(a, b));
    for (const [self, other] of [link.ends, [link.ends[1], link.ends[0]] as const]) {
      const notice = (): void => {
        this.stations[self]?.linkDown(this.#hub(other), this.nowMs, this.rng);
        this.#rewake(self);
      };
      if (noticedAfterMs === 0) notice();
      else this.at(this.nowMs + noticedAfterMs, notice);
    }
  }

  /** Frames from `from` to `to` vanish although the link is up. */
  mute(from: number, to: number, silent = true): void {
    const link = this.#links.get(key(from, to));
    if (link !== undefined) link.mute[from === link.ends[0] ? 0 : 1] = silent;
  }

  crash(index: number, noticedAfterMs = 0): void {
    this.stations[index] = undefined;
    for (const other of this.neighbours(index)) this.cut(index, other, noticedAfterMs);
  }

  send(from: number, to: HubId, message: Message): number {
    const other = this.#indexOf.get(to) ?? -1;
    const link = this.#links.get(key(from, other));
    if (link === undefined) return 0;
    this.onSend?.(from, other, message);
    const direction = from === link.ends[0] ? 0 : 1;
    const atMs = Math.max(link.lastMs[direction], this.nowMs + link.latencyMs * (0.9 + 0.2 * this.random()));
    link.lastMs[direction] = atMs;
    const sender = this.#hub(from);
    this.at(atMs, () => {
      if (!link.alive || link.mute[direction]) return;
      this.stations[other]?.message(sender, message, this.nowMs, this.rng);
      this.#rewake(other);
    });
    return 1;
  }

  /** Something done to a hub from outside. */
  act(index: number, action: (station: S) => void): void {
    action(this.station(index));
    this.#rewake(index);
  }

  at(atMs: number, run: () => void): void {
    this.#order += 1;
    push(this.#heap, { atMs, order: this.#order, run });
  }

  run(untilMs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= untilMs; next = this.#heap[0]) {
      pop(this.#heap);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = untilMs;
  }

  #hub(index: number): HubId {
    const hub = this.hubs[index];
    if (hub === undefined) throw new Error(`no hub ${index}`);
    return hub;
  }

  #rewake(index: number): void {
    const deadlineMs = this.stations[index]?.deadlineMs ?? Number.POSITIVE_INFINITY;
    if (deadlineMs >= (this.#wake[index] ?? 0) || deadlineMs === Number.POSITIVE_INFINITY) return;
    this.#wake[index] = deadlineMs;
    this.at(deadlineMs, () => {
      if (this.#wake[index] !== deadlineMs) return;
      this.#wake[index] = Number.POSITIVE_INFINITY;
      const station = this.stations[index];
      if (station === undefined) return;
      if (station.deadlineMs <= this.nowMs) station.tick(this.nowMs, this.rng);
      this.#rewake(index);
    });
  }
}

/** A connected graph: a ring, and chords at random until the mean degree is reached. */
export function ringWithChords(net: SmallNet<Station>, hubs: number, degree: number, latencyMs = 10): void {
  for (let i = 0; i < hubs; i++) net.link(i, (i + 1) % hubs, latencyMs);
  for (let left = (hubs * (degree - 2)) / 2; left > 0; left--) {
    const [a, b] = [Math.floor(net.random() * hubs), Math.floor(net.random() * hubs)];
    net.link(a, b, latencyMs * (0.5 + 2 * net.random()));
  }
}

function key(a: number, b: number): string {
  return a < b ? `${a}-${b}` : `${b}-${a}`;
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Event[], event: Event): void {
  let at = heap.push(event) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!before(event, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
    if (!before(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
