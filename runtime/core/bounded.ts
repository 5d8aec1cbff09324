/** Collections with a bound and an overflow policy in their declaration. Pure. */

/** A map that forgets the entry touched least recently when it is full. */
export class LruMap<K, V> {
  readonly #entries = new Map<K, V>();
  constructor(readonly entriesMax: number) {
    if (!(entriesMax >= 1)) throw new RangeError("entriesMax must be at least 1");
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Reading an entry makes it the youngest. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  has(key: K): boolean {
    return this.#entries.has(key);
  }

  /** @returns the entry that had to go, if any. */
  set(key: K, value: V): readonly [K, V] | undefined {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.entriesMax) return undefined;
    const oldest = this.#entries.entries().next().value;
    if (oldest) this.#entries.delete(oldest[0]);
    return oldest;
  }

  delete(key: K): boolean {
    return this.#entries.delete(key);
  }

  /** From oldest to youngest; does not touch. */
  entries(): IterableIterator<[K, V]> {
    return this.#entries.entries();
  }

  values(): IterableIterator<V> {
    return this.#entries.values();
  }
}

/** A ring that overwrites its oldest item when it is full. */
export class Ring<T> {
  readonly #items: T[] = [];
  #next = 0;
  constructor(readonly itemsMax: number) {
    if (!(itemsMax >= 1)) throw new RangeError("itemsMax must be at least 1");
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    if (this.#items.length < this.itemsMax) this.#items.push(item);
    else this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.itemsMax;
  }

  /** Oldest first. */
  toArray(): T[] {
    if (this.#items.length < this.itemsMax) return this.#items.slice();
    return [...this.#items.slice(this.#next), ...this.#items.slice(0, this.#next)];
  }

  get newest(): T | undefined {
    return this.#items[(this.#next + this.itemsMax - 1) % this.itemsMax];
  }
}

/**
 * Who makes room in what many share: whoever holds most of it loses its oldest, so that a flood drives out itself alone.
 * @param items oldest first.
 * @returns undefined when there are none.
 */
export function oldestOfGreatest<T>(
  items: Iterable<T>,
  ownerOf: (item: T) => string,
  sizeOf: (item: T) => number = () => 1,
): T | undefined {
  const sums = new Map<string, number>();
  const oldest = new Map<string, T>();
  for (const item of items) {
    const owner = ownerOf(item);
    sums.set(owner, (sums.get(owner) ?? 0) + sizeOf(item));
    if (!oldest.has(owner)) oldest.set(owner, item);
  }
  let greatest: string | undefined;
  for (const [owner, sum] of sums) if (greatest === undefined || sum > (sums.get(greatest) ?? 0)) greatest = owner;
  return greatest === undefined ? undefined : oldest.get(greatest);
}
