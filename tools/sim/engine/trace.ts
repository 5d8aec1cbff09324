/** A running 64-bit fingerprint of a run: two FNV-like lanes over every delivered frame and every notice. Equal runs have equal hashes. */
import type { HeardFrame, NodeEffect } from "../../../runtime/mesh/node/inputs.js";

export class TraceHash {
  readonly #lanes = Int32Array.of(0x811c_9dc5, 0xcbf2_9ce4);

  add(value: number): void {
    const word = value | 0;
    const low = Math.imul((this.#lanes[0] as number) ^ word, 0x0100_0193);
    const high = Math.imul((this.#lanes[1] as number) ^ word ^ (word >>> 13), 0x85eb_ca6b);
    this.#lanes[0] = low ^ (low >>> 15);
    this.#lanes[1] = high ^ (high >>> 13);
  }

  addText(text: string): void {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
  }

  /** A frame that is delivered. Its place and number in the link's stream, not its content: what it makes its hub do shows in what follows. */
  frame(tick: number, hub: number, linkId: number, heard: HeardFrame): void {
    this.add(tick);
    this.add(hub);
    this.add(linkId);
    if (heard.form === "routed") this.add(heard.frame.seq * 128 + heard.frame.hops);
    else {
      this.add(heard.seq);
      this.add(heard.message.type.length);
    }
  }

  effect(tick: number, hub: number, effect: NodeEffect): void {
    this.add(tick);
    this.add(hub);
    this.addText(effect.type);
    if (effect.type === "echo") this.add(effect.nonce);
    if (effect.type !== "notice") return;
    const { notice } = effect;
    this.addText(notice.type);
    if (notice.type !== "hub-state") return;
    this.addText(notice.hub);
    this.addText(notice.state);
  }

  /** 16 hex digits. */
  get hex(): string {
    return [...this.#lanes]
      .reverse()
      .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
      .join("");
  }
}
