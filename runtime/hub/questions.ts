/**
 * From a person's question to one answer: parse, route, gather, merge; and from another hub's intent to this hub's part.
 */
import type { Agent, AgentContext, AgentInstance } from "../core/agent.js";
import { bytesToHex } from "../core/bytes.js";
import { MindosError } from "../core/errors.js";
import type { HubId, IntentId } from "../core/ids.js";
import type { Answer, Intent, PartialAnswer } from "../core/intent.js";
import type { MessageOf } from "../core/messages.js";
import type { Counters } from "../core/ports.js";
import type { EventSink } from "../core/status.js";
import type { Clock, Rng } from "../core/time.js";
import { Answering } from "../intents/answering.js";
import { Asking, type AskingEffect, type AskingInput } from "../intents/asking.js";
import { parseQuestion } from "../intents/question.js";
import { missingFor, targetsFor } from "../intents/routing.js";
import { advertsOf, hubViews, reachableHubs } from "../mesh/node/views.js";
import { type Drive, drive } from "./drive.js";
import type { MeshDriver } from "./mesh-driver.js";

export interface QuestionsOptions {
  readonly self: HubId;
  readonly agents: readonly { readonly agent: Agent; readonly instance: AgentInstance }[];
  readonly mesh: MeshDriver;
  /** Put out of the home: nobody waits for its answer. */
  readonly isOut: (hub: HubId) => boolean;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
  readonly emit: EventSink;
  /** Topics that this hub's agents answer now. */
  readonly topics: () => readonly string[];
  /** Names of places and sensors that a question may use, this hub's and the others'. */
  readonly places: () => readonly string[];
  readonly context: () => AgentContext;
  /** Whether evidence from this sensor is replayed data. */
  readonly isReplayed: (partials: readonly PartialAnswer[]) => boolean;
}

interface Waiting {
  readonly question: string;
  /** Hubs that could have answered, had they been in reach. */
  readonly missing: readonly HubId[];
  resolve(answer: Answer): void;
  reject(error: MindosError): void;
}

/** Facts, and pieces of evidence, in one hub's part: what a RESULT frame of 64 KiB holds. Agents put the weightiest first. */
const PARTS_MAX = 200;

type Done = Extract<AskingEffect, { type: "done" }>;

export class Questions {
  readonly #options: QuestionsOptions;
  readonly #asking: Drive<AskingInput>;
  readonly #answering = new Answering();
  readonly #waiting = new Map<IntentId, Waiting>();

