/**
 * Eight queues, one for each priority, served by stride scheduling (Waldspurger 1995): a priority has twice the share of the one
 * below, and none starves. Pure. Its owner bounds what it holds.
 */
const PRIORITIES = 8;

export class FairQueue<T> {
  readonly #queues: (T[] | undefined)[] = new Array(PRIORITIES).fill(undefined);
  /** Where each queue begins: a shift of a long array would move all of it. */
  readonly #heads = new Uint32Array(PRIORITIES);
  readonly #passes = new Float64Array(PRIORITIES);
  #pass = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** @param priority 0 … 7 */
  push(priority: number, item: T): void {
    let queue = this.#queues[priority];
    if (queue === undefined) {
      queue = [];
      this.#queues[priority] = queue;
    }
    // Who was idle has saved up nothing.
    if (queue.length === (this.#heads[priority] ?? 0))
      this.#passes[priority] = Math.max(this.#passes[priority] ?? 0, this.#pass);
    queue.push(item);
    this.#size += 1;
  }

  /** What `pop` would return. */
  peek(): T | undefined {
    const priority = this.#next();
    return priority < 0 ? undefined : this.#queues[priority]?.[this.#heads[priority] ?? 0];
  }

  pop(): T | undefined {
    const priority = this.#next();
    const queue = this.#queues[priority];
    if (priority < 0 || queue === undefined) return undefined;
    const head = this.#heads[priority] ?? 0;
    const item = queue[head];
    this.#pass = this.#passes[priority] ?? 0;
    this.#passes[priority] = this.#pass + 2 ** -priority;
    this.#size -= 1;
    if (head + 1 === queue.length) {
      this.#queues[priority] = undefined;
      this.#heads[priority] = 0;
    } else if (head >= 1024) {
      this.#queues[priority] = queue.slice(head + 1);
      this.#heads[priority] = 0;
    } else this.#heads[priority] = head + 1;
    return item;
  }

  /** The higher priority first among those whose turn it is. */
  #next(): number {
    let best = -1;
    for (let priority = PRIORITIES - 1; priority >= 0; priority--) {
      if (this.#queues[priority] === undefined) continue;
      if (best < 0 || (this.#passes[priority] ?? 0) < (this.#passes[best] ?? 0)) best = priority;
    }
    return best;
  }
}
