/**
 * How hubs come to know of each other: HyParView's join, forward-join and shuffle, and the request to be dialled. Pure.
 * A shuffle goes one hop (as Cyclon's, Voulgaris et al. 2005) instead of on a walk: its answer needs no way back, and over the
 * random links records still wander through the whole mesh.
 */
import type { HubId } from "../../core/ids.js";
import type { PeerRecord } from "../../core/mesh.js";
import type { MessageOf } from "../../core/messages.js";
import type { Rng } from "../../core/time.js";
import { pick, sample } from "../chance.js";
import { type OverlayContext, ownRecord } from "./context.js";
import type { Dialler } from "./dialler.js";
import type { OverlayLink } from "./links.js";
import { isLost, isUndialable, type Peer, recordOf } from "./peer-memory.js";

type NeighbourMessage = MessageOf<"NEIGHBOUR">;

export class Exchange {
  readonly #context: OverlayContext;
  readonly #dialler: Dialler;
  /** Whether the last shuffle brought somebody new. */
  fruitful = true;

  constructor(context: OverlayContext, dialler: Dialler) {
    this.#context = context;
    this.#dialler = dialler;
  }

  /** The first link of a newcomer: the other end tells others of it. */
  join(contact: HubId): void {
    this.#send(contact, { type: "NEIGHBOUR", op: "join", peers: [ownRecord(this.#context)] });
  }

  onJoin(link: OverlayLink, { peers }: NeighbourMessage): void {
    const newcomer = link.neighbour.hub;
    const record = peers?.[0];
    if (record?.hub !== newcomer) return this.#context.sink.count("mesh.overlay.joinOfAnother");
    const ttl = this.#context.settings.walkTtl;
    // A hub that everybody hangs on has too many neighbours to tell them all: a walk for each link that the newcomer lacks.
    const { nearLinks, randomLinks, fullMeshMax } = this.#context.settings;
    let walks = this.#context.links.size < fullMeshMax ? fullMeshMax : nearLinks + randomLinks;
    for (const hub of this.#context.links.hubs()) {
      if (hub === newcomer || walks-- <= 0) continue;
      this.#send(hub, { type: "NEIGHBOUR", op: "forward-join", ttl, peers: [record] });
    }
  }

  onForwardJoin(from: HubId, { peers, ttl = 0 }: NeighbourMessage, nowMs: number, rng: Rng): void {
    const { links, settings, self } = this.#context;
    const record = peers?.[0];
    if (record === undefined || record.hub === self.hub) return;
    const onwards = links.hubs().filter((hub) => hub !== from && hub !== record.hub);
    const next = ttl > 0 ? pick(rng, onwards) : undefined;
    if (next !== undefined) {
      if (ttl === settings.walkRememberTtl) this.#context.peers.meet(record, "hearsay", nowMs);
      const left = Math.min(ttl, settings.walkTtl) - 1;
      this.#send(next, { type: "NEIGHBOUR", op: "forward-join", ttl: left, peers: [record] });
      return;
    }
    const peer = this.#context.peers.meet(record, "hearsay", nowMs);
    if (peer === undefined || links.size >= settings.linksMax || !this.#context.peers.isReady(peer, nowMs)) return;
    this.#dialler.attempt(peer, "random", nowMs, rng);
  }

  /** Own record and a sample of the others', to one neighbour. */
  shuffle(rng: Rng): void {
    const partner = pick(rng, this.#context.links.hubs());
    if (partner === undefined) return;
    this.fruitful = false;
    this.#send(partner, {
      type: "NEIGHBOUR",
      op: "shuffle",
      peers: [ownRecord(this.#context), ...this.#sample(partner, 1, rng)],
    });
  }

  onShuffle(from: HubId, { op, peers = [] }: NeighbourMessage, nowMs: number, rng: Rng): void {
    if (op === "shuffle") this.#send(from, { type: "NEIGHBOUR", op: "shuffled", peers: this.#sample(from, 0, rng) });
    this.learn(from, peers, nowMs);
  }

  /** Another hub wants this one to dial it, or wants a neighbour of this one to. */
  onMeet(from: HubId, message: NeighbourMessage, nowMs: number, rng: Rng): void {
    const { target, peers } = message;
    const { self, links, sink } = this.#context;
    const record = peers?.[0];
    if (record === undefined || target === undefined) return sink.count("mesh.overlay.badMeet");
    if (target !== self.hub) {
      // Once: only the one who wants to be dialled may ask for it.
      if (record.hub !== from) return sink.count("mesh.overlay.meetOfAnother");
      if (!links.has(target)) return;
      this.#send(target, { type: "NEIGHBOUR", op: "meet", target, peers: [record] });
      // Should the target not reach whoever asks, that one may reach the target.
      const known = this.#context.peers.get(target);
      if (known !== undefined) this.#send(from, { type: "NEIGHBOUR", op: "shuffled", peers: [recordOf(known)] });
      return;
    }
    const peer = this.#context.peers.meet(record, "hearsay", nowMs);
    if (peer === undefined || peer.linked || links.size >= this.#context.settings.linksLimit) return;
    this.#dialler.attempt(peer, "none", nowMs, rng);
  }

  /** Ends a link by decision, with hubs to try instead. */
  disconnect(hub: HubId, reason: string, rng: Rng): void {
    this.#send(hub, { type: "NEIGHBOUR", op: "disconnect", peers: this.#sample(hub, 0, rng) });
    this.#context.sink.notice({ type: "drop", hub, reason });
  }

  learn(from: HubId, records: readonly PeerRecord[], nowMs: number): void {
    const { peers, links } = this.#context;
    for (const record of records) {
      if (peers.get(record.hub) === undefined) this.fruitful = true;
      const source = record.hub === from ? "itself" : "hearsay";
      const peer = peers.meet(record, source, nowMs);
      // Somebody has seen it: what failed before may work now. Not at once, so that nobody can make this hub dial in a loop.
      if (peer && source === "itself" && !links.has(from)) peer.failures = 0;
    }
  }

  /** Records worth telling: of hubs that can be reached, as far as this hub knows. */
  #sample(except: HubId, taken: number, rng: Rng): PeerRecord[] {
    const known: Peer[] = [];
    for (const peer of this.#context.peers.values()) {
      if (peer.hub === except || peer.addresses.length === 0 || isLost(peer) || isUndialable(peer)) continue;
      known.push(peer);
    }
    return sample(rng, known, this.#context.settings.shuffleRecords - taken).map(recordOf);
  }

  #send(to: HubId, message: NeighbourMessage): void {
    this.#context.sink.send(to, message);
  }
}
