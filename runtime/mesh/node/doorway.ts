/** Links from their opening until the hub at the other end is a neighbour: HELLO, duplicates, and those that stay silent. Pure. */
import type { HubId } from "../../core/ids.js";
import type { Neighbour } from "../../core/mesh.js";
import type { Message } from "../../core/messages.js";
import { costOf } from "./cost.js";
import { type Gate, type Hello, helloOf, judgeHello, type Self } from "./hello.js";
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
    const { count, effect, gate, links, self, send, settings } = this.#context;
    if (links.size >= settings.linksMax) {
      count("mesh.linksMax");
      effect({ type: "close", linkId, reason: "too many links" });
      return;
    }
    const link: NodeLink = { linkId, dialled, peer, openedMs: nowMs, neighbour: undefined, sentSeq: 0, heardSeq: 0 };
    links.add(link);
    this.#helloMs = Math.min(this.#helloMs, nowMs + settings.helloTimeoutMs);
    send(link, helloOf(self, gate));
  }

  onHello(link: NodeLink, hello: Hello, nowMs: number): void {
    const { count, cut, effect, gate, links, self, send, up } = this.#context;
    if (link.neighbour !== undefined) return count("mesh.hello.again");
    const older = links.of(link.peer);
    const verdict = judgeHello(hello, link.peer, older !== undefined, self, gate);
    if (!verdict.ok) {
      count(verdict.problem);
      for (const end of verdict.both && older ? [link, older] : [link]) {
        if (verdict.tell) send(end, verdict.tell);
        if (gate.isRevoked(link.peer)) tellWhy(end, gate, send);
        cut(end, verdict.problem);
      }
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

  /** Both ends agree on which of two links stays: the one that the lower id dialled; of two such, the newer. */
  #rightlyDialled(link: NodeLink): boolean {
    return link.dialled === this.#context.self.hub < link.peer;
  }
}
