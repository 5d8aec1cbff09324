/**
 * Frames as bytes: each link end has its codec, as in a hub. Slow; it shows that the machines need nothing that the bytes do
 * not carry, and that no two hubs share an object. A run in this mode has the trace hash of the run without.
 */
import type { Message } from "../../../runtime/core/messages.js";
import type { RoutedFrame } from "../../../runtime/core/routed.js";
import type { HeardFrame } from "../../../runtime/mesh/node/inputs.js";
import { LinkCodec } from "../../../runtime/wire/link-codec.js";

export class WireMode {
  /** By link id, which is not used twice: what comes late finds no codec of a newer link. */
  readonly #codecs = new Map<number, LinkCodec>();

  /** @param linkId of the sending end. */
  encodeLink(linkId: number, seq: number, message: Message): Uint8Array {
    return this.#codec(linkId).encode({ seq, message });
  }

  encodeRouted(linkId: number, frame: RoutedFrame): Uint8Array {
    return this.#codec(linkId).encode(frame);
  }

  /** @param linkId of the receiving end.
   *  @throws Error for what cannot be read: every sender here is our own codec. */
  decode(linkId: number, bytes: Uint8Array): HeardFrame {
    const heard = this.#codec(linkId).decode(bytes);
    if ("problem" in heard) throw new Error(`our own frame cannot be read: ${heard.problem}: ${heard.detail}`);
    return heard;
  }

  forget(linkId: number): void {
    this.#codecs.delete(linkId);
  }

  #codec(linkId: number): LinkCodec {
    let codec = this.#codecs.get(linkId);
    if (codec === undefined) {
      codec = new LinkCodec();
      this.#codecs.set(linkId, codec);
    }
    return codec;
  }
}
