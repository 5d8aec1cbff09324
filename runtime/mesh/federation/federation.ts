/**
 * The border of a home: what hubs of other homes may say over a link, and what this hub says to them. Sans-IO.
 *
 * A home stays a mesh of its own: no route, no membership, no registry and no reading crosses. One thing does: a question in
 * words, which the hub at the border puts to its own home as a person there would, and the answer. Trust is not passed on: a home
 * that answers never asks a third one.
 */
import { LruMap } from "../../core/bounded.js";
import type { HubId, IntentId } from "../../core/ids.js";
import type { Machine } from "../../core/machine.js";
import type { HomeId } from "../../core/membership.js";
import type { Message, MessageOf } from "../../core/messages.js";
import type { RoutedFrame } from "../../core/routed.js";
import { TokenBucket } from "../../core/token-bucket.js";
import { EpochLedger } from "../admission/epochs.js";
import { PROTOCOL_VERSION, type Self } from "../node/hello.js";
import type { FederationEffect, FederationGate, FederationInput } from "./inputs.js";
import { FEDERATION_DEFAULTS, type FederationSettings } from "./settings.js";

/** The one topic that is answered to other homes. */
export const QUESTION_TOPIC = "home.question";
/** A list of revocations goes in messages of so many (PROTOCOL.md, REVOKE). */
const REVOCATIONS_PER_MESSAGE = 16;
const REFUSED = "federation.refused";

interface OtherHub {
  readonly linkId: number;
  readonly peer: HubId;
  readonly home: HomeId;
  readonly openedMs: number;
  /** "" until its HELLO was believed. */
  name: string;
  isUp: boolean;
  sentSeq: number;
  heardSeq: number;
  routedSeq: number;
  heardRoutedSeq: number;
  heardMs: number;
  pingedMs: number;
  /** Its questions that are being answered. */
  readonly answering: Set<IntentId>;
}

interface Budget {
  readonly questions: TokenBucket;
  readonly revokes: TokenBucket;
}

interface Asking {
  readonly linkId: number;
  readonly endMs: number;
}

export interface FederationOptions {
  readonly self: Self;
  readonly gate: FederationGate;
  /** As `NodeOptions.read`. */
  readonly read: (payload: Extract<RoutedFrame["payload"], { encoded: Uint8Array }>) => Message | undefined;
  readonly settings?: FederationSettings;
}

export interface OtherHubView {
  readonly hub: HubId;
  readonly home: HomeId;
  readonly name: string;
}

export class Federation implements Machine<FederationInput, FederationEffect> {
  readonly #options: FederationOptions;
  readonly #settings: FederationSettings;
  readonly #hubs = new Map<number, OtherHub>();
  readonly #asking: LruMap<IntentId, Asking>;
  readonly #epochs: EpochLedger;
  /** For each home, not for each link: whoever links anew gains nothing. */
  readonly #budgets = new Map<HomeId, Budget>();
  /** Questions that this home is being asked, also of links that are gone. */
  #answering = 0;
  #effects: FederationEffect[] = [];
  #nowMs = 0;

  constructor(options: FederationOptions) {
    this.#options = options;
    this.#settings = options.settings ?? FEDERATION_DEFAULTS;
    this.#asking = new LruMap(this.#settings.askingMax);
    this.#epochs = new EpochLedger(this.#settings.epochsMax);
  }

