/** `--watch`: shows something again and again until it is stopped. */
import type { Output } from "./command.js";

const INTERVAL_MS = 1_000;
const CLEAR_SCREEN = "\x1b[H\x1b[J";

/** A terminal gets one screen that changes; a pipe gets one text after the other. */
export async function watch(out: Output, stop: AbortSignal, render: () => Promise<string>): Promise<void> {
  while (!stop.aborted) {
    const text = await render();
    out.write(out.isTerminal ? CLEAR_SCREEN + text : text);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, INTERVAL_MS);
      function done(): void {
        clearTimeout(timer);
        stop.removeEventListener("abort", done);
        resolve();
      }
      stop.addEventListener("abort", done);
    });
  }
}
