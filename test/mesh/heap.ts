/** A binary min-heap, ordered by key, then by when it was pushed. */
export class Heap<T> {
  readonly #entries: { readonly key: number; readonly order: number; readonly value: T }[] = [];
  #pushed = 0;

  get size(): number {
    return this.#entries.length;
  }

  get first(): { readonly key: number; readonly value: T } | undefined {
    return this.#entries[0];
  }

  push(key: number, value: T): void {
    this.#entries.push({ key, order: this.#pushed++, value });
    let at = this.#entries.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#less(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): T | undefined {
    const first = this.#entries[0];
    const last = this.#entries.pop();
    if (first === undefined || last === undefined || this.#entries.length === 0) return first?.value;
    this.#entries[0] = last;
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#entries.length && this.#less(child, least)) least = child;
      if (least === at) return first.value;
      this.#swap(at, least);
      at = least;
    }
  }

  #less(a: number, b: number): boolean {
    const [x, y] = [this.#entries[a], this.#entries[b]];
    if (x === undefined || y === undefined) return false;
    return x.key < y.key || (x.key === y.key && x.order < y.order);
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#entries[a], this.#entries[b]];
    if (x === undefined || y === undefined) return;
    this.#entries[a] = y;
    this.#entries[b] = x;
  }
}
