/** One line from the person, or from the program that writes to standard input. */
import { createInterface } from "node:readline";

/** @param stop ends the waiting, also when what was asked has become pointless.
 *  @param isAnswer says of a line whether it will do; until one does, the next is read.
 *  @returns undefined at the end of the input, or when `stop` is aborted. */
export function askLine(
  stop: AbortSignal,
  isAnswer: (line: string) => boolean = () => true,
): Promise<string | undefined> {
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
    lines.on("line", (line) => {
      if (isAnswer(line.trim())) end(line.trim());
    });
    lines.once("close", () => end(undefined));
  });
}

/** A person is not kept waiting, and a hub hardly asked. Unit: ms. */
const POLL_MS = 300;

/** As `askLine`, for a question that may be answered elsewhere meanwhile: on the page, or from another terminal.
 *  Without a standard input it lasts until then. @param isOpen whether there is still something to answer. */
export async function askWhile(
  isOpen: () => Promise<boolean>,
  isAnswer: (line: string) => boolean,
  stop: AbortSignal,
): Promise<string | undefined> {
  const settled = new AbortController();
  const either = AbortSignal.any([stop, settled.signal]);
  const watching = (async () => {
    try {
      while (!either.aborted && (await isOpen())) await pause(POLL_MS, either);
    } finally {
      settled.abort();
    }
  })();
  watching.catch(() => undefined); // thrown below, once the question is withdrawn
  const line = await askLine(either, isAnswer);
  if (line !== undefined) settled.abort();
  await watching;
  return line;
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

/** As `askLine`, and a terminal does not show what is typed. */
export async function askSecret(stop: AbortSignal): Promise<string | undefined> {
  const { stdin } = process;
  if (!stdin.isTTY) return askLine(stop);
  stdin.setRawMode(true);
  try {
    return await new Promise((resolve) => {
      let typed = "";
      const end = (line: string | undefined): void => {
        stdin.off("data", take);
        stop.removeEventListener("abort", abort);
        stdin.pause();
        resolve(line);
      };
      const abort = (): void => end(undefined);
      const take = (chunk: Buffer): void => {
        for (const char of chunk.toString("utf8")) {
          if (char === "\r" || char === "\n" || char === "\u0004") return end(typed);
          // Without its usual mode a terminal makes no signal of Ctrl-C.
          if (char === "\u0003") return end(undefined);
          typed = char === "\u007f" || char === "\b" ? typed.slice(0, -1) : typed + char;
        }
      };
      stop.addEventListener("abort", abort, { once: true });
      stdin.on("data", take);
      if (stop.aborted) abort();
    });
  } finally {
    stdin.setRawMode(false);
    process.stderr.write("\n");
  }
}
