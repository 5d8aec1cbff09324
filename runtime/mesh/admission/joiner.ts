/**
 * The joiner's side of a join (pure).
 *
 *     offer ──(the inviter knows the code)──► compare ──(the person here agrees)──► grant ──(the chain is good)──► joined
 *       └───────────────────────────────────────┴───────────────────────────────────┴──► refused
 */
import { bytesEqual } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Certificate, HomeId } from "../../core/membership.js";
import type { HubAddress } from "../../core/mesh.js";
import type { AdmitBody, AdmitOp, AdmitRefusal } from "../../core/messages-admission.js";
import type { Rng } from "../../core/time.js";
import { judgeChain, type MembershipCrypto } from "./chain.js";
import {
  commitMac,
  commitmentOf,
  digitsOf,
  type ExchangeCrypto,
  fullTranscript,
  type JoinerPart,
  keyOfCode,
  NONCE_BYTES,
  offerMac,
  offerTranscript,
  proofMessage,
} from "./exchange.js";

/** As the inviter's: the other end is a program until the digits are shown. Unit: ms. */
const ANSWER_TIMEOUT_MS = 10_000;
/** The longest life of an invitation, and then the person has gone. Unit: ms. */
const COMPARE_TIMEOUT_MS = 3_600_000;

export type JoinerState = "offer" | "compare" | "grant" | "joined" | "refused";
/** Why it did not work: what the inviter said, or what this side found. */
export type JoinProblem = AdmitRefusal | "notTheInviter" | "badChain" | "closed";

export interface JoinerContext {
  readonly code: string;
  /** Who must be at the other end, when the invitation says so. */
  readonly inviter?: HubId;
  readonly publicKey: Uint8Array;
  readonly name: string;
  /** The TLS exporter's value, and the key that the other end has proven to hold. */
  readonly channel: Uint8Array;
  readonly channelKey: Uint8Array;
  readonly crypto: ExchangeCrypto & MembershipCrypto;
  sign(message: Uint8Array): Uint8Array;
}

/** What a hub that has joined keeps. */
export interface Joined {
  readonly home: HomeId;
  readonly name: string;
  readonly rootKey: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly certificate: Certificate;
  readonly inviter: HubId;
  /** Where the inviter's links come in, as it says. */
  readonly addresses: readonly HubAddress[];
}

interface Offer {
  readonly home: HomeId;
  readonly homeName: string;
  readonly rootKey: Uint8Array;
  readonly inviter: HubId;
  readonly digits: string;
}

type Handler = (body: AdmitBody, nowMs: number) => readonly AdmitBody[];

