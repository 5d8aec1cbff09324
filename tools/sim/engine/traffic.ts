/** Bytes and frames sent, per kind of message. */
import type { Message } from "../../../runtime/core/messages.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";

/** How many MQTT bytes a frame takes on a link that is in use. */
export interface FrameSizes {
  ofLink(message: Message): number;
  ofRouted(frame: RoutedFrame): number;
}

export interface TrafficRow {
  readonly kind: string;
  readonly frames: number;
  readonly bytes: number;
}

export class Traffic {
  bytes = 0;
  frames = 0;
  readonly #kinds = new Map<string, number>();
  /** By type and operation: a name put together for each frame would have to be hashed anew. */
  readonly #operations = new Map<string, Map<string, number>>();
  readonly #names: string[] = [];
  readonly #frames: number[] = [];
  readonly #bytes: number[] = [];

  readonly #ping = this.#kindNamed("PING");

  constructor(readonly sizes: FrameSizes) {}

  /** @returns the frame's bytes. */
  linkFrame(message: Message): number {
    return this.#add(this.#kindOf(message), this.sizes.ofLink(message));
  }

  routedFrame(frame: RoutedFrame): number {
    return this.#add(
      this.#kindNamed(frame.hops === 0 ? "routed.sent" : "routed.forwarded"),
      this.sizes.ofRouted(frame),
    );
  }

  /** Since the start, the largest first. */
  rows(): TrafficRow[] {
    return this.#names
      .map((kind, at) => ({ kind, frames: this.#frames[at] ?? 0, bytes: this.#bytes[at] ?? 0 }))
      .filter(({ frames }) => frames > 0)
      .sort((a, b) => b.bytes - a.bytes);
  }

  framesOf(kind: string): number {
    return this.#frames[this.#kinds.get(kind) ?? -1] ?? 0;
  }

  #kindOf(message: Message): number {
    const { type } = message;
    // Most frames of an idle mesh.
    if (type === "PING") return this.#ping;
    if (type === "GOSSIP" || type === "SYNC" || type === "LOOKUP" || type === "NEIGHBOUR") {
      const { op } = message as { readonly op?: unknown };
      if (typeof op === "string") return this.#kindOfOperation(type, op);
    }
    return this.#kindNamed(type);
  }

  #kindOfOperation(type: string, op: string): number {
    let ofType = this.#operations.get(type);
    if (ofType === undefined) {
      ofType = new Map();
      this.#operations.set(type, ofType);
    }
    const known = ofType.get(op);
    if (known !== undefined) return known;
    const kind = this.#kindNamed(`${type}.${op}`);
    ofType.set(op, kind);
    return kind;
  }

  #kindNamed(name: string): number {
    const known = this.#kinds.get(name);
    if (known !== undefined) return known;
    const at = this.#names.push(name) - 1;
    this.#kinds.set(name, at);
    this.#frames.push(0);
    this.#bytes.push(0);
    return at;
  }

  #add(kind: number, bytes: number): number {
    this.bytes += bytes;
    this.frames += 1;
    this.#frames[kind] = (this.#frames[kind] as number) + 1;
    this.#bytes[kind] = (this.#bytes[kind] as number) + bytes;
    return bytes;
  }
}
