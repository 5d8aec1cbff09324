/** Links from their opening until the hub at the other end is a neighbour: HELLO, duplicates, and those that stay silent. Pure. */
import type { HubId } from "../../core/ids.js";
import type { Neighbour } from "../../core/mesh.js";
import type { Message } from "../../core/messages.js";
import { costOf } from "./cost.js";
import { type Gate, type Hello, helloOf, judgeHello, REVOKED, type Refusal, type Self } from "./hello.js";
import type { NodeEffect } from "./inputs.js";
import type { LinkTable, NodeLink } from "./link-table.js";
import { tellWhy } from "./revocation-news.js";
import type { NodeSettings } from "./settings.js";

/** The node around it. */
export interface DoorwayContext {
  readonly self: Self;
  readonly gate: Gate;
  readonly links: LinkTable;
  readonly settings: NodeSettings;
  readonly effect: (effect: NodeEffect) => void;
  readonly count: (name: string) => void;
  readonly send: (link: NodeLink, message: Message) => void;
  readonly cut: (link: NodeLink, reason: string) => void;
  /** The link carries everything from now on. */
  readonly up: (neighbour: Neighbour, hello: Hello) => void;
}

export class Doorway {
  readonly #context: DoorwayContext;
  /** When the first link that has not said HELLO is given up. */
  #helloMs = Number.POSITIVE_INFINITY;

  constructor(context: DoorwayContext) {
    this.#context = context;
  }

  get deadlineMs(): number {
    return this.#helloMs;
  }

  /** @param peer proven by the channel. */
  opened(linkId: number, dialled: boolean, peer: HubId, nowMs: number): void {
    const { count, effect, gate, links, settings } = this.#context;
    if (links.size >= settings.linksMax) {
      count("mesh.linksMax");
      effect({ type: "close", linkId, reason: "too many links" });
      return;
    }
    const link: NodeLink = {
      ...{ linkId, dialled, peer, openedMs: nowMs },
      ...{ greeted: false, neighbour: undefined, sentSeq: 0, heardSeq: 0 },
    };
    links.add(link);
    if (gate.isRevoked(peer)) return this.#refuse(link, REVOKED);
    this.#helloMs = Math.min(this.#helloMs, nowMs + settings.helloTimeoutMs);
    if (dialled || gate.isMember(peer)) this.#greet(link);
  }

  onHello(link: NodeLink, hello: Hello, nowMs: number): void {
    const { count, cut, effect, gate, links, self, up } = this.#context;
    if (link.neighbour !== undefined) return count("mesh.hello.again");
    const older = links.of(link.peer);
    const verdict = judgeHello(hello, link.peer, older !== undefined, self, gate);
    if (!verdict.ok) {
      // What is wrong with a member it believes of members alone.
      if (verdict.isMember) this.#greet(link);
      for (const end of verdict.both && older ? [link, older] : [link]) this.#refuse(end, verdict);
      return;
    }
    if (older !== undefined && this.#rightlyDialled(older) && !this.#rightlyDialled(link))
      return cut(link, "duplicate");
    if (older !== undefined) cut(older, "replaced");
    const neighbour: Neighbour = {
      hub: hello.id,
      linkId: link.linkId,
      name: hello.name,
      epoch: hello.epoch,
      upMs: nowMs,
      rttMs: Number.NaN,
      cost: costOf(Number.NaN, undefined),
    };
    links.prove(link, neighbour);
    this.#greet(link);
    effect({ type: "link-up", hub: neighbour.hub, linkId: link.linkId, name: neighbour.name });
    up(neighbour, hello);
  }

  /** Gives up links whose HELLO is overdue. */
  tick(nowMs: number): void {
    if (this.#helloMs > nowMs) return;
    const { count, cut, links, settings } = this.#context;
    let next = Number.POSITIVE_INFINITY;
    for (const link of [...links.values()]) {
      if (link.neighbour !== undefined) continue;
      const deadlineMs = link.openedMs + settings.helloTimeoutMs;
      if (deadlineMs > nowMs) next = Math.min(next, deadlineMs);
      else {
        count("mesh.helloTimeout");
        cut(link, "no HELLO in time");
      }
    }
    this.#helloMs = next;
  }

  /** Once. Whoever dials speaks first, since somebody must; the other end says who it is when it knows to whom. */
  #greet(link: NodeLink): void {
    const { gate, self, send } = this.#context;
    if (link.greeted) return;
    link.greeted = true;
    send(link, helloOf(self, gate));
  }

  #refuse(link: NodeLink, { problem, tell }: Refusal): void {
    const { count, cut, gate, send } = this.#context;
    count(problem);
    if (tell !== undefined) send(link, tell);
    if (gate.isRevoked(link.peer)) tellWhy(link, gate, send);
    cut(link, problem);
  }

  /** Both ends agree on which of two links stays: the one that the lower id dialled; of two such, the newer. */
  #rightlyDialled(link: NodeLink): boolean {
    return link.dialled === this.#context.self.hub < link.peer;
  }
}
