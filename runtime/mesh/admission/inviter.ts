/**
 * The inviter's side of one join, one for each connection (pure).
 *
 *     commit ──(knows a code)──► reveal ──(keeps its commitment, has its key)──► compare ──(both persons agree)──► granted
 *       └──────────────────────────┴────────────────────────────────────────────────┴──► refused
 */
import { bytesEqual } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Role } from "../../core/membership.js";
import type { HubAddress } from "../../core/mesh.js";
import type { AdmitBody, AdmitOp, AdmitRefusal } from "../../core/messages-admission.js";
import type { Rng } from "../../core/time.js";
import {
  commitmentOf,
  digitsOf,
  type ExchangeCrypto,
  fullTranscript,
  NONCE_BYTES,
  offerMac,
  offerTranscript,
  proofMessage,
} from "./exchange.js";
import type { Invitations } from "./invitations.js";

/** A program at the other end answers at once; the slowest board signs in a tenth of a second. Unit: ms. */
const ANSWER_TIMEOUT_MS = 10_000;

export type InviterState = "commit" | "reveal" | "compare" | "granted" | "refused";

export interface InviterContext {
  readonly invitations: Invitations;
  /** Of the hub that invites. */
  readonly publicKey: Uint8Array;
  readonly rootKey: Uint8Array;
  readonly homeName: string;
  /** The TLS exporter's value. */
  readonly channel: Uint8Array;
  readonly crypto: ExchangeCrypto & {
    hubIdOf(publicKey: Uint8Array): HubId;
    verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  };
  /** Put out of the home: its key is not let in again. */
  isRevoked(hub: HubId): boolean;
  /** Makes the certificate. @returns the chain for it. */
  issue(joiner: { readonly publicKey: Uint8Array; readonly name: string; readonly role: Role }): readonly Uint8Array[];
  /** Where this hub's links come in; the new hub dials there. */
  addresses(): readonly HubAddress[];
  /** "mesh.admission.refused.noInvitation", … */
  count(name: string): void;
}

export interface Joiner {
  readonly hub: HubId;
  readonly name: string;
  readonly digits: string;
}

type Handler = (body: AdmitBody, nowMs: number, rng: Rng) => readonly AdmitBody[];

