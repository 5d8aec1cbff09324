/**
 * The first deadline of several parts. It is asked for after every input, and a part's own deadline is the least of a handful of numbers all
 * over its memory: so only those are asked that the input may have moved (measured with 10,000 simulated hubs: a seventh of a cold start).
 * Pure.
 */
import type { Part } from "../part.js";
import type { NodeInput } from "./inputs.js";
import type { Parts } from "./parts.js";

type Timed = Pick<Part, "deadlineMs">;

/** Which deadlines may have moved: one part's, all, or none. */
export type Touched = Timed | "all" | "none";

export class Deadlines {
  readonly #parts: readonly Timed[];
  readonly #dueMs: number[];
  #firstMs = Number.POSITIVE_INFINITY;
  #touched: Touched = "all";

  constructor(parts: readonly Timed[]) {
    this.#parts = parts;
    this.#dueMs = new Array<number>(parts.length).fill(Number.POSITIVE_INFINITY);
  }

  /** Since `firstMs` was read last; the newest call holds. @param touched "none" only while nothing was touched before. */
  touch(touched: Touched): void {
    this.#touched = touched;
  }

  /** Unit: ms. */
  get firstMs(): number {
    const touched = this.#touched;
    if (touched === "none") return this.#firstMs;
    this.#touched = "none";
    const parts = this.#parts;
    const dueMs = this.#dueMs;
    if (touched === "all") for (let at = 0; at < parts.length; at++) dueMs[at] = (parts[at] as Timed).deadlineMs;
    else dueMs[parts.indexOf(touched)] = touched.deadlineMs;
    let firstMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < dueMs.length; at++) if ((dueMs[at] as number) < firstMs) firstMs = dueMs[at] as number;
    this.#firstMs = firstMs;
    return firstMs;
  }
}

/** What a part tells the others goes through notices, and these touch all. @param isDue whether a tick finds one that is. */
export function touchedBy(
  input: NodeInput,
  { directory, routes }: Pick<Parts, "directory" | "routes">,
  isDue: boolean,
): Touched {
  if (input.type === "tick") return isDue ? "all" : "none";
  if (input.type === "starved" || input.type === "datagram") return "none";
  if (input.type !== "frame" || input.heard.form !== "link") return "all";
  const { message } = input.heard;
  if (message.type === "PING") return "none";
  if (message.type === "ROUTE") return routes;
  return message.type === "LOOKUP" && message.op === "register" ? directory : "all";
}
