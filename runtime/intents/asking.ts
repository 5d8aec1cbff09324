/**
 * The requester's side: one intent goes to every hub that can answer; their parts are gathered until all have come or
 * the time is up. Sans-IO.
 *
 * States of an intent: gathering → done | cancelled. Frames may be lost when a link breaks, so a silent hub is asked
 * again; the responder answers the same id from memory (idempotent).
 */
import type { HubId, IntentId } from "../core/ids.js";
import type { Intent, PartialAnswer } from "../core/intent.js";
import type { Machine, Tick } from "../core/machine.js";

export type AskingInput =
  | Tick
  | { readonly type: "ask"; readonly intent: Intent; readonly targets: readonly HubId[] }
  | { readonly type: "result"; readonly from: HubId; readonly id: IntentId; readonly partial: PartialAnswer }
  /** It is dead: do not wait for it. */
  | { readonly type: "hub-dead"; readonly hub: HubId }
  | { readonly type: "cancel"; readonly id: IntentId };

export type AskingEffect =
  | { readonly type: "send-intent"; readonly to: HubId; readonly intent: Intent }
  | { readonly type: "send-cancel"; readonly to: HubId; readonly id: IntentId }
  | {
      readonly type: "done";
      readonly intent: Intent;
      readonly partials: readonly PartialAnswer[];
      readonly silent: readonly HubId[];
      readonly tookMs: number;
    }
  | { readonly type: "busy"; readonly intent: Intent }
  | { readonly type: "count"; readonly name: string };

/** More than a home asks at once; the next question is refused with TOO_BUSY. */
export const GATHERING_MAX = 64;
/** Asked again after this long without an answer: well past a slow board's answer, short enough for three tries. */
export const RETRY_MS = 700;

interface Gathering {
  readonly intent: Intent;
  readonly startedMs: number;
  readonly endMs: number;
  readonly waiting: Set<HubId>;
  readonly silent: HubId[];
  readonly partials: PartialAnswer[];
  retryMs: number;
}

export class Asking implements Machine<AskingInput, AskingEffect> {
  readonly #gatherings = new Map<IntentId, Gathering>();

  handle(input: AskingInput, nowMs: number): readonly AskingEffect[] {
    switch (input.type) {
      case "ask":
        return this.#ask(input.intent, input.targets, nowMs);
      case "result":
        return this.#result(input.from, input.id, input.partial, nowMs);
      case "hub-dead":
        return [...this.#gatherings.values()].flatMap((gathering) => this.#lose(gathering, input.hub, nowMs));
      case "cancel":
        return this.#cancel(input.id);
      case "tick":
        return [...this.#gatherings.values()].flatMap((gathering) => this.#tick(gathering, nowMs));
    }
  }

  get deadlineMs(): number | undefined {
    let deadlineMs: number | undefined;
    for (const { endMs, retryMs } of this.#gatherings.values()) {
      deadlineMs = Math.min(deadlineMs ?? Number.POSITIVE_INFINITY, endMs, retryMs);
    }
    return deadlineMs;
  }

  #ask(intent: Intent, targets: readonly HubId[], nowMs: number): AskingEffect[] {
    if (this.#gatherings.has(intent.id)) throw new Error(`intent ${intent.id} asked twice`);
    if (this.#gatherings.size >= GATHERING_MAX) return [{ type: "busy", intent }];
    const gathering: Gathering = {
      intent,
      startedMs: nowMs,
      endMs: nowMs + intent.remainingMs,
      waiting: new Set(targets),
      silent: [],
      partials: [],
      retryMs: nowMs + RETRY_MS,
    };
    this.#gatherings.set(intent.id, gathering);
    const sends = targets.map((to): AskingEffect => ({ type: "send-intent", to, intent }));
    return [...sends, ...this.#finishIfComplete(gathering, nowMs)];
  }

  #result(from: HubId, id: IntentId, partial: PartialAnswer, nowMs: number): AskingEffect[] {
    const gathering = this.#gatherings.get(id);
    if (gathering === undefined) return [{ type: "count", name: "intents.lateResult" }];
    if (!gathering.waiting.delete(from)) return [{ type: "count", name: "intents.unaskedResult" }];
    // Whoever sent it, it speaks for itself only.
    if (partial.hub !== from)
      return [{ type: "count", name: "intents.resultOfAnother" }, ...this.#lost(gathering, from, nowMs)];
    gathering.partials.push(partial);
    return this.#finishIfComplete(gathering, nowMs);
  }

  #lose(gathering: Gathering, hub: HubId, nowMs: number): AskingEffect[] {
    return gathering.waiting.delete(hub) ? this.#lost(gathering, hub, nowMs) : [];
  }

  #lost(gathering: Gathering, hub: HubId, nowMs: number): AskingEffect[] {
    gathering.silent.push(hub);
    return this.#finishIfComplete(gathering, nowMs);
  }

  #tick(gathering: Gathering, nowMs: number): AskingEffect[] {
    if (nowMs >= gathering.endMs) return [this.#finish(gathering, nowMs)];
    if (nowMs < gathering.retryMs) return [];
    gathering.retryMs = nowMs + RETRY_MS;
    const intent = { ...gathering.intent, remainingMs: Math.max(1, Math.round(gathering.endMs - nowMs)) };
    return [...gathering.waiting].map((to): AskingEffect => ({ type: "send-intent", to, intent }));
  }

  #finishIfComplete(gathering: Gathering, nowMs: number): AskingEffect[] {
    return gathering.waiting.size === 0 ? [this.#finish(gathering, nowMs)] : [];
  }

  #finish(gathering: Gathering, nowMs: number): AskingEffect {
    this.#gatherings.delete(gathering.intent.id);
    const { intent, partials, startedMs } = gathering;
    return {
      type: "done",
      intent,
      // The order of arrival must not show in the answer.
      partials: [...partials].sort((a, b) => (a.hub < b.hub ? -1 : 1)),
      silent: [...gathering.silent, ...gathering.waiting].sort(),
      tookMs: nowMs - startedMs,
    };
  }

  #cancel(id: IntentId): AskingEffect[] {
    const gathering = this.#gatherings.get(id);
    if (gathering === undefined) return [];
    this.#gatherings.delete(id);
    return [...gathering.waiting].map((to): AskingEffect => ({ type: "send-cancel", to, id }));
  }
}
