/** The invitations that are open: few, short-lived, for one use, and for few tries. Pure. */
import { bytesEqual } from "../../core/bytes.js";
import type { Role } from "../../core/membership.js";
import type { Rng } from "../../core/time.js";
import { commitMac, type ExchangeCrypto, keyOfCode } from "./exchange.js";
import { makeCode } from "./invitation-code.js";

/** One for each person at a screen; more would only be more codes to guess. The next is refused. */
export const INVITATIONS_MAX = 3;
/** A person mistypes once or twice; see `invitation-code.ts` for what this allows a guesser. */
export const ATTEMPTS_MAX = 10;

export interface OpenInvitation {
  readonly id: number;
  readonly code: string;
  readonly role: Role;
  /** Monotonic. Unit: ms. */
  readonly expiresMs: number;
  /** Somebody who knows the code is being admitted. */
  taken: boolean;
  attemptsLeft: number;
}

export class Invitations {
  readonly #words: readonly string[];
  readonly #crypto: ExchangeCrypto;
  readonly #open = new Map<number, OpenInvitation & { readonly key: Uint8Array }>();
  #lastId = 0;

  constructor(words: readonly string[], crypto: ExchangeCrypto) {
    this.#words = words;
    this.#crypto = crypto;
  }

  get deadlineMs(): number {
    let deadline = Number.POSITIVE_INFINITY;
    for (const { expiresMs } of this.#open.values()) deadline = Math.min(deadline, expiresMs);
    return deadline;
  }

  get size(): number {
    return this.#open.size;
  }

  get(id: number): OpenInvitation | undefined {
    return this.#open.get(id);
  }

  /** @returns undefined when too many are open. */
  open(role: Role, lifeMs: number, nowMs: number, rng: Rng): OpenInvitation | undefined {
    this.expire(nowMs);
    if (this.#open.size >= INVITATIONS_MAX) return undefined;
    this.#lastId += 1;
    const code = makeCode(this.#words, rng);
    const key = keyOfCode(code, this.#crypto);
    const invitation = {
      ...{ id: this.#lastId, code, role, key, expiresMs: nowMs + lifeMs },
      ...{ taken: false, attemptsLeft: ATTEMPTS_MAX },
    };
    this.#open.set(invitation.id, invitation);
    return invitation;
  }

  /** Which invitation the sender of this commit knows the code of. A miss costs each open one a try.
   *  @returns with the code's key; undefined for a stranger, and when the invitation is taken. */
  claim(channel: Uint8Array, commitment: Uint8Array, mac: Uint8Array, nowMs: number) {
    this.expire(nowMs);
    for (const invitation of this.#open.values()) {
      if (!bytesEqual(commitMac(invitation.key, channel, commitment, this.#crypto), mac)) continue;
      if (invitation.taken) return undefined;
      invitation.taken = true;
      return invitation;
    }
    for (const invitation of this.#open.values()) {
      invitation.attemptsLeft -= 1;
      if (invitation.attemptsLeft <= 0) this.#open.delete(invitation.id);
    }
    return undefined;
  }

  /** The exchange broke off before the persons had spoken: the code may be tried again, at the price of a try. */
  release(id: number): void {
    const invitation = this.#open.get(id);
    if (invitation === undefined) return;
    invitation.taken = false;
    invitation.attemptsLeft -= 1;
    if (invitation.attemptsLeft <= 0) this.#open.delete(id);
  }

  /** Used, declined or cancelled. @returns whether it was open. */
  close(id: number): boolean {
    return this.#open.delete(id);
  }

  /** One that is taken ends with its exchange, not later than its time either. */
  expire(nowMs: number): void {
    for (const { id, expiresMs } of this.#open.values()) if (nowMs >= expiresMs) this.#open.delete(id);
  }
}
