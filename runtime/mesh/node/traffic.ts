/** What this hub says along the routes, what it passes on for others, and what arrives: the node's end of forwarding. Pure. */
import type { HubId } from "../../core/ids.js";
import type { Locator } from "../../core/mesh.js";
import type { Message, MessageOf } from "../../core/messages.js";
import type { EncodedPayload, Payload, RoutedFrame } from "../../core/routed.js";
import type { Proofs } from "../forwarding/proofs.js";
import type { Content, Outcome, ParcelRef } from "../outbox/outbox-sink.js";
import type { HubNames } from "./hub-names.js";
import type { NodeEffect, Reliability } from "./inputs.js";
import type { LinkTable } from "./link-table.js";
import type { Parts } from "./parts.js";

/** Reads a payload that came over a link; what is wrong with it, it counts itself.
 *  @returns "later" for what a later version may be able to read. */
export type ReadPayload = (payload: EncodedPayload) => Message | "later" | undefined;

/** The node around it. */
export interface TrafficContext {
  readonly self: HubId;
  readonly parts: () => Parts;
  readonly links: LinkTable;
  readonly names: HubNames;
  readonly now: () => number;
  readonly effect: (effect: NodeEffect) => void;
  readonly count: (name: string, by?: number) => void;
  readonly read: ReadPayload;
  /** A message as a payload's bytes. @throws when it cannot be sent. */
  readonly write: (message: Message) => EncodedPayload;
  readonly proofs: Proofs;
  readonly revoke: (revocations: readonly Uint8Array[]) => void;
  readonly stateDelta: (from: HubId, body: MessageOf<"SYNC">) => void;
}

export class Traffic {
  readonly #context: TrafficContext;

  constructor(context: TrafficContext) {
    this.#context = context;
  }

  /** Best effort, one try. */
  send(to: HubId, message: Message, locator?: Locator): void {
    this.carry(this.#context.parts().forwarder.frameTo(to, message, locator), undefined);
  }

  /** Kept until it is acknowledged; a `settled` effect tells the end. */
  sendReliably(to: HubId, message: Message, reliability: Reliability): void {
    const { effect, parts, now, write } = this.#context;
    const content = write(message);
    const parcel = parts().outbox.send(to, { kind: content.number, bytes: content.encoded }, reliability, now());
    if (parcel === undefined) effect({ type: "settled", to, content, outcome: "dropped" });
  }

  /** A frame goes its way, or has arrived. @param from undefined: one of this hub's own. */
  carry(frame: RoutedFrame, from: HubId | undefined): void {
    const { parts, now, self } = this.#context;
    if (from !== undefined && frame.dst === self) return this.#arrive(frame, from);
    const verdict = parts().forwarder.forward(frame, from, now());
    if (verdict.type === "deliver") this.#deliver(frame);
    else if (verdict.type === "send") this.#forward(verdict.to, verdict.frame);
    else if (verdict.type === "resolve") parts().directory.resolve(verdict.frame, now());
  }

  /** The directory knows the way now; if it does not lead there either, the frame is lost. */
  carryResolved(frame: RoutedFrame): void {
    const { parts, now } = this.#context;
    const verdict = parts().forwarder.forward(frame, undefined, now());
    if (verdict.type === "deliver") this.#deliver(frame);
    else if (verdict.type === "send") this.#forward(verdict.to, verdict.frame);
    else if (verdict.type === "resolve") this.lost(verdict.frame);
  }

  lost(frame: RoutedFrame): void {
    this.#context.parts().forwarder.unreachable(frame, this.#context.now());
  }

  /** What the outbox hands over, once. @returns false when a later version may be able to read it. */
  parcelArrived(from: HubId, { kind, bytes }: Content): boolean {
    const message = this.#context.read({ number: kind, encoded: bytes });
    if (message === "later") return false;
    if (message !== undefined)
      this.#context.effect({ type: "deliver", from, message, proven: true, isAcknowledged: true });
    return true;
  }

  parcelSettled({ to }: ParcelRef, { kind, bytes }: Content, outcome: Outcome): void {
    this.#context.effect({ type: "settled", to, content: { number: kind, encoded: bytes }, outcome });
  }

  /** A message for this hub, along routes or by broadcast. @param proven `src` has said it; else it is hearsay. */
  arrived(src: HubId, hops: number, message: Message, proven: boolean): void {
    const { effect, names, now, parts } = this.#context;
    switch (message.type) {
      case "SIGNED":
        return this.#context.count("mesh.forwarding.malformed");
      case "ECHO":
        if (message.hops !== undefined) effect({ type: "echo", from: src, nonce: message.nonce, hops });
        else this.send(src, { type: "ECHO", nonce: message.nonce, hops });
        return;
      case "PARCEL":
        return parts().outbox.onParcel(src, message, now());
      case "PROBE":
        return parts().liveness.onProbe(src, message, now());
      case "SYNC":
        return this.#context.stateDelta(src, message);
      case "REVOKE":
        return this.#context.revoke(message.revocations);
      // Adverts are entries of a registry, signed: by itself it proves nothing.
      case "ADVERT":
        return this.#context.count("mesh.advertUnsigned");
      // What comes otherwise is not acknowledged, and nobody would know whether it is on disk.
      case "NOTE":
        return this.#context.count("mesh.noteOutsideParcel");
      case "LOAD":
        return names.onLoad(src, message);
      case "ERROR":
        if (message.hub !== undefined) return parts().directory.invalidate(message.hub, now());
        break;
      default:
        break;
    }
    effect({ type: "deliver", from: src, message, proven });
  }

  #forward(to: HubId, frame: RoutedFrame): void {
    const link = this.#context.links.of(to);
    const { count, effect, proofs, self } = this.#context;
    if (link === undefined) return count("mesh.noLink");
    const isByOthers = frame.src === self && frame.dst !== to;
    effect({ type: "forward", linkId: link.linkId, frame: isByOthers ? proofs.sign(frame) : frame });
  }

  /** A frame for this hub, over a link. What may not be believed must not touch the memory of what came before it. */
  #arrive(frame: RoutedFrame, from: HubId): void {
    const { now, parts, proofs } = this.#context;
    const message = this.#messageOf(frame.payload);
    const judged = message && proofs.judge(frame, message, from, now());
    if (judged === undefined || parts().forwarder.arrive(frame, judged.proven, now()).type !== "deliver") return;
    this.arrived(frame.src, frame.hops, judged.message, judged.proven);
  }

  #deliver({ src, hops, payload }: RoutedFrame): void {
    const message = this.#messageOf(payload);
    if (message !== undefined) this.arrived(src, hops, message, true);
  }

  #messageOf(payload: Payload): Message | undefined {
    if (!("encoded" in payload)) return payload;
    const message = this.#context.read(payload);
    return message === "later" ? undefined : message;
  }
}
