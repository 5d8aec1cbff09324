/** Chunks of text → whole lines, with a bound. Pure. */

export interface LineSplitter {
  push(chunk: string): string[];
  /** What came without a line's end. */
  rest(): string;
  /** Lines that were longer than allowed, and are left out. */
  readonly tooLong: number;
}

export function createLineSplitter(lineLengthMax: number): LineSplitter {
  let pending = "";
  let skipping = false;
  let tooLong = 0;
  return {
    push(chunk) {
      const parts = (pending + chunk).split("\n");
      pending = parts.pop() ?? "";
      const lines: string[] = [];
      for (const part of parts) {
        if (!skipping && part.length <= lineLengthMax) lines.push(part);
        else tooLong += 1;
        skipping = false;
      }
      if (pending.length > lineLengthMax) {
        skipping = true;
        pending = "";
      }
      return lines;
    },
    rest: () => (skipping ? "" : pending),
    get tooLong() {
      return tooLong;
    },
  };
}
