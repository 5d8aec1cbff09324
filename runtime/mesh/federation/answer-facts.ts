/** An answer as it crosses a border: what a person here would read, and nothing that names a sensor or a hub. Pure. */
import type { Answer } from "../../core/intent.js";
import type { Facts } from "./inputs.js";

/** What a text of a fact holds (PROTOCOL.md, flat). Unit: bytes. */
const LINE_BYTES_MAX = 250;
/** A RESULT holds 256 facts, one of which is the head. */
const LINES_MAX = 200;

export interface AnswerAbroad {
  readonly text: string;
  readonly hubs: number;
  readonly silent: number;
  readonly replay: boolean;
}

/** @param clean cuts a text to that many bytes, at a character, and replaces what is not printable. */
export function factsOf(
  { hubsAnswered, hubsSilent, replay, text }: Pick<Answer, "hubsAnswered" | "hubsSilent" | "replay" | "text">,
  clean: (text: string, bytesMax: number) => string,
): Facts {
  const head = { hubs: hubsAnswered.length, silent: hubsSilent.length, replay };
  const lines = text.split("\n", LINES_MAX).map((line) => ({ line: clean(line, LINE_BYTES_MAX) }));
  return [head, ...lines];
}

/** What is missing or of another kind counts as nothing said: the facts are a stranger's. */
export function answerOf(facts: Facts): AnswerAbroad {
  const [head = {}, ...lines] = facts;
  const count = (value: unknown): number =>
    typeof value === "number" && value >= 0 ? Math.min(1e6, Math.floor(value)) : 0;
  return {
    text: lines.flatMap(({ line }) => (typeof line === "string" ? [line] : [])).join("\n"),
    hubs: count(head["hubs"]),
    silent: count(head["silent"]),
    replay: head["replay"] === true,
  };
}
