/** Invariants that did not hold. Bounded: the first ones tell what happened. */
export interface Violation {
  readonly atMs: number;
  readonly invariant: string;
  readonly detail: string;
}

const KEPT_MAX = 20;

export class Violations {
  readonly kept: Violation[] = [];
  count = 0;
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  add(invariant: string, detail: string): void {
    this.count += 1;
    if (this.kept.length < KEPT_MAX) this.kept.push({ atMs: this.#nowMs(), invariant, detail });
  }
}
