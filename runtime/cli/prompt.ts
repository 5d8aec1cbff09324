/** One line from the person, or from the program that writes to standard input. */
import { createInterface } from "node:readline";

/** @param stop ends the waiting, also when what was asked has become pointless.
 *  @returns undefined at the end of the input, or when `stop` is aborted. */
export function askLine(stop: AbortSignal): Promise<string | undefined> {
  if (stop.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin });
    const end = (line: string | undefined): void => {
      stop.removeEventListener("abort", abort);
      resolve(line);
      lines.close();
      process.stdin.pause();
    };
    const abort = (): void => end(undefined);
    stop.addEventListener("abort", abort, { once: true });
    lines.once("line", (line) => end(line.trim()));
    lines.once("close", () => end(undefined));
  });
}

export function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      stop.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    stop.addEventListener("abort", done, { once: true });
  });
}
