/**
 * Lines of a text file, streamed, so that a long recording costs one chunk of memory and a file without line ends
 * costs no more. Reads files.
 */
import { createReadStream } from "node:fs";
import { MindosError, messageOf } from "../../runtime/core/errors.js";

export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** False only for a last line whose line end is missing: the file may have been cut there. */
  readonly ended: boolean;
}

const NEWLINE = 0x0a;

/** @throws MindosError REPLAY_MISSING when there is no such file; REPLAY_INVALID when it cannot be read, is not UTF-8, or
 *  has a line longer than `lineBytesMax`. */
export async function* readLines(path: string, lineBytesMax: number): AsyncGenerator<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest: Buffer = Buffer.alloc(0);
  let number = 1;
  const decode = (bytes: Uint8Array, ended: boolean): Line => {
    if (bytes.length > lineBytesMax) throw invalidLine(path, number, `is longer than ${lineBytesMax} bytes`);
    try {
      return { text: decoder.decode(bytes), number: number++, ended };
    } catch {
      // A cut can fall inside a character; the owner of the format decides whether a cut line is tolerable.
      if (!ended) return { text: "", number: number++, ended };
      throw invalidLine(path, number, "is not UTF-8 text");
    }
  };
  for await (const chunk of chunks(path)) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let to = bytes.indexOf(NEWLINE, from); to >= 0; to = bytes.indexOf(NEWLINE, from)) {
      yield decode(bytes.subarray(from, to), true);
      from = to + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > lineBytesMax) throw invalidLine(path, number, `is longer than ${lineBytesMax} bytes`);
  }
  if (rest.length > 0) yield decode(rest, false);
}

export function invalidLine(path: string, number: number, problem: string): MindosError {
  return new MindosError("REPLAY_INVALID", `${path} line ${number} ${problem}`);
}

async function* chunks(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new MindosError("REPLAY_MISSING", `there is no file ${path}`, { cause: error });
    }
    throw new MindosError("REPLAY_INVALID", `${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
