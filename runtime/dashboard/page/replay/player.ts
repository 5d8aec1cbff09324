/**
 * A recording at one moment of it. Pure. Every event says what it changed from and into, so a step back undoes a step
 * forward, and going to any time costs what lies between.
 */
import { CELL, DEAD, HELD, HUB, NOWHERE, type Recording, RUNNING, STALLED, SUSPECT } from "./recording.js";

export interface Groups {
  /** Groups of running hubs that links hold together. */
  readonly count: number;
  /** Hubs in the largest. */
  readonly largest: number;
}

export class Player {
  readonly recording: Recording;
  /** By hub: an index of HUB_STATES. */
  readonly states: Uint8Array;
  /** By hub: the landmark of its cell, or NOWHERE. */
  readonly cells: Int32Array;
  /** By hub: how many others hold it for suspect, and for dead. */
  readonly suspectedBy: Uint16Array;
  readonly buriedBy: Uint16Array;
  /** By hub: when its process last changed, going forwards. Unit: ms. */
  readonly changedMs: Float64Array;
  /** By link. */
  readonly up: Uint8Array;
  /** Hubs that run or stall. */
  running = 0;
  /** Changes with every event that was played. */
  version = 0;
  #next = 0;
  #timeMs = 0;
  readonly #parents: Int32Array;

  constructor(recording: Recording) {
    this.recording = recording;
    const hubs = recording.ids.length;
    this.states = new Uint8Array(hubs);
    this.cells = new Int32Array(hubs).fill(NOWHERE);
    this.suspectedBy = new Uint16Array(hubs);
    this.buriedBy = new Uint16Array(hubs);
    this.changedMs = new Float64Array(hubs).fill(Number.NEGATIVE_INFINITY);
    this.up = new Uint8Array(recording.links.length / 2);
    this.#parents = new Int32Array(hubs);
  }

  get timeMs(): number {
    return this.#timeMs;
  }

  get isOver(): boolean {
    return this.#timeMs >= this.recording.endMs;
  }

  seek(timeMs: number): void {
    const { count, timesMs } = this.recording.events;
    this.#timeMs = Math.min(Math.max(0, timeMs), this.recording.endMs);
    while (this.#next < count && (timesMs[this.#next] as number) <= this.#timeMs) this.#play(this.#next++, true);
    while (this.#next > 0 && (timesMs[this.#next - 1] as number) > this.#timeMs) this.#play(--this.#next, false);
  }

  isThere(hub: number): boolean {
    const state = this.states[hub];
    return state === RUNNING || state === STALLED;
  }

  /** Both ends of the link run. */
  isInUse(link: number): boolean {
    const { links } = this.recording;
    return (
      this.up[link] === 1 && this.isThere(links[2 * link] as number) && this.isThere(links[2 * link + 1] as number)
    );
  }

  linksInUse(): number {
    let count = 0;
    for (let link = 0; link < this.up.length; link++) if (this.isInUse(link)) count += 1;
    return count;
  }

  /** Running hubs that somebody suspects, or holds for dead. */
  doubted(): { readonly suspected: number; readonly buried: number } {
    let [suspected, buried] = [0, 0];
    for (let hub = 0; hub < this.states.length; hub++) {
      if (!this.isThere(hub)) continue;
      if ((this.suspectedBy[hub] as number) > 0) suspected += 1;
      if ((this.buriedBy[hub] as number) > 0) buried += 1;
    }
    return { suspected, buried };
  }

  cellCount(): number {
    const cells = new Set<number>();
    for (let hub = 0; hub < this.cells.length; hub++) if (this.isThere(hub)) cells.add(this.cells[hub] as number);
    return cells.size;
  }

  /** Union-find over the links in use. */
  groups(): Groups {
    const parents = this.#parents;
    for (let hub = 0; hub < parents.length; hub++) parents[hub] = hub;
    const { links } = this.recording;
    for (let link = 0; link < this.up.length; link++) {
      if (!this.isInUse(link)) continue;
      const [a, b] = [this.#rootOf(links[2 * link] as number), this.#rootOf(links[2 * link + 1] as number)];
      if (a !== b) parents[a] = b;
    }
    const sizes = new Map<number, number>();
    for (let hub = 0; hub < parents.length; hub++) {
      if (!this.isThere(hub)) continue;
      const root = this.#rootOf(hub);
      sizes.set(root, (sizes.get(root) ?? 0) + 1);
    }
    let largest = 0;
    for (const size of sizes.values()) largest = Math.max(largest, size);
    return { count: sizes.size, largest };
  }

  #rootOf(hub: number): number {
    const parents = this.#parents;
    let at = hub;
    while (parents[at] !== at) {
      parents[at] = parents[parents[at] as number] as number;
      at = parents[at] as number;
    }
    return at;
  }

  #play(at: number, forwards: boolean): void {
    const { kinds, subjects, timesMs, from, to } = this.recording.events;
    const subject = subjects[at] as number;
    const now = (forwards ? to : from)[at] as number;
    const before = (forwards ? from : to)[at] as number;
    this.version += 1;
    switch (kinds[at]) {
      case HUB: {
        const wasThere = this.isThere(subject);
        this.states[subject] = now;
        this.running += Number(this.isThere(subject)) - Number(wasThere);
        this.changedMs[subject] = forwards ? (timesMs[at] as number) : Number.NEGATIVE_INFINITY;
        return;
      }
      case CELL:
        this.cells[subject] = now;
        return;
      case HELD:
        this.#hold(subject, before, -1);
        this.#hold(subject, now, 1);
        return;
      default:
        this.up[subject] = now;
    }
  }

  #hold(hub: number, state: number, by: 1 | -1): void {
    if (state === SUSPECT) this.suspectedBy[hub] = (this.suspectedBy[hub] as number) + by;
    else if (state === DEAD) this.buriedBy[hub] = (this.buriedBy[hub] as number) + by;
  }
}
