/**
 * Drives one sans-IO machine: passes time and randomness in, carries out its effects in order, and owns its only timer.
 */
import type { Machine, Tick } from "../core/machine.js";
import type { Clock, Rng } from "../core/time.js";

export interface Drive<Input> {
  input(input: Input): void;
  stop(): void;
}

export interface DriveOptions<Input, Effect> {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly carryOut: (effect: Effect) => void;
  /** What the machine should know before the input that has just come: that this process could not run until now. */
  readonly before?: (nowMs: number) => Input | undefined;
}

/** Inputs that an effect causes wait until the present input's effects are all carried out. More than this at once is a
 *  loop between two machines: a bug. */
const INPUTS_WAITING_MAX = 10_000;

/** The longest that a timer can wait; a machine whose time has not come then ticks in vain once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export function drive<Input, Effect>(
  machine: Machine<Input | Tick, Effect>,
  { clock, rng, carryOut, before }: DriveOptions<Input, Effect>,
): Drive<Input> {
  const waiting: (Input | Tick)[] = [];
  let busy = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let timerAtMs: number | undefined;

  const arm = (): void => {
    const { deadlineMs } = machine;
    if (deadlineMs === timerAtMs) return;
    clearTimeout(timer);
    timer = undefined;
    timerAtMs = deadlineMs;
    if (deadlineMs === undefined || deadlineMs === Number.POSITIVE_INFINITY) return;
    // Rounded up: a tick before the deadline would find nothing to do and arm the same timer again.
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil(deadlineMs - clock.nowMs())));
    timer = setTimeout(() => {
      timerAtMs = undefined;
      take({ type: "tick" });
    }, delayMs);
  };

  const take = (input: Input | Tick): void => {
    if (stopped) return;
    if (waiting.length >= INPUTS_WAITING_MAX) throw new Error("two machines feed each other without end");
    const first = busy ? undefined : before?.(clock.nowMs());
    if (first !== undefined) waiting.push(first);
    waiting.push(input);
    if (busy) return;
    busy = true;
    try {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        for (const effect of machine.handle(next, clock.nowMs(), rng)) carryOut(effect);
      }
    } finally {
      busy = false;
      waiting.length = 0;
      if (!stopped) arm();
    }
  };

  return {
    input: take,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