  /** Hubs of other homes that this one has a link with. */
  hubs(): OtherHubView[] {
    return [...this.#hubs.values()].flatMap(({ home, isUp, name, peer }) => (isUp ? [{ hub: peer, home, name }] : []));
  }

  get deadlineMs(): number {
    const { helloTimeoutMs, linkLifeMs, pingMs, silentMs } = this.#settings;
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const { heardMs, isUp, openedMs, pingedMs } of this.#hubs.values()) {
      const next = isUp
        ? Math.min(heardMs + silentMs, Math.max(heardMs, pingedMs) + pingMs)
        : openedMs + helloTimeoutMs;
      deadlineMs = Math.min(deadlineMs, next, openedMs + linkLifeMs);
    }
    for (const { endMs } of this.#asking.values()) deadlineMs = Math.min(deadlineMs, endMs);
    return deadlineMs;
  }

  handle(input: FederationInput, nowMs: number): readonly FederationEffect[] {
    this.#nowMs = nowMs;
    this.#take(input);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #take(input: FederationInput): void {
    switch (input.type) {
      case "link-opened":
        return this.#opened(input);
      case "link-closed":
        return this.#closed(input.linkId);
      case "frame": {
        const hub = this.#hubs.get(input.linkId);
        return hub === undefined ? this.#count("federation.unknownLink") : this.#heard(hub, input.heard);
      }
      case "tick":
        return this.#tick();
      case "ask":
        return this.#ask(input);
      case "answer":
        return this.#answer(input);
      case "revoked":
        return this.#tellRevoked(input.revocations);
    }
  }

  #opened({ home, linkId, peer }: Extract<FederationInput, { type: "link-opened" }>): void {
    const { gate, self } = this.#options;
    const nowMs = this.#nowMs;
    const hub: OtherHub = {
      ...{ linkId, peer, home, openedMs: nowMs, name: "", isUp: false },
      ...{ sentSeq: 0, heardSeq: 0, routedSeq: 0, heardRoutedSeq: 0, heardMs: nowMs, pingedMs: nowMs },
      answering: new Set<IntentId>(),
    };
    this.#hubs.set(linkId, hub);
    // No addresses: whoever may come in directly is of this home.
    const { hub: id, epoch, boot, name } = self;
    const said = { type: "HELLO", versions: [PROTOCOL_VERSION], id, epoch, boot, name, addresses: [] } as const;
    this.#send(hub, { ...said, ...gate.papers(home) });
  }

  #closed(linkId: number): void {
    const hub = this.#hubs.get(linkId);
    if (hub === undefined) return;
    this.#hubs.delete(linkId);
    for (const [id, asking] of [...this.#asking.entries()])
      if (asking.linkId === linkId) this.#settle(id, { type: "failed", id, why: "unreachable" });
    if (hub.isUp) this.#effects.push({ type: "down", hub: hub.peer, home: hub.home });
  }

  #close(hub: OtherHub, reason: string): void {
    this.#effects.push({ type: "close", linkId: hub.linkId, reason });
    this.#closed(hub.linkId);
  }