export class JoinerExchange {
  readonly #context: JoinerContext;
  readonly #part: JoinerPart;
  readonly #key: Uint8Array;
  readonly #commitment: Uint8Array;
  #state: JoinerState = "offer";
  #deadlineMs: number;
  #offer: Offer | undefined;
  #joined: Joined | undefined;
  #problem: JoinProblem | undefined;
  /** A missing cell ends the exchange: the other end does not keep to the protocol. */
  readonly #on: Readonly<Record<JoinerState, Partial<Record<AdmitOp, Handler>>>> = {
    offer: { offer: (body, nowMs) => this.#onOffer(body, nowMs), refuse: (body) => this.#onRefuse(body) },
    compare: { refuse: (body) => this.#onRefuse(body) },
    grant: { grant: (body) => this.#onGrant(body), refuse: (body) => this.#onRefuse(body) },
    joined: {},
    refused: {},
  };

  constructor(context: JoinerContext, nowMs: number, rng: Rng) {
    this.#context = context;
    this.#part = { nonce: rng(NONCE_BYTES), publicKey: context.publicKey, name: context.name };
    this.#key = keyOfCode(context.code, context.crypto);
    this.#commitment = commitmentOf(this.#part, context.crypto);
    this.#deadlineMs = nowMs + ANSWER_TIMEOUT_MS;
  }

  get state(): JoinerState {
    return this.#state;
  }

  get isOver(): boolean {
    return this.#state === "joined" || this.#state === "refused";
  }

  get deadlineMs(): number {
    return this.isOver ? Number.POSITIVE_INFINITY : this.#deadlineMs;
  }

  /** What the person is shown to compare. */
  get offer(): Pick<Offer, "home" | "homeName" | "inviter" | "digits"> | undefined {
    return this.#offer;
  }

  get joined(): Joined | undefined {
    return this.#joined;
  }

  get problem(): JoinProblem | undefined {
    return this.#problem;
  }

  /** The first word. */
  begin(): readonly AdmitBody[] {
    const { channel, crypto } = this.#context;
    const mac = commitMac(this.#key, channel, this.#commitment, crypto);
    return [{ op: "commit", commitment: this.#commitment, mac }];
  }

  /** @returns what is to be sent. */
  on(body: AdmitBody, nowMs: number): readonly AdmitBody[] {
    if (this.isOver) return [];
    const handler = this.#on[this.#state][body.op];
    return handler === undefined ? this.#refuse("unexpected") : handler(body, nowMs);
  }

  /** The person here sees the same digits at the inviter. */
  agree(digits: string, nowMs: number): readonly AdmitBody[] {
    if (this.#state !== "compare") return [];
    if (digits !== this.#offer?.digits) return this.decline();
    this.#state = "grant";
    this.#deadlineMs = nowMs + COMPARE_TIMEOUT_MS;
    return [{ op: "confirm" }];
  }

  decline(): readonly AdmitBody[] {
    return this.isOver ? [] : this.#refuse("declined");
  }

  tick(nowMs: number): readonly AdmitBody[] {
    return nowMs < this.deadlineMs ? [] : this.#refuse("tooLate");
  }

  /** The connection is gone. */
  closed(): void {
    if (!this.isOver) this.#end("closed");
  }

  #onOffer({ nonce, publicKey, rootKey, name, mac }: AdmitBody, nowMs: number): readonly AdmitBody[] {
    const { channel, channelKey, crypto, inviter } = this.#context;
    if (!nonce || !publicKey || !rootKey || name === undefined || !mac) return this.#refuse("unexpected");
    const hub = crypto.hubIdOf(publicKey);
    if (!bytesEqual(publicKey, channelKey) || (inviter !== undefined && hub !== inviter)) {
      return this.#refuse("notTheInviter");
    }
    const offer = offerTranscript(channel, this.#commitment, { nonce, publicKey, rootKey, name });
    if (!bytesEqual(offerMac(this.#key, offer, crypto), mac)) return this.#refuse("badProof");
    const transcript = fullTranscript(offer, this.#part);
    this.#offer = {
      // A home's id is made of its key as a hub's is.
      ...{ home: crypto.hubIdOf(rootKey) as string as HomeId, homeName: name, rootKey, inviter: hub },
      digits: digitsOf(transcript, crypto),
    };
    this.#state = "compare";
    this.#deadlineMs = nowMs + COMPARE_TIMEOUT_MS;
    return [{ op: "reveal", ...this.#part, signature: this.#context.sign(proofMessage(transcript, crypto)) }];
  }

  #onGrant({ addresses = [], chain }: AdmitBody): readonly AdmitBody[] {
    const { crypto, publicKey } = this.#context;
    if (chain === undefined || this.#offer === undefined) return this.#refuse("unexpected");
    const { home, homeName, inviter, rootKey } = this.#offer;
    const verdict = judgeChain(chain, { home, rootKey }, crypto);
    if ("problem" in verdict || !bytesEqual(verdict.certificate.publicKey, publicKey)) return this.#refuse("badChain");
    this.#joined = { home, name: homeName, rootKey, chain, certificate: verdict.certificate, inviter, addresses };
    this.#state = "joined";
    return [];
  }

  #onRefuse({ reason }: AdmitBody): readonly AdmitBody[] {
    return this.#end(reason ?? "unexpected");
  }

  #refuse(problem: JoinProblem): readonly AdmitBody[] {
    this.#end(problem);
    return [{ op: "refuse", reason: isRefusal(problem) ? problem : "badProof" }];
  }

  #end(problem: JoinProblem): readonly AdmitBody[] {
    this.#state = "refused";
    this.#problem = problem;
    return [];
  }
}

/** What only this side knows is told as a bad proof. */
function isRefusal(problem: JoinProblem): problem is AdmitRefusal {
  return problem !== "notTheInviter" && problem !== "badChain" && problem !== "closed";
}
