/** Standard output and standard error, and the signals that ask this process to stop. */
import type { WriteStream } from "node:tty";
import type { Output } from "./command.js";

const COLUMNS_DEFAULT = 80;
const ROWS_DEFAULT = 24;

export function outputOf(stream: NodeJS.WriteStream, env: Readonly<Record<string, string | undefined>>): Output {
  const terminal = stream as Partial<WriteStream> & NodeJS.WriteStream;
  return {
    write: (text) => void stream.write(text),
    get isTerminal() {
      return terminal.isTTY === true;
    },
    get columns() {
      return terminal.isTTY === true ? terminal.columns || COLUMNS_DEFAULT : COLUMNS_DEFAULT;
    },
    get tableColumns() {
      return terminal.isTTY === true ? terminal.columns || COLUMNS_DEFAULT : Number.POSITIVE_INFINITY;
    },
    get rows() {
      return terminal.isTTY === true ? terminal.rows || ROWS_DEFAULT : ROWS_DEFAULT;
    },
    get backlogBytes() {
      return stream.writableLength;
    },
    get color() {
      // https://no-color.org: set and not empty means no.
      return terminal.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
    },
  };
}

/** `mindos status | head`: when the reader has gone there is nobody to tell, so what runs comes to its end. */
export function onReaderGone(stream: NodeJS.WriteStream, gone: () => void): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    gone();
  });
}

const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/** The first signal asks politely; the second, at least this much later, forces. A shell and a parent process may both
 *  pass one Ctrl-C on, which makes two signals in no time. Unit: ms. */
const SECOND_SIGNAL_MS = 300;

export function stopOnSignals(controller: AbortController): void {
  let firstMs: number | undefined;
  for (const [name, number] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      const nowMs = performance.now();
      if (firstMs === undefined) {
        firstMs = nowMs;
        controller.abort(name);
      } else if (nowMs - firstMs >= SECOND_SIGNAL_MS) process.exit(128 + number);
    });
  }
}
