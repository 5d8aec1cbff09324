/** Drives the mesh: links ↔ bytes ↔ messages ↔ the neighbours machine. */

import { messageOf } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { Message, MessageOf } from "../core/messages.js";
import type { Counters, Link, LinkEvents } from "../core/ports.js";
import type { EventSink } from "../core/status.js";
import type { Clock, Rng } from "../core/time.js";
import type { HelloCrypto, Self } from "../mesh/handshake.js";
import { type NeighbourEffect, type NeighbourInput, Neighbours } from "../mesh/neighbours.js";
import { LinkCodec } from "../wire/link-codec.js";
import { type Drive, drive } from "./drive.js";

export interface MeshDriverOptions {
  readonly self: Self;
  readonly crypto: HelloCrypto;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
  readonly emit: EventSink;
  /** What a proven neighbour said that is not the mesh's own business. */
  readonly onMessage: (from: HubId, message: Message) => void;
  readonly onHubUp: (hub: HubId) => void;
  readonly onHubDead: (hub: HubId) => void;
  readonly onUnsendable: (type: Message["type"], why: string) => void;
}

export class MeshDriver {
  readonly machine: Neighbours;
  readonly #options: MeshDriverOptions;
  readonly #drive: Drive<NeighbourInput>;
  #tellIdentity: ((link: Link, hub: HubId) => void) | undefined;
  readonly #links = new Map<number, { readonly link: Link; readonly codec: LinkCodec }>();

  constructor(options: MeshDriverOptions) {
    this.#options = options;
    this.machine = new Neighbours(options.self, options.crypto);
    this.#drive = drive(this.machine, {
      clock: options.clock,
      rng: options.rng,
      carryOut: (effect) => this.#carryOut(effect),
    });
  }

  readonly linkEvents: LinkEvents = {
    opened: (link) => {
      this.#links.set(link.linkId, { link, codec: new LinkCodec(this.#options.self.hub) });
      this.#drive.input({ type: "link-opened", linkId: link.linkId, dialled: link.dialled });
    },
    received: ({ linkId }, bytes) => {
      const heard = this.#links.get(linkId)?.codec.decode(bytes);
      if (heard === undefined) return;
      const { counters } = this.#options;
      if ("problem" in heard) return counters.count(`wire.${heard.problem}`);
      if (heard.ignored > 0) counters.count("wire.ignoredParts", heard.ignored);
      this.#drive.input({ type: "message", linkId, seq: heard.seq, message: heard.message });
    },
    closed: (link) => {
      this.#links.delete(link.linkId);
      this.#drive.input({ type: "link-closed", linkId: link.linkId, reason: "connection closed" });
    },
  };

  /** @param tell is given every link whose end has proven who it is. */
  identifyWith(tell: (link: Link, hub: HubId) => void): void {
    this.#tellIdentity = tell;
  }

  /** Told to every neighbour now, and to those that come later. */
  announce(message: MessageOf<"ADVERT"> | MessageOf<"LOAD">): void {
    this.#drive.input({ type: "announce", message });
  }

  send(to: HubId, message: Message): void {
    this.#drive.input({ type: "send", to, message });
  }

  broadcast(message: Message): void {
    this.#drive.input({ type: "broadcast", message });
  }

  stop(): void {
    this.#drive.stop();
  }

  #carryOut(effect: NeighbourEffect): void {
    const { counters, emit, onHubDead, onHubUp, onMessage } = this.#options;
    switch (effect.type) {
      case "send":
        return this.#send(effect.linkId, effect.seq, effect.message);
      case "close":
        this.#links.get(effect.linkId)?.link.close();
        return;
      case "link-up":
        emit({ event: "link-up", peer: effect.hub, name: effect.name });
        this.#identified(effect.linkId, effect.hub);
        return onHubUp(effect.hub);
      case "link-down":
        return emit({ event: "link-down", peer: effect.hub, reason: effect.reason });
      case "hub-state":
        return effect.state === "dead" ? onHubDead(effect.hub) : undefined;
      case "deliver":
        return onMessage(effect.from, effect.message);
      case "count":
        return counters.count(effect.name);
    }
  }

  #identified(linkId: number, hub: HubId): void {
    const end = this.#links.get(linkId);
    if (end) this.#tellIdentity?.(end.link, hub);
  }

  #send(linkId: number, seq: number, message: Message): void {
    const end = this.#links.get(linkId);
    const { counters } = this.#options;
    if (end === undefined) return counters.count("mesh.sendOnClosedLink");
    let bytes: Uint8Array;
    try {
      bytes = end.codec.encode(seq, message);
    } catch (error) {
      // A value of our own that no frame can carry: losing one message is better than losing the hub.
      return this.#options.onUnsendable(message.type, messageOf(error));
    }
    if (!end.link.send(bytes)) counters.count("mesh.outgoingFull");
  }
}
