/**
 * Links that this hub has given up, until the other end has closed them too. Pure.
 * Who decides says so (NEIGHBOUR disconnect) and says nothing more; the other end closes when it has read that, behind all that it had sent. What is on its
 * way meanwhile are others' frames too, so those are taken until then. TCP does the same with its two halves (RFC 9293 §3.6).
 */
import type { HubId } from "../../core/ids.js";
import type { RoutedFrame } from "../../core/routed.js";
import type { HeardFrame, NodeEffect } from "./inputs.js";

/** A round trip through a bad link, and a full socket at the other end. Longer: a hub that does not close keeps its place. Unit: ms. */
const PARTING_MS = 250;

interface PartingLink {
  readonly peer: HubId;
  readonly reason: string;
  readonly untilMs: number;
}

export interface PartingLinksOptions {
  /** That part at once; then the oldest is closed. */
  readonly linksMax: number;
  readonly effect: (effect: NodeEffect) => void;
  /** A frame on its way. */
  readonly carry: (frame: RoutedFrame, from: HubId) => void;
}

export class PartingLinks {
  readonly #links = new Map<number, PartingLink>();
  readonly #options: PartingLinksOptions;

  constructor(options: PartingLinksOptions) {
    this.#options = options;
  }

  get deadlineMs(): number {
    for (const { untilMs } of this.#links.values()) return untilMs;
    return Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#links.size;
  }

  /** The link is no neighbour's any more. */
  add(linkId: number, peer: HubId, reason: string, nowMs: number): void {
    for (const oldest of this.#links.keys()) if (this.#links.size >= this.#options.linksMax) this.#close(oldest);
    this.#links.set(linkId, { peer, reason, untilMs: nowMs + PARTING_MS });
  }

  /** Between the two ends there is nothing more to be said, but for the other end's goodbye.
   *  @returns false when no such link parts. */
  heard(linkId: number, heard: HeardFrame): boolean {
    const link = this.#links.get(linkId);
    if (link === undefined) return false;
    if (heard.form === "routed") this.#options.carry(heard.frame, link.peer);
    else if (heard.message.type === "NEIGHBOUR" && heard.message.op === "disconnect") this.#close(linkId);
    return true;
  }

  closed(linkId: number): void {
    this.#links.delete(linkId);
  }

  tick(nowMs: number): void {
    for (const [linkId, { untilMs }] of this.#links) {
      if (untilMs > nowMs) return;
      this.#close(linkId);
    }
  }

  #close(linkId: number): void {
    const link = this.#links.get(linkId);
    if (link === undefined) return;
    this.#links.delete(linkId);
    this.#options.effect({ type: "close", linkId, reason: link.reason });
  }
}