  #heard(hub: OtherHub, heard: Extract<FederationInput, { type: "frame" }>["heard"]): void {
    if (heard.form === "routed") return hub.isUp ? this.#routed(hub, heard.frame) : this.#count(REFUSED);
    if (heard.seq <= hub.heardSeq) return this.#count("federation.replayed");
    hub.heardSeq = heard.seq;
    const { message } = heard;
    if (message.type === "HELLO") return this.#onHello(hub, message);
    if (message.type === "ERROR")
      return this.#count(`federation.told.${message.code === "NOT_ADMITTED" ? message.code : "other"}`);
    if (!hub.isUp) return this.#count(REFUSED);
    hub.heardMs = this.#nowMs;
    if (message.type === "PING") {
      if (message.ackOf === undefined) this.#send(hub, { type: "PING", ackOf: heard.seq & 0xff });
    } else if (message.type === "REVOKE") this.#onRevoke(hub, message);
    else this.#count(REFUSED);
  }

  #onHello(hub: OtherHub, hello: MessageOf<"HELLO">): void {
    const { gate } = this.#options;
    if (hub.isUp) return this.#count("federation.helloAgain");
    const problem = this.#problemOf(hub, hello) ?? gate.check(hub.home, hub.peer, hello.chain, hello.trust);
    if (problem !== undefined) return this.#refuse(hub, problem, "NOT_ADMITTED");
    const verdict = this.#epochs.observe(hub.peer, hello.epoch, hello.boot);
    // What to do about these its own home tells it; here it is only not let in.
    if (verdict.type === "behind") return this.#refuse(hub, "federation.epochBehind", "EPOCH_BEHIND");
    if (verdict.type === "cloned") return this.#refuse(hub, "federation.cloned", "CLONED");
    hub.isUp = true;
    hub.name = hello.name;
    hub.heardMs = this.#nowMs;
    this.#effects.push({ type: "up", hub: hub.peer, home: hub.home, name: hub.name });
    this.#sayRevoked(hub, gate.revocations());
  }

  #problemOf({ peer }: OtherHub, { id, versions }: MessageOf<"HELLO">): string | undefined {
    if (!versions.includes(PROTOCOL_VERSION)) return "federation.version";
    return id === peer && id !== this.#options.self.hub ? undefined : "federation.notTheChannels";
  }

  #refuse(hub: OtherHub, problem: string, code: string): void {
    this.#count(problem);
    this.#send(hub, { type: "ERROR", code, fault: "remote", detail: problem });
    this.#close(hub, problem);
  }

  #onRevoke(hub: OtherHub, { revocations }: MessageOf<"REVOKE">): void {
    const { gate } = this.#options;
    if (!this.#budgetOf(hub.home).revokes.take(this.#nowMs)) return this.#count("federation.flood");
    let isNew = false;
    for (const bytes of revocations) {
      const verdict = gate.revoke(hub.home, bytes);
      if (typeof verdict !== "string") this.#count(`federation.revocation.${verdict.problem}`);
      isNew ||= verdict === "new";
    }
    if (!isNew) return;
    this.#effects.push({ type: "keep-revocations", home: hub.home });
    for (const other of [...this.#hubs.values()])
      if (other.home === hub.home && gate.isRevoked(hub.home, other.peer)) this.#close(other, "revoked");
  }

  /** Only from the hub at the other end, and only for this one: nothing is passed on. */
  #routed(hub: OtherHub, { dst, payload, seq, src }: RoutedFrame): void {
    hub.heardMs = this.#nowMs;
    if (src !== hub.peer || dst !== this.#options.self.hub) return this.#count("federation.notForThisHub");
    if (seq <= hub.heardRoutedSeq) return this.#count("federation.replayed");
    hub.heardRoutedSeq = seq;
    const message = "encoded" in payload ? this.#options.read(payload) : payload;
    if (message === undefined) return;
    if (message.type === "INTENT") return this.#onIntent(hub, message);
    if (message.type === "RESULT") return this.#onResult(hub, message);
    if (message.type === "ERROR" && message.intentId !== undefined) return this.#onRefused(hub, message.intentId);
    this.#count(REFUSED);
  }

  #onIntent(hub: OtherHub, { args, id, privacy, remainingMs, topic, verb }: MessageOf<"INTENT">): void {
    const question = args["question"];
    const isShared = verb === "ask" && topic === QUESTION_TOPIC && privacy === "anyone" && typeof question === "string";
    if (!isShared) return this.#decline(hub, id, REFUSED);
    if (hub.answering.has(id)) return this.#count("federation.repeated");
    const isBusy = this.#answering >= this.#settings.answeringMax;
    if (isBusy || !this.#budgetOf(hub.home).questions.take(this.#nowMs))
      return this.#decline(hub, id, "federation.flood");
    hub.answering.add(id);
    this.#answering += 1;
    const { home, linkId } = hub;
    this.#effects.push({ type: "question", linkId, home, id, question, remainingMs });
  }

  #decline(hub: OtherHub, intentId: IntentId, why: string): void {
    this.#count(why);
    const code = why === REFUSED ? "NOT_SHARED" : "TOO_BUSY";
    this.#route(hub, { type: "ERROR", code, fault: "remote", detail: "", intentId });
  }

  #answer({ facts, id, linkId }: Extract<FederationInput, { type: "answer" }>): void {
    this.#answering -= 1;
    const hub = this.#hubs.get(linkId);
    if (hub === undefined || !hub.answering.delete(id)) return this.#count("federation.answerTooLate");
    if (facts !== undefined)
      return this.#route(hub, {
        type: "RESULT",
        ...{ intentId: id, hub: this.#options.self.hub, facts, evidence: [] },
      });
    this.#route(hub, { type: "ERROR", code: "NOBODY_CAN_ANSWER", fault: "local", detail: "", intentId: id });
  }

  #ask({ home, id, question, timeoutMs }: Extract<FederationInput, { type: "ask" }>): void {
    const hub = [...this.#hubs.values()].find((one) => one.isUp && one.home === home);
    if (hub === undefined) return void this.#effects.push({ type: "failed", id, why: "unreachable" });
    if (this.#asking.size >= this.#settings.askingMax)
      return void this.#effects.push({ type: "failed", id, why: "busy" });
    this.#asking.set(id, { linkId: hub.linkId, endMs: this.#nowMs + timeoutMs });
    this.#route(hub, {
      ...{ type: "INTENT", id, verb: "ask", topic: QUESTION_TOPIC, args: { question } },
      ...{ priority: 4, remainingMs: timeoutMs, privacy: "anyone" },
    });
  }

  #onResult(hub: OtherHub, { facts, intentId: id }: MessageOf<"RESULT">): void {
    if (this.#asking.get(id)?.linkId !== hub.linkId) return this.#count("federation.unasked");
    this.#settle(id, { type: "answered", id, home: hub.home, hub: hub.peer, facts });
  }

  #onRefused(hub: OtherHub, id: IntentId): void {
    if (this.#asking.get(id)?.linkId !== hub.linkId) return this.#count("federation.unasked");
    this.#settle(id, { type: "failed", id, why: "refused" });
  }

  #settle(id: IntentId, effect: FederationEffect): void {
    this.#asking.delete(id);
    this.#effects.push(effect);
  }

  #tellRevoked(revocations: readonly Uint8Array[]): void {
    for (const hub of this.#hubs.values()) if (hub.isUp) this.#sayRevoked(hub, revocations);
  }

  #sayRevoked(hub: OtherHub, revocations: readonly Uint8Array[]): void {
    for (let at = 0; at < revocations.length; at += REVOCATIONS_PER_MESSAGE)
      this.#send(hub, { type: "REVOKE", revocations: revocations.slice(at, at + REVOCATIONS_PER_MESSAGE) });
  }

  #tick(): void {
    const { helloTimeoutMs, linkLifeMs, pingMs, silentMs } = this.#settings;
    const nowMs = this.#nowMs;
    for (const hub of [...this.#hubs.values()]) {
      if (!hub.isUp && nowMs >= hub.openedMs + helloTimeoutMs)
        this.#refuse(hub, "federation.helloTimeout", "NOT_ADMITTED");
      else if (hub.isUp && nowMs >= hub.heardMs + silentMs) this.#close(hub, "silent");
      else if (nowMs >= hub.openedMs + linkLifeMs) this.#close(hub, "its time is over");
      else if (hub.isUp && nowMs >= Math.max(hub.heardMs, hub.pingedMs) + pingMs) {
        hub.pingedMs = nowMs;
        this.#send(hub, { type: "PING" });
      }
    }
    for (const [id, { endMs }] of [...this.#asking.entries()])
      if (nowMs >= endMs) this.#settle(id, { type: "failed", id, why: "timeout" });
  }

  /** A home's, for as long as this hub runs: there are no more than a person has named. */
  #budgetOf(home: HomeId): Budget {
    const known = this.#budgets.get(home);
    if (known !== undefined) return known;
    const { questionsBurst, questionsPerSecond, revokesBurst, revokesPerSecond } = this.#settings;
    const fresh = {
      questions: new TokenBucket(questionsPerSecond, questionsBurst),
      revokes: new TokenBucket(revokesPerSecond, revokesBurst),
    };
    this.#budgets.set(home, fresh);
    return fresh;
  }

  #send(hub: OtherHub, message: Message): void {
    hub.sentSeq += 1;
    this.#effects.push({ type: "send", linkId: hub.linkId, frame: { seq: hub.sentSeq, message } });
  }

  #route(hub: OtherHub, payload: Message): void {
    const { epoch, hub: src } = this.#options.self;
    hub.routedSeq += 1;
    const frame: RoutedFrame = { src, srcEpoch: epoch, dst: hub.peer, hops: 0, seq: hub.routedSeq, payload };
    this.#effects.push({ type: "send", linkId: hub.linkId, frame });
  }

  #count(name: string): void {
    this.#effects.push({ type: "count", name });
  }
}
