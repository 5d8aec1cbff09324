/**
 * The terminal as a screen: lines go in, only what changed goes out. Whatever ends this process, the terminal is given
 * back as it was. Source: xterm control sequences (DECSET 1049, 25, 2026).
 */
import { writeSync } from "node:fs";

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  draw(lines: readonly string[]): void;
  close(): void;
}

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[2J";
const LEAVE = "\x1b[0m\x1b[?25h\x1b[?1049l";
/** The terminal shows a frame at once, if it knows how to; others ignore it. */
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";
/** A terminal that is this far behind (a slow ssh line) misses frames, and gets the newest later. Unit: bytes. */
const BACKLOG_BYTES_MAX = 64 * 1024;

export function openScreen(
  stdin: NodeJS.ReadStream,
  stdout: NodeJS.WriteStream,
  on: { readonly input: (chunk: string) => void; readonly resize: () => void },
): Screen {
  let shown: readonly string[] = [];
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    process.off("exit", close);
    stdout.off("resize", onResize);
    stdin.off("data", on.input);
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal has gone already.
    }
    stdin.pause();
    writeNow(stdout, LEAVE);
  };
  const onResize = (): void => {
    shown = [];
    writeNow(stdout, "\x1b[2J");
    on.resize();
  };
  process.on("exit", close);
  stdout.on("resize", onResize);
  stdin.setEncoding("utf8");
  stdin.setRawMode(true);
  stdin.on("data", on.input);
  stdin.resume();
  stdout.write(ENTER);
  return {
    get columns() {
      return stdout.columns || 80;
    },
    get rows() {
      return stdout.rows || 24;
    },
    draw(lines) {
      if (!open || stdout.writableLength > BACKLOG_BYTES_MAX) return;
      const changes = changedLines(shown, lines);
      shown = lines;
      if (changes !== "") stdout.write(BEGIN_FRAME + changes + END_FRAME);
    },
    close,
  };
}

/** Moves to each line that differs, writes it, and clears what is behind it. */
export function changedLines(shown: readonly string[], wanted: readonly string[]): string {
  let out = "";
  for (let row = 0; row < Math.max(shown.length, wanted.length); row++) {
    const text = wanted[row] ?? "";
    if (text !== shown[row]) out += `\x1b[${row + 1};1H${text}\x1b[K`;
  }
  return out;
}

/** Also while the process exits, when a stream would write no more. */
function writeNow(stdout: NodeJS.WriteStream, text: string): void {
  try {
    writeSync((stdout as NodeJS.WriteStream & { readonly fd: number }).fd, text);
  } catch {
    // Nobody is there to see it.
  }
}