export class InviterExchange {
  readonly #context: InviterContext;
  #state: InviterState = "commit";
  #deadlineMs: number;
  #invitation:
    | { readonly id: number; readonly key: Uint8Array; readonly role: Role; readonly expiresMs: number }
    | undefined;
  #commitment: Uint8Array = new Uint8Array();
  #offer: Uint8Array = new Uint8Array();
  #joinerKey: Uint8Array = new Uint8Array();
  #joiner: Joiner | undefined;
  #agreedHere = false;
  #agreedThere = false;
  /** A missing cell refuses the joiner: it is a mistake of the remote, or a stranger. */
  readonly #on: Readonly<Record<InviterState, Partial<Record<AdmitOp, Handler>>>> = {
    commit: { commit: (body, nowMs, rng) => this.#onCommit(body, nowMs, rng) },
    reveal: { reveal: (body) => this.#onReveal(body), refuse: () => this.#end("refused") },
    compare: { confirm: () => this.#onConfirm(), refuse: () => this.#end("refused") },
    granted: {},
    refused: {},
  };

  constructor(context: InviterContext, nowMs: number) {
    this.#context = context;
    this.#deadlineMs = nowMs + ANSWER_TIMEOUT_MS;
  }

  get state(): InviterState {
    return this.#state;
  }

  /** Over, one way or the other: what is still to be sent has been returned. */
  get isOver(): boolean {
    return this.#state === "granted" || this.#state === "refused";
  }

  get deadlineMs(): number {
    return this.isOver ? Number.POSITIVE_INFINITY : this.#deadlineMs;
  }

  /** The invitation that the other end knows the code of. */
  get invitationId(): number | undefined {
    return this.#invitation?.id;
  }

  /** Who wants to join, once there are digits to compare. */
  get joiner(): Joiner | undefined {
    return this.#joiner;
  }

  /** The person here has typed the joiner's digits. */
  get agreed(): boolean {
    return this.#agreedHere;
  }

  /** @returns what is to be sent. */
  on(body: AdmitBody, nowMs: number, rng: Rng): readonly AdmitBody[] {
    if (this.isOver) return [];
    const handler = this.#on[this.#state][body.op];
    return handler === undefined ? this.#refuse("unexpected") : handler(body, nowMs, rng);
  }

  /** The person here has the digits that the joiner shows.
   *  @returns what is to be sent; other digits end the exchange. */
  agree(digits: string): readonly AdmitBody[] {
    if (this.#state !== "compare") return [];
    if (digits !== this.#joiner?.digits) return this.decline();
    this.#agreedHere = true;
    return this.#grantWhenAgreed();
  }

  /** The person here says no: the invitation is void. */
  decline(): readonly AdmitBody[] {
    if (this.isOver) return [];
    if (this.#invitation) this.#context.invitations.close(this.#invitation.id);
    return this.#refuse("declined");
  }

  tick(nowMs: number): readonly AdmitBody[] {
    return nowMs < this.deadlineMs ? [] : this.#refuse("tooLate");
  }

  /** The connection is gone. */
  closed(): void {
    if (!this.isOver) this.#end("refused");
  }

  #onCommit({ commitment, mac }: AdmitBody, nowMs: number, rng: Rng): readonly AdmitBody[] {
    const { channel, crypto, invitations, publicKey, rootKey, homeName } = this.#context;
    if (commitment === undefined || mac === undefined) return this.#refuse("unexpected");
    this.#invitation = invitations.claim(channel, commitment, mac, nowMs);
    if (this.#invitation === undefined) return this.#refuse("noInvitation");
    this.#commitment = commitment;
    const offer = { nonce: rng(NONCE_BYTES), publicKey, rootKey, name: homeName };
    this.#offer = offerTranscript(channel, commitment, offer);
    this.#state = "reveal";
    this.#deadlineMs = nowMs + ANSWER_TIMEOUT_MS;
    return [{ op: "offer", ...offer, mac: offerMac(this.#invitation.key, this.#offer, crypto) }];
  }

  #onReveal({ nonce, publicKey, name, signature }: AdmitBody): readonly AdmitBody[] {
    const { crypto } = this.#context;
    if (!nonce || !publicKey || name === undefined || !signature || !this.#invitation)
      return this.#refuse("unexpected");
    const joiner = { nonce, publicKey, name };
    if (!bytesEqual(commitmentOf(joiner, crypto), this.#commitment)) return this.#refuse("badCommitment");
    const transcript = fullTranscript(this.#offer, joiner);
    if (!crypto.verify(publicKey, proofMessage(transcript, crypto), signature)) return this.#refuse("badProof");
    const hub = crypto.hubIdOf(publicKey);
    // Told before persons compare anything: no member would link with it.
    if (this.#context.isRevoked(hub)) return this.#refuse("revoked");
    this.#joinerKey = publicKey;
    this.#joiner = { hub, name, digits: digitsOf(transcript, crypto) };
    this.#state = "compare";
    // Persons take their time, but not longer than the invitation lives.
    this.#deadlineMs = this.#invitation.expiresMs;
    return [];
  }

  #onConfirm(): readonly AdmitBody[] {
    this.#agreedThere = true;
    return this.#grantWhenAgreed();
  }

  #grantWhenAgreed(): readonly AdmitBody[] {
    if (!this.#agreedHere || !this.#agreedThere || !this.#invitation || !this.#joiner) return [];
    // It may have been put out while persons compared.
    if (this.#context.isRevoked(this.#joiner.hub)) return this.#refuse("revoked");
    const { id, role } = this.#invitation;
    const chain = this.#context.issue({ publicKey: this.#joinerKey, name: this.#joiner.name, role });
    this.#context.invitations.close(id);
    this.#state = "granted";
    return [{ op: "grant", chain, addresses: this.#context.addresses() }];
  }

  #refuse(reason: AdmitRefusal): readonly AdmitBody[] {
    this.#context.count(`mesh.admission.refused.${reason}`);
    this.#end("refused");
    return [{ op: "refuse", reason }];
  }

  #end(state: "refused"): readonly AdmitBody[] {
    this.#state = state;
    if (this.#invitation) this.#context.invitations.release(this.#invitation.id);
    return [];
  }
}