  constructor(options: QuestionsOptions) {
    this.#options = options;
    this.#asking = drive(new Asking(), {
      clock: options.clock,
      rng: options.rng,
      carryOut: (effect) => this.#carryOut(effect),
    });
  }

  /** @throws MindosError QUESTION_UNCLEAR | QUESTION_TOO_LONG | NOBODY_CAN_ANSWER | ANSWER_TIMEOUT | TOO_BUSY */
  async ask(question: string, timeoutMs: number): Promise<Answer> {
    const { self, mesh, rng } = this.#options;
    const { verb, topic, args } = parseQuestion(question, this.#options.places());
    const reachable = new Set(reachableHubs(mesh.node));
    const targets = targetsFor(topic, { hub: self, topics: this.#options.topics() }, advertsOf(mesh.node), reachable);
    if (targets.length === 0) {
      throw new MindosError("NOBODY_CAN_ANSWER", `no hub in reach answers "${topic}" yet`);
    }
    const missing = missingFor(topic, hubViews(mesh.node), reachable, this.#options.isOut);
    const id = bytesToHex(rng(8)) as IntentId;
    const intent: Intent = {
      id,
      verb,
      topic,
      args,
      priority: 4,
      remainingMs: timeoutMs,
      privacy: "home",
      requester: self,
    };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { question, missing, resolve, reject });
      this.#asking.input({ type: "ask", intent, targets });
    });
  }

  onIntent(from: HubId, { type: _type, ...body }: MessageOf<"INTENT">): void {
    const partial = this.#answer({ ...body, requester: from });
    if (partial !== undefined) this.#options.mesh.send(from, { type: "RESULT", intentId: body.id, ...partial });
  }

  onResult(from: HubId, { intentId, hub, facts, evidence }: MessageOf<"RESULT">): void {
    this.#asking.input({ type: "result", from, id: intentId, partial: { hub, facts, evidence } });
  }

  onHubDead(hub: HubId): void {
    this.#asking.input({ type: "hub-dead", hub });
  }

  stop(): void {
    this.#asking.stop();
    for (const waiting of this.#waiting.values())
      waiting.reject(new MindosError("ANSWER_TIMEOUT", "the hub is stopping"));
    this.#waiting.clear();
  }

  #answer(intent: Intent): PartialAnswer | undefined {
    const { clock, counters, self } = this.#options;
    const local = intent.requester === self;
    const result = this.#answering.handle(intent, local, clock.nowMs(), (asked) => this.#agentAnswer(asked));
    if (result.type === "refused") {
      counters.count(result.counter);
      return undefined;
    }
    if (result.repeated) counters.count("intents.repeated");
    const { hub, facts, evidence } = result.partial;
    if (facts.length > PARTS_MAX || evidence.length > PARTS_MAX) counters.count("intents.answerCut");
    return { hub, facts: facts.slice(0, PARTS_MAX), evidence: evidence.slice(0, PARTS_MAX) };
  }

  #agentAnswer(intent: Intent): PartialAnswer | undefined {
    if (!this.#options.topics().includes(intent.topic)) return undefined;
    const host = this.#options.agents.find(({ agent }) => offers(agent, intent.topic));
    return host?.instance.answer(intent.topic, intent.args, this.#options.context());
  }

  #carryOut(effect: AskingEffect): void {
    const { counters, mesh, self } = this.#options;
    switch (effect.type) {
      case "send-intent": {
        if (effect.to === self) return this.#askSelf(effect.intent);
        const { requester: _, ...body } = effect.intent;
        return mesh.send(effect.to, { type: "INTENT", ...body });
      }
      case "send-cancel":
        return effect.to === self ? undefined : mesh.send(effect.to, { type: "CANCEL", intentId: effect.id });
      case "busy":
        return this.#reject(effect.intent.id, new MindosError("TOO_BUSY", "too many questions at once"));
      case "count":
        return counters.count(effect.name);
      case "done":
        return this.#finish(effect);
    }
  }

  #askSelf(intent: Intent): void {
    const partial = this.#answer(intent);
    const { self } = this.#options;
    if (partial) this.#asking.input({ type: "result", from: self, id: intent.id, partial });
    else this.#asking.input({ type: "hub-dead", hub: self });
  }

  #reject(id: IntentId, error: MindosError): void {
    this.#waiting.get(id)?.reject(error);
    this.#waiting.delete(id);
  }

  #finish({ intent, partials, silent, tookMs }: Done): void {
    const waiting = this.#waiting.get(intent.id);
    if (waiting === undefined) return;
    if (partials.length === 0) {
      return this.#reject(intent.id, new MindosError("ANSWER_TIMEOUT", "no hub answered in time"));
    }
    this.#waiting.delete(intent.id);
    const merge = this.#options.agents.find(({ agent }) => offers(agent, intent.topic))?.agent.merge;
    const answer: Answer = {
      intent: intent.id,
      text: merge === undefined ? "" : merge(intent.topic, intent.args, partials),
      coverage: partials.length / (partials.length + silent.length + waiting.missing.length),
      hubsAnswered: partials.map((partial) => partial.hub),
      hubsSilent: [...silent, ...waiting.missing],
      evidence: partials.flatMap((partial) => partial.evidence),
      tookMs: Math.round(tookMs * 10) / 10,
      replay: this.#options.isReplayed(partials),
    };
    const sensors = new Set(answer.evidence.map((evidence) => evidence.sensor)).size;
    this.#options.emit({
      event: "answer",
      question: waiting.question,
      text: answer.text,
      tookMs: answer.tookMs,
      hubs: answer.hubsAnswered.length,
      sensors,
    });
    waiting.resolve(answer);
  }
}

function offers(agent: Agent, topic: string): boolean {
  return agent.topics.some((entry) => entry.topic === topic);
}
