/** From a question to its answer: INTENT, RESULT and CANCEL. Pure. */
import { PRIVACY_LABELS, type Priority, type PrivacyLabel, VERBS } from "../../core/intent.js";
import type { CancelBody, IntentBody, ResultBody } from "../../core/messages.js";
import { type Codec, list, record } from "../codec.js";
import {
  EVIDENCE_MAX,
  evidence,
  type Flat,
  flatMap,
  hubId,
  identifier,
  integer,
  intentId,
  registered,
  TOPIC_BYTES_MAX,
  uint32,
} from "../fields.js";

export const ARGUMENTS_MAX = 16;
/** One for every sensor of a large hub. */
export const FACTS_MAX = 256;
export const FACT_ENTRIES_MAX = 16;

const privacyNumbers = Object.fromEntries(PRIVACY_LABELS.map((name, number) => [name, number]));
const NO_ARGUMENTS: Flat = Object.freeze({});

export const intent = record<IntentBody>({
  id: { key: 1, codec: intentId },
  verb: { key: 2, codec: registered("verb", VERBS) },
  args: {
    key: 3,
    codec: flatMap(ARGUMENTS_MAX),
    whenAbsent: { value: NO_ARGUMENTS, is: (args) => Object.values(args).every((value) => value === undefined) },
  },
  priority: { key: 4, codec: integer(0, 7) as Codec<Priority> },
  remainingMs: { key: 5, codec: uint32 },
  topic: { key: 13, codec: identifier(TOPIC_BYTES_MAX) },
  privacy: {
    key: 14,
    codec: registered("privacy label", privacyNumbers as Record<PrivacyLabel, number>),
    whenAbsent: { value: "home", is: (label) => label === "home" },
  },
});

export const result = record<ResultBody>({
  intentId: { key: 1, codec: intentId },
  facts: { key: 2, codec: list(flatMap(FACT_ENTRIES_MAX), FACTS_MAX) },
  evidence: { key: 3, codec: list(evidence, EVIDENCE_MAX) },
  hub: { key: 4, codec: hubId },
});

export const cancel = record<CancelBody>({
  intentId: { key: 1, codec: intentId },
});
