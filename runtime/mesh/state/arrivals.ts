/**
 * What came in last, and when links ended: after a split most of what differs is what came in since, so each side names that to the
 * other before they search for the rest. Pure. Bounded: 256 arrivals and 64 partings; the oldest go first, and what is not named is
 * found by comparing ranges.
 */
import type { HubId } from "../../core/ids.js";
import type { Position } from "../../core/messages-state.js";

/** Naming one takes 30 bytes: as much as the search for a hundred differences. */
export const ARRIVALS_MAX = 256;
const ARRIVALS_STEP = 32;
/** Links remembered: four times what a hub has. */
const PARTINGS_MAX = 64;
/** A cut is noticed later than it comes, mostly within two seconds; what was written in a longer meanwhile is searched for. Unit: s. */
const MARGIN_S = 5;
/** Named to a hub with which there never was a link: its side and this one may have parted at any time. */
const STRANGER_MAX = 128;
/** Named in any case: naming one's own asks for the other's. */
const NAMED_MIN = 16;

export class Arrivals {
  /** Rings of the same length. */
  #positions = new Float64Array(ARRIVALS_STEP);
  #seconds = new Uint32Array(ARRIVALS_STEP);
  /** Arrivals since the start. */
  #count = 0;
  #partings: Map<HubId, number> | undefined;

  add(position: Position, nowMs: number): void {
    if (this.#count === this.#positions.length && this.#count < ARRIVALS_MAX) this.#grow();
    const at = this.#count % this.#positions.length;
    this.#positions[at] = position;
    this.#seconds[at] = Math.max(0, Math.floor(nowMs / 1000));
    this.#count += 1;
  }

  /** The link with that hub has ended. */
  parted(hub: HubId, nowMs: number): void {
    this.#partings ??= new Map();
    this.#partings.delete(hub);
    this.#partings.set(hub, Math.floor(nowMs / 1000));
    const [oldest] = this.#partings.keys();
    if (this.#partings.size > PARTINGS_MAX && oldest !== undefined) this.#partings.delete(oldest);
  }

  /** @param strangerMax where there never was a link with that hub. @returns the positions of what it may lack, each once, in order. */
  since(hub: HubId, strangerMax = STRANGER_MAX): Position[] {
    const parted = this.#partings?.get(hub);
    const { length } = this.#positions;
    const held = Math.min(this.#count, length);
    let named = 0;
    const found = new Set<Position>();
    for (; named < held; named++) {
      const at = (this.#count - 1 - named) % length;
      const isMeant =
        parted === undefined
          ? named < Math.min(strangerMax, STRANGER_MAX)
          : (this.#seconds[at] as number) >= parted - MARGIN_S;
      if (!isMeant && named >= NAMED_MIN) break;
      found.add(this.#positions[at] as number);
    }
    return [...found].sort((a, b) => a - b);
  }

  #grow(): void {
    const length = 2 * this.#positions.length;
    const [positions, seconds] = [this.#positions, this.#seconds];
    this.#positions = new Float64Array(length);
    this.#seconds = new Uint32Array(length);
    this.#positions.set(positions);
    this.#seconds.set(seconds);
  }
}
