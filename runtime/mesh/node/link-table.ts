/** The node's links, by number and by the hub at the other end. Pure, bounded by `linksMax` of the node's settings. */
import type { HubId } from "../../core/ids.js";
import type { Neighbour } from "../../core/mesh.js";

export interface NodeLink {
  readonly linkId: number;
  readonly dialled: boolean;
  /** Proven by the channel. */
  readonly peer: HubId;
  readonly openedMs: number;
  /** It was said HELLO. */
  greeted: boolean;
  /** Set once the peer's HELLO was believed. */
  neighbour: Neighbour | undefined;
  /** Of every link frame, from 1, strictly growing, so that one that was sent before is told apart. */
  sentSeq: number;
  heardSeq: number;
}

export class LinkTable {
  readonly #byId = new Map<number, NodeLink>();
  readonly #byHub = new Map<HubId, NodeLink>();

  get size(): number {
    return this.#byId.size;
  }

  get(linkId: number): NodeLink | undefined {
    return this.#byId.get(linkId);
  }

  /** The link that frames to this neighbour go over. */
  of(hub: HubId): NodeLink | undefined {
    return this.#byHub.get(hub);
  }

  add(link: NodeLink): void {
    if (this.#byId.has(link.linkId)) throw new Error(`link ${link.linkId} opened twice`);
    this.#byId.set(link.linkId, link);
  }

  /** From here on the hub is reached over this link. */
  prove(link: NodeLink, neighbour: Neighbour): void {
    link.neighbour = neighbour;
    this.#byHub.set(neighbour.hub, link);
  }

  /** @returns the link, and whether it was the one in use. */
  remove(linkId: number): { readonly link: NodeLink; readonly inUse: boolean } | undefined {
    const link = this.#byId.get(linkId);
    if (link === undefined) return undefined;
    this.#byId.delete(linkId);
    const inUse = link.neighbour !== undefined && this.#byHub.get(link.neighbour.hub) === link;
    if (inUse && link.neighbour !== undefined) this.#byHub.delete(link.neighbour.hub);
    return { link, inUse };
  }

  values(): IterableIterator<NodeLink> {
    return this.#byId.values();
  }

  neighbours(): Neighbour[] {
    const all: Neighbour[] = [];
    for (const { neighbour } of this.#byHub.values()) if (neighbour !== undefined) all.push(neighbour);
    return all;
  }

  get neighbourCount(): number {
    return this.#byHub.size;
  }
}
