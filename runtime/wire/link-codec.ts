/**
 * One end of one link: messages ↔ frames between two neighbours. Pure; one per link.
 * It keeps what the short form leaves out: of a sequence number only the low 8 bits travel, as QUIC does with packet
 * numbers (RFC 9000 §17.1). Frames arrive in order, so the full number is the next one with these bits.
 */
import { MindosError } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { Message } from "../core/messages.js";
import { DST_LINK, decodeFrame, encodeFrame, type Frame, isProblem } from "./frame.js";
import type { LinkMessage } from "./messages.js";
import type { FrameProblem } from "./problems.js";

const SHORT_SEQ_VALUES = 256;

export interface Heard {
  readonly seq: number;
  readonly message: Message;
  /** How many parts of a newer peer's frame were left out. */
  readonly ignored: number;
}

export class LinkCodec {
  #sentSeq = 0;
  #heardSeq = 0;
  #peer: HubId | undefined;

  constructor(readonly self: HubId) {}

  /** @param seq grows with every frame of this link, from 1.
   *  @throws MindosError BAD_INPUT, see `encodeFrame`. */
  encode(seq: number, message: Message): Uint8Array {
    if (seq <= this.#sentSeq) throw new MindosError("BAD_INPUT", `seq ${seq} after ${this.#sentSeq}`);
    const bytes = encodeFrame(this.#frame(seq, message));
    this.#sentSeq = seq;
    return bytes;
  }

  /** Never throws. HELLO says who is at the other end; a routed frame of anybody else is refused. */
  decode(bytes: Uint8Array): Heard | FrameProblem {
    const frame = decodeFrame(bytes);
    if (isProblem(frame)) return frame;
    const { message, ignored = 0 } = frame;
    if (frame.form === "routed") {
      const problem = this.#misrouted(frame);
      if (problem !== undefined) return problem;
    }
    const seq = frame.form === "routed" ? frame.seq : nextWithBits(frame.seq, this.#heardSeq + 1);
    this.#heardSeq = Math.max(this.#heardSeq, seq);
    if (message.type === "HELLO") this.#peer ??= message.id;
    if (message.type !== "PING" || message.ackOf === undefined) return { seq, message, ignored };
    const ackOf = lastWithBits(message.ackOf, this.#sentSeq);
    if (ackOf < 0) return { problem: "BAD_FIELD", detail: "PING.ackOf: of no frame that was sent" };
    return { seq, message: { ...message, ackOf }, ignored };
  }

  #frame(seq: number, message: Message): Frame {
    if (message.type === "PING") {
      const ackOf = message.ackOf === undefined ? undefined : message.ackOf % SHORT_SEQ_VALUES;
      return { form: "link", seq: seq % SHORT_SEQ_VALUES, message: { type: "PING", ackOf } };
    }
    if (isLinkMessage(message)) return { form: "link", seq: seq % SHORT_SEQ_VALUES, message };
    return { form: "routed", src: this.self, dst: DST_LINK, hops: 0, seq, message };
  }

  /** Frames are not passed on yet: what comes over a link was made at its other end, for this one. */
  #misrouted({ src, dst, hops }: Extract<Frame, { form: "routed" }>): FrameProblem | undefined {
    if (src !== this.#peer) return { problem: "BAD_FRAME", detail: "src is not the hub at the other end" };
    if (dst !== DST_LINK && dst !== this.self) return { problem: "BAD_FRAME", detail: "dst is not this hub" };
    return hops === 0 ? undefined : { problem: "BAD_FRAME", detail: "hops on a frame that nobody passed on" };
  }
}

function isLinkMessage(message: Message): message is LinkMessage {
  return message.type === "HELLO" || message.type === "ERROR";
}

/** @returns the smallest number from `min` on whose low 8 bits are `bits`. */
function nextWithBits(bits: number, min: number): number {
  return min + ((bits - min) & (SHORT_SEQ_VALUES - 1));
}

/** @returns the greatest number up to `max` whose low 8 bits are `bits`; negative when there is none. */
function lastWithBits(bits: number, max: number): number {
  return max - ((max - bits) & (SHORT_SEQ_VALUES - 1));
}
