/**
 * Anti-replay for one encrypted sensor: a counter is accepted once, and only if it is greater than every counter
 * accepted before, also before the last crash or power cut. Pure.
 *
 * A ceiling is stored that no accepted counter has passed. After a restart only counters above the ceiling count, so
 * the ceiling is set ahead (the reserve) and one write serves many adverts:
 *
 *     accepted …………… last ├── reserve ──┤ ceiling (stored)        counter > ceiling: held until a new one is stored
 *
 * What a crash costs is the reserve: those counters are refused afterwards. So the reserve is what the sensor counts in
 * two minutes, and when it falls silent the ceiling is taken back to `last`: the first press or alarm after a power
 * cut is heard. What a silent sensor costs is a second write.
 *
 * Nothing is given out before a stored ceiling covers it. What is not covered is the copy that was heard and dropped in
 * the milliseconds before a power cut, while a new ceiling was on its way to the disk: it may pass for new once.
 *
 * Stored values belong to (sensor, key): a new key starts a new count.
 */

/** Half of it is the time between two writes; all of it, what a crash may silence a sensor for. Unit: ms. */
const RESERVE_MS = 120_000;

/** At least a burst: devices count every transmission, and send ten to thirty for one event. */
const RESERVE_MIN = 32;

/** Two minutes at the fastest advertising interval of Bluetooth (20 ms) are 6,000. */
const RESERVE_MAX = 6_000;

/** Silence after which the ceiling is taken back. Longer than most sensors' interval, or each advert costs two writes. */
const SILENT_MS = 60_000;

/** A write that has not been confirmed by now has failed (full disk): ask again. Unit: ms. */
const RETRY_MS = 10_000;

/** The counter has four bytes. */
const COUNTER_MAX = 0xffff_ffff;

/** Nothing accepted yet. */
const NONE = -1;

/** To be stored in the order of their making; the newest one, once stored, is to be handed to `confirm`. */
export interface Ceiling {
  readonly counter: number;
}

export class ReplayGuard {
  #last: number;
  #durable: number;
  #wanted: Ceiling | undefined;
  #wantedMs = 0;
  #reserve = RESERVE_MIN;
  #mark: { readonly counter: number; readonly ms: number } | undefined;
  #heardMs = 0;

  /** @param stored the ceiling from before the restart. */
  constructor(stored?: number) {
    this.#last = stored ?? NONE;
    this.#durable = this.#last;
  }

  isFresh(counter: number): boolean {
    return counter > this.#last;
  }

  /** Only for an advert whose tag matched and whose counter is fresh.
   *  @returns the ceiling to store now, if any. */
  accept(counter: number, nowMs: number): Ceiling | undefined {
    if (!this.isFresh(counter)) throw new RangeError(`counter ${counter} is not above ${this.#last}`);
    this.#last = counter;
    this.#heardMs = nowMs;
    const ahead = Math.max(this.#durable, this.#wanted?.counter ?? NONE);
    if (ahead - counter > this.#reserve / 2 || ahead === COUNTER_MAX) return undefined;
    if (this.#wanted && nowMs - this.#wantedMs < RETRY_MS) return undefined;
    this.#learnReserve(counter, nowMs);
    return this.#want(this.#ahead(), nowMs);
  }

  /** Whether what came with this counter may be given out: after a crash now, it would be refused. */
  isDurable(counter: number): boolean {
    return counter <= this.#durable;
  }

  /** The store says that this ceiling will survive. Only the newest counts: what an older one became, a newer decides.
   *  @returns the ceiling to store next, when more was accepted in the meantime. */
  confirm(ceiling: Ceiling, nowMs: number): Ceiling | undefined {
    if (ceiling !== this.#wanted) return undefined;
    this.#wanted = undefined;
    this.#durable = ceiling.counter;
    return this.#last > this.#durable ? this.#want(this.#ahead(), nowMs) : undefined;
  }

  /** Asks again when a write seems lost; takes the ceiling back to what was really accepted when the sensor is silent,
   *  or when the hub stops. Call it every few seconds.
   *  @returns the ceiling to store, if any. */
  tick(nowMs: number, stopping = false): Ceiling | undefined {
    if (this.#last === NONE) return undefined;
    if (this.#wanted && !stopping && nowMs - this.#wantedMs < RETRY_MS) return undefined;
    if (this.#last > this.#durable && !stopping) return this.#want(this.#ahead(), nowMs);
    if (this.#last === this.#durable && !this.#wanted) return undefined;
    if (!stopping && nowMs - this.#heardMs < SILENT_MS) return undefined;
    // From here on the store may hold either ceiling: count on the lower one only.
    this.#durable = Math.min(this.#durable, this.#last);
    return this.#want(this.#last, nowMs);
  }

  /** The owner says that the sensor starts to count anew (new battery): any counter is accepted next.
   *  @returns the ceiling to store. */
  reset(nowMs: number): Ceiling {
    this.#last = NONE;
    this.#durable = NONE;
    this.#mark = undefined;
    return this.#want(NONE, nowMs);
  }

  #ahead(): number {
    return Math.min(this.#last + this.#reserve, COUNTER_MAX);
  }

  #want(counter: number, nowMs: number): Ceiling {
    const ceiling = { counter };
    this.#wanted = ceiling;
    this.#wantedMs = nowMs;
    return ceiling;
  }

  #learnReserve(counter: number, nowMs: number): void {
    const mark = this.#mark;
    this.#mark = { counter, ms: nowMs };
    if (!mark || nowMs <= mark.ms) return;
    const counted = ((counter - mark.counter) * RESERVE_MS) / (nowMs - mark.ms);
    this.#reserve = Math.max(RESERVE_MIN, Math.min(Math.ceil(counted), RESERVE_MAX));
  }
}
