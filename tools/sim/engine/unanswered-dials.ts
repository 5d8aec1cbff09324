/** Dials whose SYN was lost: TCP asks again on its own, until the dial is given up, begun anew, or needed no more. */
export class UnansweredDials {
  readonly #hubs: number;
  /** By who dials whom: when the next try, or the end of its patience, is due. Unit: ticks. */
  readonly #dueTick = new Map<number, number>();

  constructor(hubs: number) {
    this.#hubs = hubs;
  }

  waits(dialler: number, target: number, dueTick: number): void {
    this.#dueTick.set(dialler * this.#hubs + target, dueTick);
  }

  /** There is a newer dial, or a link. */
  end(dialler: number, target: number): void {
    if (this.#dueTick.size > 0) this.#dueTick.delete(dialler * this.#hubs + target);
  }

  /** Whether what happens now was waited for, and not ended before. Ends it. */
  isDue(dialler: number, target: number, nowTick: number): boolean {
    const pair = dialler * this.#hubs + target;
    return this.#dueTick.get(pair) === nowTick && this.#dueTick.delete(pair);
  }
}
