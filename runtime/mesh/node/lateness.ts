/**
 * Whether this hub is behind with its work, as its own timers tell. Pure. One timer on time proves little: the kernel favours a process that has slept, and
 * lets it wait with the next. So a hub that was late a moment ago counts as behind. In virtual time nothing is late.
 */
export interface LatenessSettings {
  /** As late as that, and the hub is behind. Timers of an idle process are 1 to 4 ms late. Unit: ms. */
  readonly lateMs: number;
  /** For so long after the last late one. Lower: what waits goes on in every lull of a crowd that starts. Unit: ms. */
  readonly rememberedMs: number;
}

export const LATENESS_DEFAULTS: LatenessSettings = { lateMs: 50, rememberedMs: 500 };

export class Lateness {
  readonly #settings: LatenessSettings;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(settings: LatenessSettings = LATENESS_DEFAULTS) {
    this.#settings = settings;
  }

  /** At every input. @param deadlineMs for when the first timer was set; +Infinity: none. */
  notice(deadlineMs: number, nowMs: number): void {
    if (nowMs - deadlineMs > this.#settings.lateMs) this.#untilMs = nowMs + this.#settings.rememberedMs;
  }

  isBehind(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }
}
