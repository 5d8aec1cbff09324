/** In the place of a simulated hub: a hub in another process. What it is told is gathered until the next step, and what it said is its effects then. */
import type { NodeEffect, NodeInput } from "../../../../runtime/mesh/node/inputs.js";
import { LinkCodec } from "../../../../runtime/wire/link-codec.js";
import type { SteppedInput, SteppedOutput } from "../../../lab/stepped-orders.js";
import type { SimulatedMachine } from "../../../sim/machine.js";

export class RemoteMachine implements SimulatedMachine {
  /** Its timers are its own. */
  readonly deadlineMs = undefined;
  /** The simulation's end of each link. */
  readonly #codecs = new Map<number, LinkCodec>();
  readonly #nowMs: () => number;
  #inputs: SteppedInput[] = [];
  #effects: NodeEffect[] = [];
  linksOpened = 0;

  /** @param nowMs simulated time. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What has come since. */
  takeInputs(): SteppedInput[] {
    const inputs = this.#inputs;
    this.#inputs = [];
    return inputs;
  }

  /** Carried out with the next tick. @throws Error when it says what cannot be read. */
  said(outputs: readonly SteppedOutput[]): void {
    for (const output of outputs) {
      const effect = this.#effectOf(output);
      if (effect !== undefined) this.#effects.push(effect);
    }
  }

  handle(input: NodeInput): readonly NodeEffect[] {
    if (input.type === "tick") {
      const effects = this.#effects;
      this.#effects = [];
      return effects;
    }
    const told = this.#told(input);
    if (told !== undefined) this.#inputs.push(told);
    return [];
  }

  #told(input: NodeInput): SteppedInput | undefined {
    const atMs = this.#nowMs();
    switch (input.type) {
      case "link-opened": {
        const { linkId, dialled, peer } = input;
        this.#codecs.set(linkId, new LinkCodec());
        this.linksOpened += 1;
        return { atMs, type: "opened", linkId, dialled, peer };
      }
      case "link-closed":
        this.#codecs.delete(input.linkId);
        return { atMs, type: "closed", linkId: input.linkId };
      case "frame": {
        const { heard, linkId } = input;
        const codec = this.#codecs.get(linkId);
        const bytes = heard.form === "link" ? codec?.encode(heard) : codec?.encode(heard.frame);
        return bytes === undefined ? undefined : { atMs, type: "frame", linkId, bytes };
      }
      case "found":
        return { atMs, type: "found", peer: input.peer };
      case "dial-failed":
        return { atMs, type: "dial-failed", hub: input.hub };
      default:
        return undefined;
    }
  }

  #effectOf(output: SteppedOutput): NodeEffect | undefined {
    if (output.type === "dial") return output;
    const { linkId } = output;
    if (output.type === "close") return { type: "close", linkId, reason: "closed" };
    const codec = this.#codecs.get(linkId);
    if (codec === undefined) return undefined;
    const heard = codec.decode(output.bytes);
    if ("problem" in heard) throw new Error(`a frame of the hub cannot be read: ${heard.problem}`);
    if (heard.form === "routed") return { type: "forward", linkId, frame: heard.frame };
    return { type: "send", linkId, seq: heard.seq, message: heard.message };
  }
}
