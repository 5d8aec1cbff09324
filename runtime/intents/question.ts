/**
 * A sentence in English → a topic with arguments. Pure. A small grammar over the home's own places: what it does not
 * understand it refuses, saying what it does, rather than guess.
 */
import { MindosError } from "../core/errors.js";
import type { IntentArguments, Verb } from "../core/intent.js";

export interface ParsedQuestion {
  readonly verb: Verb;
  readonly topic: string;
  readonly args: IntentArguments;
}

export const QUESTION_CHARS_MAX = 500;

const UNUSUAL =
  /\b(unusual|strange|odd|wrong|abnormal|anomal(y|ies|ous)|weird|alarm(s|ing)?|out of the ordinary|suspicious)\b/;
const TEMPERATURE = /\b(temperatures?|degrees|warm|hot|cold|cool|celsius)\b/;
const HUMIDITY = /\b(humidity|humid|damp|moist|dry|moisture)\b/;
/** A superlative asks for a comparison of places: [pattern, quantity, order]. */
const EXTREMES: readonly (readonly [RegExp, "temperature" | "humidity", "most" | "least"])[] = [
  [/\b(warmest|hottest|highest temperature)\b/, "temperature", "most"],
  [/\b(coldest|coolest|chilliest|lowest temperature)\b/, "temperature", "least"],
  [/\b(dampest|most humid|highest humidity|moistest|wettest)\b/, "humidity", "most"],
  [/\b(driest|least humid|lowest humidity)\b/, "humidity", "least"],
];
/** "in the attic", "of the cellar", "at mote 1": a place is meant here, so an unknown one is worth telling. */
const PLACE_MEANT =
  /\b(?:in|at|of|inside|on|near) (?:the |my |our )?([\p{L}\p{N}][\p{L}\p{N} _-]{0,40}?)(?= now| right now| today|[?.!,]|$)/u;
/** Words after "in the …" that name no place. */
const EVERYWHERE = new Set([
  "house",
  "home",
  "building",
  "flat",
  "apartment",
  "air",
  "celsius",
  "degrees",
  "moment",
  "general",
]);

/** @param places the names that the home's hubs have announced.
 *  @throws MindosError QUESTION_UNCLEAR | QUESTION_TOO_LONG */
export function parseQuestion(question: string, places: readonly string[]): ParsedQuestion {
  if (question.length > QUESTION_CHARS_MAX) {
    throw new MindosError(
      "QUESTION_TOO_LONG",
      `the question has ${question.length} characters; ${QUESTION_CHARS_MAX} is the most`,
    );
  }
  const text = normalise(question);
  if (text === "") throw new MindosError("QUESTION_UNCLEAR", "the question is empty");
  const extreme = EXTREMES.find(([pattern]) => pattern.test(text));
  if (extreme) return { verb: "sense", topic: "climate.extreme", args: { quantity: extreme[1], order: extreme[2] } };
  const place = findPlace(text, places);
  const at: IntentArguments = place === undefined ? {} : { place };
  if (UNUSUAL.test(text)) return { verb: "detect", topic: "anomaly.recent", args: at };
  if (HUMIDITY.test(text)) return { verb: "sense", topic: "climate.value", args: { quantity: "humidity", ...at } };
  if (TEMPERATURE.test(text))
    return { verb: "sense", topic: "climate.value", args: { quantity: "temperature", ...at } };
  throw new MindosError("QUESTION_UNCLEAR", "I do not understand this question yet");
}

function normalise(question: string): string {
  return question
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim();
}

/** The longest known name in the sentence wins: "living room" before "room".
 *  @throws MindosError QUESTION_UNCLEAR when the sentence names a place that nobody has. */
function findPlace(text: string, places: readonly string[]): string | undefined {
  const padded = ` ${text.replace(/[^\p{L}\p{N}]+/gu, " ")} `;
  let best: string | undefined;
  for (const place of places) {
    const words = normalise(place)
      .replace(/[^\p{L}\p{N}]+/gu, " ")
      .trim();
    if (words === "" || (best !== undefined && best.length >= place.length)) continue;
    if (padded.includes(` ${words} `) || padded.includes(` ${words}s `)) best = place;
  }
  if (best !== undefined) return best;
  const meant = PLACE_MEANT.exec(text)?.[1]?.trim();
  if (meant === undefined || EVERYWHERE.has(meant)) return undefined;
  const known = [...new Set(places)].sort().slice(0, 12);
  const list = known.length === 0 ? "no places are known yet" : `I know: ${known.join(", ")}`;
  throw new MindosError("QUESTION_UNCLEAR", `I know no place called "${meant}"; ${list}`);
}
