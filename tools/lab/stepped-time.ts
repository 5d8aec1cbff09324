/**
 * Time that passes only when it is told to, for a process that is a part of a simulation: in place of the globals that a program reads time from
 * and waits with. Node's own timers (of sockets and the like) go on by the clock on the wall.
 */

interface Timer {
  dueMs: number;
  /** Between two calls; undefined: one call. */
  readonly everyMs: number | undefined;
  readonly call: () => void;
  readonly order: number;
}

export class SteppedTime {
  #nowMs: number;
  readonly #wallStartMs: number;
  readonly #timers = new Set<Timer>();
  #order = 0;

  /** From now on the globals of this process ask this one. */
  constructor() {
    this.#nowMs = performance.now();
    this.#wallStartMs = Date.now() - this.#nowMs;
    const set = (call: (...args: unknown[]) => void, ms = 0, args: readonly unknown[], again: boolean): unknown => {
      const waitMs = Math.max(1, ms);
      const everyMs = again ? waitMs : undefined;
      const timer = { dueMs: this.#nowMs + waitMs, everyMs, call: () => call(...args), order: ++this.#order };
      this.#timers.add(timer);
      return handleOf(timer, () => this.#timers.has(timer));
    };
    const clear = (handle: unknown): void => {
      if (handle instanceof Handle) this.#timers.delete(handle.timer);
    };
    const globals = {
      setTimeout: (call: () => void, ms?: number, ...args: unknown[]) => set(call, ms, args, false),
      setInterval: (call: () => void, ms?: number, ...args: unknown[]) => set(call, ms, args, true),
      clearTimeout: clear,
      clearInterval: clear,
    };
    Object.assign(globalThis, globals);
    Object.defineProperty(performance, "now", { value: () => this.#nowMs });
    Date.now = () => Math.floor(this.#wallStartMs + this.#nowMs);
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Timers that fall due are called in order, each at its time; what they promise is settled before the next. */
  async advance(untilMs: number): Promise<void> {
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      if (timer.everyMs === undefined) this.#timers.delete(timer);
      else timer.dueMs = this.#nowMs + timer.everyMs;
      timer.call();
      await null;
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** A hub has some tens of them: looked through each time. */
  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (next === undefined || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.order < next.order))
        next = timer;
    }
    return next;
  }
}

/** As much of Node's `Timeout` as programs use. */
class Handle {
  constructor(
    readonly timer: Timer,
    readonly hasRef: () => boolean,
  ) {}

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function handleOf(timer: Timer, isWaiting: () => boolean): Handle {
  return new Handle(timer, isWaiting);
}
