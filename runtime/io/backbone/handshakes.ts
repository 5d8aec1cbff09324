/**
 * Handshakes under way at a broker: those that this hub began and those that it answered, sent again until they end. Pure.
 * Of two that begin with each other at once, the one of the lower id goes on.
 */
import { bytesToHex } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import {
  type Answering,
  accept,
  answer,
  finish,
  type HandshakeContext,
  type Initiation,
  initiate,
  readInit,
  type SessionSecrets,
  sidOfReply,
} from "../../wire/sealed-handshake.js";
import { SESSION_ID_BYTES } from "../../wire/sealed-packet.js";
import { TokenBucket } from "./bucket.js";
import type { BackboneSettings } from "./settings.js";

export interface HandshakesOptions {
  readonly context: HandshakeContext;
  readonly settings: BackboneSettings;
  readonly count: (name: string) => void;
  readonly say: (to: HubId, packet: Uint8Array) => void;
  /** Whether a session with that hub would be taken. */
  readonly isWelcome: (hub: HubId) => boolean;
  /** The other end is proven. */
  readonly proven: (secrets: SessionSecrets, nowMs: number) => void;
  readonly failed: (hub: HubId, nowMs: number) => void;
}

interface Repeated {
  readonly packet: Uint8Array;
  tries: number;
  againMs: number;
}

interface Begun extends Repeated {
  readonly initiation: Initiation;
}

interface Answered extends Repeated {
  readonly answering: Answering;
}

/** The last packets of handshakes that this hub began: wanted again when they were lost. */
const FINISHES_MAX = 16;

export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #begun = new Map<HubId, Begun>();
  /** By the session id that this hub gave, hex. */
  readonly #answered = new Map<string, Answered>();
  /** By the session id that this hub gave, hex. */
  readonly #finishes = new Map<string, { readonly to: HubId; readonly packet: Uint8Array }>();
  readonly #budget: TokenBucket;

  constructor(options: HandshakesOptions) {
    this.#options = options;
    this.#budget = new TokenBucket(options.settings.handshakesBurst, options.settings.handshakesPerSecond);
  }

  get begun(): number {
    return this.#begun.size;
  }

  isUnderWay(hub: HubId): boolean {
    if (this.#begun.has(hub)) return true;
    for (const { answering } of this.#answered.values()) if (answering.peer === hub) return true;
    return false;
  }

  get deadlineMs(): number {
    let deadlineMs = Number.POSITIVE_INFINITY;
    for (const { againMs } of this.#begun.values()) deadlineMs = Math.min(deadlineMs, againMs);
    for (const { againMs } of this.#answered.values()) deadlineMs = Math.min(deadlineMs, againMs);
    return deadlineMs;
  }

  begin(hub: HubId, nowMs: number): void {
    const initiation = initiate(this.#options.context, hub);
    const begun = { initiation, packet: initiation.packet, tries: 0, againMs: nowMs };
    this.#begun.set(hub, begun);
    this.#repeat(begun, hub, nowMs);
  }

  onInit(packet: Uint8Array, nowMs: number): void {
    const { context, count, isWelcome, settings } = this.#options;
    if (!this.#budget.take(nowMs)) return count("backbone.handshakeFlood");
    const init = readInit(context, packet);
    if (init === undefined) return count("backbone.handshakeForged");
    const { peer } = init;
    const self = context.identity.hub;
    if (peer === self) return count("backbone.handshakeOwn");
    for (const answered of this.#answered.values()) {
      if (answered.answering.peer !== peer) continue;
      if (bytesToHex(answered.answering.peerSid) !== bytesToHex(init.sid)) continue;
      return this.#options.say(peer, answered.packet);
    }
    if (this.#begun.has(peer) && self < peer) return; // this hub's own goes on
    if (!isWelcome(peer)) return count("backbone.handshakeUnwelcome");
    const answering = answer(context, init);
    if (answering === undefined) return count("backbone.handshakeForged");
    this.#begun.delete(peer);
    const answered = { answering, packet: answering.packet, tries: 0, againMs: nowMs };
    this.#answered.set(bytesToHex(answering.sid), answered);
    // Whoever floods this hub pushes out his own first: at so many a second an honest one has time enough.
    if (this.#answered.size > settings.answeringMax)
      this.#answered.delete(this.#answered.keys().next().value as string);
    this.#repeat(answered, peer, nowMs);
  }

  onReply(packet: Uint8Array, nowMs: number): void {
    const { context, count, isWelcome, proven, say } = this.#options;
    const sid = sidOfReply(context, packet);
    if (sid === undefined) return count("backbone.handshakeForged");
    const name = bytesToHex(sid);
    const last = this.#finishes.get(name);
    if (last !== undefined) return this.#budget.take(nowMs) ? say(last.to, last.packet) : undefined;
    for (const { initiation } of this.#begun.values()) {
      if (bytesToHex(initiation.sid) !== name) continue;
      const finished = finish(context, initiation, packet);
      // The right one may still come.
      if (finished === undefined) return count("backbone.handshakeForged");
      const { peer } = initiation;
      this.#begun.delete(peer);
      if (!isWelcome(peer)) return;
      this.#finishes.set(name, { to: peer, packet: finished.packet });
      if (this.#finishes.size > FINISHES_MAX) this.#finishes.delete(this.#finishes.keys().next().value as string);
      say(peer, finished.packet);
      return proven(finished.session, nowMs);
    }
    count("backbone.handshakeUnknown");
  }

  onFinish(packet: Uint8Array, nowMs: number): void {
    const { context, count, isWelcome, proven } = this.#options;
    const name = bytesToHex(packet.subarray(1, 1 + SESSION_ID_BYTES));
    const answered = this.#answered.get(name);
    if (answered === undefined) return count("backbone.handshakeUnknown");
    const secrets = accept(context, answered.answering, packet);
    if (secrets === undefined) return count("backbone.handshakeForged");
    this.#answered.delete(name);
    if (isWelcome(secrets.peer)) proven(secrets, nowMs);
  }

  tick(nowMs: number): void {
    const { failed } = this.#options;
    for (const [hub, begun] of [...this.#begun]) {
      if (begun.againMs > nowMs || this.#repeat(begun, hub, nowMs)) continue;
      this.#begun.delete(hub);
      failed(hub, nowMs);
    }
    for (const [name, answered] of [...this.#answered]) {
      if (answered.againMs > nowMs || this.#repeat(answered, answered.answering.peer, nowMs)) continue;
      this.#answered.delete(name);
    }
  }

  clear(): void {
    this.#begun.clear();
    this.#answered.clear();
  }

  /** @returns false when it was said often enough. */
  #repeat(what: Repeated, to: HubId, nowMs: number): boolean {
    const { say, settings } = this.#options;
    if (what.tries >= settings.handshakeTries) return false;
    what.againMs = nowMs + settings.handshakeMs * 2 ** what.tries;
    what.tries += 1;
    say(to, what.packet);
    return true;
  }
}
