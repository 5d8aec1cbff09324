/**
 * Asks for links: a dial where an address is known, else, or when that failed, a request to be dialled (`meet`) through a
 * common neighbour. Pure. Bounded by `dialsMax` attempts at once, each of which ends by a link, a failure or its timeout.
 */
import type { HubId } from "../../core/ids.js";
import type { Rng } from "../../core/time.js";
import { jittered, pick } from "../chance.js";
import { type OverlayContext, ownRecord } from "./context.js";
import { type DialPurpose, isStranger, type Peer, type Purpose } from "./peer-memory.js";

const STRANGERS_FREE = 4;

export class Dialler {
  readonly #context: OverlayContext;
  readonly #underWay: Peer[] = [];
  #deadlineMs = Number.POSITIVE_INFINITY;
  /** Strangers, known by hearsay alone, that were dialled in vain since one could be reached. */
  #strangersFailed = 0;
  #strangersMs = Number.NEGATIVE_INFINITY;

  constructor(context: OverlayContext) {
    this.#context = context;
  }

  /** When the oldest attempt has timed out. */
  get deadlineMs(): number {
    return this.#deadlineMs;
  }

  /** Links that may be expected; dials of lost hubs mostly end in vain. */
  get underWay(): number {
    return this.#underWay.length - this.count("lost");
  }

  get room(): number {
    return this.#context.settings.dialsMax - this.#underWay.length;
  }

  /** Until then no stranger is dialled. Where only some hubs can be reached (radio, several segments) most of what others tell
   *  of cannot; and nobody makes this hub knock at a thousand doors by telling of them. Unit: ms. */
  get strangersMs(): number {
    return this.#strangersMs;
  }

  /** A link was lost: strangers are worth a try again. */
  unsettle(): void {
    this.#strangersFailed = 0;
    this.#strangersMs = Number.NEGATIVE_INFINITY;
  }

  /** How many links for this purpose are on their way. */
  count(purpose: DialPurpose): number {
    let count = 0;
    for (const peer of this.#underWay) if (peer.dialling === purpose) count += 1;
    return count;
  }

  /** @returns false when there is no room, or no way to ask. */
  attempt(peer: Peer, purpose: DialPurpose, nowMs: number, rng: Rng): boolean {
    if (this.room <= 0 || peer.linked || peer.dialling !== undefined) return false;
    const via = this.#needsHelp(peer) ? pick(rng, this.#context.links.common(peer.hub)) : undefined;
    if (via === undefined && peer.addresses.length === 0) return false;
    peer.dialling = purpose;
    peer.triedMs = nowMs;
    peer.asked = via !== undefined;
    const { dialTimeoutMs, meetTimeoutMs } = this.#context.settings;
    peer.dialUntilMs = nowMs + (peer.asked ? meetTimeoutMs : dialTimeoutMs);
    this.#underWay.push(peer);
    this.#deadlineMs = Math.min(this.#deadlineMs, peer.dialUntilMs);
    if (via === undefined) this.#context.sink.notice({ type: "dial", hub: peer.hub, addresses: peer.addresses });
    else this.#askToBeDialled(via, peer.hub);
    return true;
  }

  /** The link is up.
   *  @returns what it was asked for; "none" when the other side asked. */
  arrived(hub: HubId): Purpose {
    const at = this.#underWay.findIndex((peer) => peer.hub === hub);
    const peer = this.#underWay[at];
    if (peer === undefined) return "none";
    const purpose = peer.dialling ?? "none";
    if (isStranger(peer)) this.#strangersFailed = 0;
    this.#end(at, peer);
    return purpose === "lost" ? "random" : purpose;
  }

  failed(hub: HubId, nowMs: number, rng: Rng): void {
    const at = this.#underWay.findIndex((peer) => peer.hub === hub);
    const peer = this.#underWay[at];
    if (peer === undefined) return;
    this.#end(at, peer);
    if (isStranger(peer)) {
      const { retryMinMs, retryMaxMs } = this.#context.settings;
      // The first few are free: they may just have gone.
      const pauseMs = retryMinMs * 2 ** Math.min(20, Math.max(0, this.#strangersFailed - STRANGERS_FREE));
      if (this.#strangersFailed >= STRANGERS_FREE)
        this.#strangersMs = nowMs + jittered(rng, Math.min(retryMaxMs, pauseMs));
      this.#strangersFailed += 1;
    }
    this.#context.peers.failed(peer, nowMs, rng);
  }

  /** Attempts that nobody answers have failed. */
  tick(nowMs: number, rng: Rng): void {
    for (const peer of [...this.#underWay]) if (nowMs >= peer.dialUntilMs) this.failed(peer.hub, nowMs, rng);
  }

  /** Discovery has seen it a moment ago. The higher id leaves the dial to the lower for a while, since both ends are bound to want the link. */
  found(peer: Peer, nowMs: number, rng: Rng): void {
    if (peer.dialling !== undefined) return this.#again(peer, nowMs);
    peer.retryMs = Number.NEGATIVE_INFINITY;
    if (this.#context.self.hub < peer.hub) return;
    peer.retryMs = Math.max(peer.retryMs, nowMs + jittered(rng, this.#context.settings.politeMs));
  }

  /** A dial that was begun before a cable was plugged in waits for TCP's next SYN, 1, 2 and 4 s after the last: it begins anew. Its time goes on, so that
   *  one that is seen and cannot be reached does not keep its place. */
  #again(peer: Peer, nowMs: number): void {
    if (peer.asked || nowMs < peer.triedMs + this.#context.settings.redialAfterMs) return;
    peer.triedMs = nowMs;
    this.#context.sink.notice({ type: "dial", hub: peer.hub, addresses: peer.addresses });
  }

  /** Without an address; and after a dial in vain, since a hub behind a NAT can dial and not be dialled. */
  #needsHelp(peer: Peer): boolean {
    return peer.addresses.length === 0 || (peer.failures > 0 && !peer.asked);
  }

  #askToBeDialled(via: HubId, target: HubId): void {
    const peers = [ownRecord(this.#context)];
    this.#context.sink.send(via, { type: "NEIGHBOUR", op: "meet", target, peers });
  }

  #end(at: number, peer: Peer): void {
    this.#underWay.splice(at, 1);
    peer.dialling = undefined;
    peer.dialUntilMs = Number.POSITIVE_INFINITY;
    this.#deadlineMs = Number.POSITIVE_INFINITY;
    for (const other of this.#underWay) this.#deadlineMs = Math.min(this.#deadlineMs, other.dialUntilMs);
  }
}
