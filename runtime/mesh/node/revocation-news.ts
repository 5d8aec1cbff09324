/**
 * Spreads who is out of the home. Pure. One that is signed here goes to everyone by broadcast; a neighbour that has just come is told all that
 * are known; and what is new of what a link brought goes on over the other links, so that it crosses the house in which it is news and no other.
 * None of this reaches a hub that is cut off meanwhile, so now and then a random neighbour is told all again (anti-entropy, Demers 1987 §1.3).
 */
import type { HubId } from "../../core/ids.js";
import type { Message } from "../../core/messages.js";
import type { Rng } from "../../core/time.js";
import { TokenBucket } from "../../core/token-bucket.js";
import { jittered, pick } from "../chance.js";
import type { MeshNotice, Part } from "../part.js";
import type { Gate } from "./hello.js";
import type { LinkTable, NodeLink } from "./link-table.js";

/** What one REVOKE holds (PROTOCOL.md); 7 KiB of the longest. */
const PER_MESSAGE = 16;
/** How often a neighbour is told again, and how long per message: with all 384 by owners it is every half hour, so that it never takes more
 *  than 100 B/s of a hub. Unit: ms. */
const RETELL_MS = 300_000;
const RETELL_MS_PER_MESSAGE = 75_000;
/** Passed on of what links bring: a thief with an owner's key could sign without end. A full list at once is 24 messages; what is beyond is
 *  told to neighbours by and by. Unit: messages. */
const SPREAD_PER_SECOND = 0.1;
const SPREAD_BURST = 48;

/** The node around it. */
export interface RevocationNewsContext {
  readonly gate: Pick<Gate, "revoke" | "isRevoked" | "revocations" | "revocationsAbout">;
  readonly links: LinkTable;
  readonly send: (link: NodeLink, message: Message) => void;
  readonly cut: (link: NodeLink, reason: string) => void;
  readonly count: (name: string) => void;
  readonly notice: (notice: MeshNotice) => void;
  /** To every hub of the home. */
  readonly publish: (message: Message) => void;
  /** What those that are out have written counts no more. */
  readonly prune: () => void;
}

export class RevocationNews implements Part {
  readonly #context: RevocationNewsContext;
  readonly #spread = new TokenBucket(SPREAD_PER_SECOND, SPREAD_BURST);
  #retellMs = Number.POSITIVE_INFINITY;

  constructor(context: RevocationNewsContext) {
    this.#context = context;
  }

  /** Never, while nobody is out or nobody is there to be told. */
  get deadlineMs(): number {
    return this.#retellMs;
  }

  tick(nowMs: number, rng: Rng): void {
    if (this.#retellMs > nowMs) return;
    this.#retellMs = Number.POSITIVE_INFINITY;
    const link = pick(rng, this.#proven());
    if (link === undefined) return;
    const revocations = this.#context.gate.revocations();
    this.#tell(link, revocations);
    this.#schedule(revocations.length, nowMs, rng);
  }

  neighbourUp(hub: HubId, nowMs: number, rng: Rng): void {
    const { gate, links } = this.#context;
    const link = links.of(hub);
    if (link === undefined) return;
    const revocations = gate.revocations();
    this.#tell(link, revocations);
    this.#schedule(revocations.length, nowMs, rng);
  }

  /** A person has signed them on this hub, where they count already. The weightiest first: one message is broadcast, and what is said again
   *  beyond it goes from link to link, since each is charged to the rate at which others take broadcasts of this hub. */
  publish(revocations: readonly Uint8Array[], nowMs: number, rng: Rng): void {
    const [first, ...more] = messagesOf(revocations);
    if (first !== undefined) this.#context.publish(first);
    for (const link of this.#proven()) for (const message of more) this.#context.send(link, message);
    this.#act(revocations, nowMs, rng);
  }

  /** @param from the neighbour whose link brought them; undefined: a broadcast, which is under way to everyone already. */
  heard(revocations: readonly Uint8Array[], from: HubId | undefined, nowMs: number, rng: Rng): void {
    const fresh = this.#taken(revocations);
    if (fresh.length === 0) return;
    if (from !== undefined) this.#passOn(fresh, from, nowMs);
    this.#act(fresh, nowMs, rng);
  }

  /** Those that are new. Nothing that stands behind a forged one is looked at: a message of forgeries costs two verifications, not 32. */
  #taken(revocations: readonly Uint8Array[]): Uint8Array[] {
    const { count, gate } = this.#context;
    const fresh: Uint8Array[] = [];
    for (const bytes of revocations) {
      const verdict = gate.revoke(bytes);
      if (verdict === "new") fresh.push(bytes);
      if (typeof verdict === "string") continue;
      count(verdict.problem);
      if (verdict.isForged === true) break;
    }
    return fresh;
  }

  #passOn(revocations: readonly Uint8Array[], from: HubId, nowMs: number): void {
    if (!this.#spread.take(nowMs)) return this.#context.count("mesh.revocationsLater");
    for (const link of this.#proven()) if (link.peer !== from) this.#tell(link, revocations);
  }

  #act(revocations: readonly Uint8Array[], nowMs: number, rng: Rng): void {
    const { gate, notice, prune } = this.#context;
    for (const revocation of revocations) notice({ type: "revoked", revocation });
    prune();
    this.#cutRevoked();
    this.#schedule(gate.revocations().length, nowMs, rng);
  }

  #cutRevoked(): void {
    const { cut, gate, links, send } = this.#context;
    for (const link of [...links.values()]) {
      if (!gate.isRevoked(link.peer)) continue;
      // It learns why before it is cut, so that a person there is told.
      if (link.neighbour !== undefined) tellWhy(link, gate, send);
      cut(link, "revoked");
    }
  }

  #proven(): NodeLink[] {
    return [...this.#context.links.values()].filter(({ neighbour }) => neighbour !== undefined);
  }

  #tell(link: NodeLink, revocations: readonly Uint8Array[]): void {
    for (const message of messagesOf(revocations)) this.#context.send(link, message);
  }

  #schedule(known: number, nowMs: number, rng: Rng): void {
    if (known === 0 || this.#retellMs !== Number.POSITIVE_INFINITY) return;
    const messages = Math.ceil(known / PER_MESSAGE);
    this.#retellMs = nowMs + jittered(rng, Math.max(RETELL_MS, messages * RETELL_MS_PER_MESSAGE));
  }
}

/** An owner's signature convinces a hub that is out, where anybody's word would not: those that concern it, the first that count first. */
export function tellWhy(
  link: NodeLink,
  gate: Pick<Gate, "revocationsAbout">,
  send: (link: NodeLink, message: Message) => void,
): void {
  const revocations = gate.revocationsAbout(link.peer).slice(0, PER_MESSAGE);
  if (revocations.length > 0) send(link, { type: "REVOKE", revocations });
}

function messagesOf(revocations: readonly Uint8Array[]): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < revocations.length; at += PER_MESSAGE)
    messages.push({ type: "REVOKE", revocations: revocations.slice(at, at + PER_MESSAGE) });
  return messages;
}
