/**
 * A source of adverts that plays timed adverts (real mote data, a recording) at a chosen speed. One timer; every
 * advert's time is computed from the start, so that late timers do not add up.
 */
import type { Advert, AdvertSource } from "../../runtime/core/advert.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { Clock } from "../../runtime/core/time.js";

/** An advert and its place on the replay's own time line. */
export interface TimedAdvert extends Omit<Advert, "heardMs" | "origin"> {
  /** Since the start of the data. Unit: ms. */
  readonly atMs: number;
}

/** `set` calls `run` once, not before `delayMs` has passed. Tests pass their own. */
export interface Timers {
  set(run: () => void, delayMs: number): unknown;
  clear(handle: unknown): void;
}

export const realTimers: Timers = {
  set: (run, delayMs) => setTimeout(run, delayMs),
  clear: (handle) => clearTimeout(handle as NodeJS.Timeout),
};

export type ReplayEnd =
  | { readonly reason: "finished"; readonly delivered: number }
  /** The data could not be read further, or the receiver threw. */
  | { readonly reason: "failed"; readonly delivered: number; readonly error: unknown };

export interface ReplayOptions {
  readonly name: string;
  /** In order of `atMs`; iterated again for each round of a loop. */
  readonly adverts: Iterable<TimedAdvert> | AsyncIterable<TimedAdvert>;
  /** Times real time: 1 as it was, 100 a hundred times faster. */
  readonly speed: number;
  readonly clock: Clock;
  /** Skips what lies before. Unit: ms since the start of the data. */
  readonly fromMs?: number;
  /** Begins again at the end; times taken go on rising. */
  readonly loop?: boolean;
  /** Called once when the data ends or fails; not after `stop()`. */
  readonly onEnd?: (end: ReplayEnd) => void;
  readonly timers?: Timers;
  /** Most adverts delivered without giving the event loop a turn. Raise: higher top speed; lower: less delay for others. */
  readonly burstMax?: number;
  /** Lateness up to this is made up for; a longer stall (a suspended laptop) only delays the rest. Unit: ms. */
  readonly stallMs?: number;
}

export const SPEED_MAX = 100_000;
const TIMER_MS_MAX = 2 ** 30;
/** Between two rounds of a loop when the data has only one point in time. */
const LOOP_GAP_MS_DEFAULT = 1_000;

/** @throws MindosError BAD_INPUT when the speed makes no sense. */
export function createReplaySource(options: ReplayOptions): AdvertSource {
  if (!(options.speed > 0 && options.speed <= SPEED_MAX)) {
    throw new MindosError("BAD_INPUT", `the replay speed ${options.speed} is not within 0 to ${SPEED_MAX}`);
  }
  let playing: Playback | undefined;
  return {
    name: options.name,
    origin: "replay",
    async start(deliver) {
      if (playing) throw new MindosError("INTERNAL", `the source "${options.name}" is already started`);
      const playback = new Playback(options, deliver);
      playing = playback;
      try {
        await playback.open();
      } catch (error) {
        playing = undefined;
        throw error;
      }
    },
    async stop() {
      const stopping = playing;
      playing = undefined;
      await stopping?.stop();
    },
  };
}

class Playback {
  readonly #timers: Timers;
  readonly #burstMax: number;
  readonly #stallMs: number;
  readonly #timeline: AsyncGenerator<TimedAdvert>;
  #stopped = false;
  #finished: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;
  #delivered = 0;

  constructor(
    readonly options: ReplayOptions,
    readonly deliver: (advert: Advert) => void,
  ) {
    this.#timers = options.timers ?? realTimers;
    this.#burstMax = options.burstMax ?? 64;
    this.#stallMs = options.stallMs ?? 1_000;
    this.#timeline = timeline(options);
  }

  /** Reads the first advert, so that a missing or broken file is the caller's error and not a silent end. */
  async open(): Promise<void> {
    const first = await this.#timeline.next();
    if (!this.#stopped) this.#finished = this.#play(first);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#finished;
    await this.#timeline.return(undefined);
  }

  async #play(first: IteratorResult<TimedAdvert>): Promise<void> {
    let end: ReplayEnd;
    try {
      await this.#deliverAll(first);
      end = { reason: "finished", delivered: this.#delivered };
    } catch (error) {
      end = { reason: "failed", delivered: this.#delivered, error };
    }
    if (!this.#stopped) this.options.onEnd?.(end);
  }

  async #deliverAll(first: IteratorResult<TimedAdvert>): Promise<void> {
    const { clock, speed } = this.options;
    let next = first;
    // The real time at which the data's time zero falls.
    let zeroMs = clock.nowMs() - (first.done ? 0 : first.value.atMs / speed);
    let deliveredThisTurn = 0;
    // Nothing is delivered before start() has returned.
    await this.#sleep(0);
    for (; !next.done && !this.#stopped; next = await this.#timeline.next()) {
      const dueMs = zeroMs + next.value.atMs / speed;
      if (clock.nowMs() < dueMs || deliveredThisTurn >= this.#burstMax) {
        await this.#sleepUntil(dueMs);
        deliveredThisTurn = 0;
        if (this.#stopped) return;
      }
      const nowMs = clock.nowMs();
      if (nowMs - dueMs > this.#stallMs) zeroMs += nowMs - dueMs;
      this.#deliver(next.value, nowMs);
      deliveredThisTurn++;
    }
  }

  #deliver({ atMs: _, ...advert }: TimedAdvert, heardMs: number): void {
    this.#delivered++;
    this.deliver({ ...advert, heardMs, origin: "replay" });
  }

  async #sleepUntil(dueMs: number): Promise<void> {
    do {
      const delayMs = Math.ceil(dueMs - this.options.clock.nowMs());
      await this.#sleep(Math.min(Math.max(delayMs, 0), TIMER_MS_MAX));
    } while (!this.#stopped && this.options.clock.nowMs() < dueMs);
  }

  #sleep(delayMs: number): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const handle = this.#timers.set(() => this.#wake?.(), delayMs);
      this.#wake = () => {
        this.#wake = undefined;
        this.#timers.clear(handle);
        resolve();
      };
    });
  }
}

/** All rounds, one after the other; each later round continues the time of the one before. */
async function* timeline({ adverts, fromMs = 0, loop = false }: ReplayOptions): AsyncGenerator<TimedAdvert> {
  for (let shiftMs = 0; ; ) {
    let firstMs: number | undefined;
    let lastMs = 0;
    let gapMs = LOOP_GAP_MS_DEFAULT;
    for await (const advert of adverts) {
      if (advert.atMs < fromMs) continue;
      firstMs ??= advert.atMs;
      if (advert.atMs > lastMs && advert.atMs > firstMs) gapMs = advert.atMs - Math.max(lastMs, firstMs);
      lastMs = Math.max(lastMs, advert.atMs);
      yield shiftMs === 0 ? advert : shifted(advert, shiftMs);
    }
    // A round without adverts (an iterator that can be used only once, an empty range) would spin for ever.
    if (!loop || firstMs === undefined) return;
    shiftMs += lastMs - firstMs + gapMs;
  }
}

function shifted(advert: TimedAdvert, shiftMs: number): TimedAdvert {
  const { takenWallMs } = advert;
  return {
    ...advert,
    atMs: advert.atMs + shiftMs,
    ...(takenWallMs !== undefined && { takenWallMs: takenWallMs + shiftMs }),
  };
}
