/** Writes events as NDJSON, or as lines for people. A reader that is too slow costs events, never memory. */
import { MindosError } from "../core/errors.js";
import type { MindosEvent } from "../core/status.js";
import type { Output } from "./command.js";
import { describeEvent, isShown, type Level } from "./event-lines.js";
import { EventNames } from "./event-names.js";
import { formatClock } from "./format.js";

/** Beyond the first, figures are left out (newer ones follow); beyond the second, everything. Unit: bytes. */
const STATS_BACKLOG_BYTES_MAX = 256 * 1024;
const BACKLOG_BYTES_MAX = 4 * 1024 * 1024;

export interface EventWriter {
  write(event: MindosEvent): void;
  readonly dropped: number;
}

export function createEventWriter(
  out: Output,
  options: { readonly json: boolean; readonly level: Level; readonly wallMs: () => number },
): EventWriter {
  let dropped = 0;
  const names = new EventNames();
  const textOf = (event: MindosEvent): string => {
    if (options.json) return `${JSON.stringify(event)}\n`;
    names.learn(event);
    const line = describeEvent(event, names.nameOf);
    return isShown(line, options.level) ? `${formatClock(options.wallMs())} ${line.text}\n` : "";
  };
  return {
    write(event) {
      const limit = event.event === "stats" ? STATS_BACKLOG_BYTES_MAX : BACKLOG_BYTES_MAX;
      if (out.backlogBytes > limit) dropped += 1;
      else out.write(textOf(event));
    },
    get dropped() {
      return dropped;
    },
  };
}

/** Resolves when the signal is aborted; rejects when `work` takes longer than `limitMs`. */
export async function within(work: Promise<unknown>, limitMs: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new MindosError("INTERNAL", `${what} took longer than ${limitMs / 1000} s`)),
      limitMs,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Keeps the process alive until then. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => undefined, 3_600_000);
    signal.addEventListener("abort", () => {
      clearInterval(keepAlive);
      resolve();
    });
  });
}
