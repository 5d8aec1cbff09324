/**
 * The responder's side: an intent is carried out once; the same id again is answered from memory. Sans-IO.
 */
import { LruMap } from "../core/bounded.js";
import type { HubId, IntentId } from "../core/ids.js";
import type { Intent, PartialAnswer } from "../core/intent.js";

/** Answers kept for repeats, per hub that asks: one neighbour's flood must not push out another's answers. */
const ANSWERS_PER_REQUESTER_MAX = 32;
const REQUESTERS_MAX = 64;
/** An answer is kept until the intent's deadline and this long after (a late repeat). Unit: ms. */
const KEEP_AFTER_DEADLINE_MS = 60_000;
/** Sustained intents a second from one hub; a person asks far less, a flood far more. Bursts of ten seconds' worth. */
const INTENTS_PER_SECOND_MAX = 20;
const BURST_MAX = 200;

export type AnsweringResult =
  | { readonly type: "answered"; readonly partial: PartialAnswer; readonly repeated: boolean }
  | {
      readonly type: "refused";
      readonly counter: "intents.expired" | "intents.flood" | "intents.unknownTopic" | "intents.private";
    };

interface Requester {
  readonly answers: LruMap<IntentId, { readonly partial: PartialAnswer; readonly keepUntilMs: number }>;
  tokens: number;
  refilledMs: number;
}

export class Answering {
  readonly #requesters = new LruMap<HubId, Requester>(REQUESTERS_MAX);

  /** @param answer what the agents say; undefined when none knows the topic.
   *  @param local true when the intent was asked on this very hub. */
  handle(
    intent: Intent,
    local: boolean,
    nowMs: number,
    answer: (intent: Intent) => PartialAnswer | undefined,
  ): AnsweringResult {
    if (intent.remainingMs <= 0) return { type: "refused", counter: "intents.expired" };
    if (intent.privacy === "hub" && !local) return { type: "refused", counter: "intents.private" };
    const requester = this.#requester(intent.requester, nowMs);
    const known = requester.answers.get(intent.id);
    if (known !== undefined && nowMs < known.keepUntilMs)
      return { type: "answered", partial: known.partial, repeated: true };
    if (!takeToken(requester, nowMs)) return { type: "refused", counter: "intents.flood" };
    const partial = answer(intent);
    if (partial === undefined) return { type: "refused", counter: "intents.unknownTopic" };
    requester.answers.set(intent.id, { partial, keepUntilMs: nowMs + intent.remainingMs + KEEP_AFTER_DEADLINE_MS });
    return { type: "answered", partial, repeated: false };
  }

  #requester(hub: HubId, nowMs: number): Requester {
    const known = this.#requesters.get(hub);
    if (known !== undefined) return known;
    const fresh: Requester = { answers: new LruMap(ANSWERS_PER_REQUESTER_MAX), tokens: BURST_MAX, refilledMs: nowMs };
    this.#requesters.set(hub, fresh);
    return fresh;
  }
}

/** A token bucket. */
function takeToken(requester: Requester, nowMs: number): boolean {
  const gained = ((nowMs - requester.refilledMs) / 1000) * INTENTS_PER_SECOND_MAX;
  requester.tokens = Math.min(BURST_MAX, requester.tokens + gained);
  requester.refilledMs = nowMs;
  if (requester.tokens < 1) return false;
  requester.tokens -= 1;
  return true;
}
