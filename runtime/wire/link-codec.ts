/**
 * One end of one link: frames ↔ bytes. Pure; one per link. It keeps what the bytes leave out:
 * - of a sequence number in the link form only the low 8 bits travel, as QUIC does with packet numbers (RFC 9000 §17.1);
 *   frames arrive in order, so the full number is the next one with these bits;
 * - hubs are said by their aliases on this link, a table for each direction.
 * Who may say what, to whom, is judged by the mesh's node: here is only what the bytes mean.
 */
import { MindosError } from "../core/errors.js";
import { LOCATOR_LEVELS_MAX } from "../core/mesh.js";
import type { Message, MessageOf } from "../core/messages.js";
import { HOPS_MAX, type RoutedFrame } from "../core/routed.js";
import { HeardAliases, SentAliases } from "./aliases.js";
import {
  checkLocal,
  decodeLinkFrame,
  encodeLinkFrame,
  encodePayload,
  FRAME_LIMITS,
  isProblem,
  isRouted,
  isUint,
  type LinkFrame,
} from "./frame.js";
import type { FrameProblem } from "./problems.js";
import { EPOCH_MAX, HeaderReader, HeaderWriter, SEQ_MAX } from "./routed-header.js";

const SHORT_SEQ_VALUES = 256;
/** The code of the ERROR that asks the other end to bind its aliases anew. */
export const UNKNOWN_ALIAS = "UNKNOWN_ALIAS";

export type Heard =
  | {
      readonly form: "link";
      readonly seq: number;
      readonly message: Message;
      /** How many parts of a newer hub's frame were left out; absent when none. */
      readonly ignored?: number;
    }
  /** Its payload is a view of the bytes that were decoded: see `decodePayload`. */
  | { readonly form: "routed"; readonly frame: RoutedFrame };

/** What could not be read, and what the other end is to be told of it over this link. */
export type Unheard = FrameProblem & { readonly answer?: MessageOf<"ERROR"> };

/** Shared by all links: nobody writes two headers at once, and it holds nothing between two. */
const header = new HeaderWriter();

export class LinkCodec {
  readonly #sent = new SentAliases();
  readonly #heard = new HeardAliases();
  readonly #reader = new HeaderReader(this.#heard);
  #sentSeq = 0;
  #heardSeq = 0;
  /** Frames with an unknown alias since the other end began to bind anew. */
  #unknownAliases = 0;
  #restarts = 0;

  /** @returns bytes of their own. They must go out over the link in the order in which they were made, or `unsent` be called.
   *  @throws MindosError BAD_INPUT, see `encodeLinkFrame`; nothing is bound then. */
  encode(frame: LinkFrame | RoutedFrame): Uint8Array {
    this.#sent.begin();
    try {
      return "payload" in frame ? this.#encodeRouted(frame) : this.#encodeLink(frame);
    } catch (error) {
      this.#sent.undo();
      throw error;
    }
  }

  /** The link did not take the frame that was encoded last: what it would have bound is bound by a later one. */
  unsent(): void {
    this.#sent.undo();
  }

  /** Never throws. */
  decode(bytes: Uint8Array): Heard | Unheard {
    if (bytes.length > FRAME_LIMITS.bytesMax)
      return { problem: "TOO_LARGE", detail: `${bytes.length} bytes, at most ${FRAME_LIMITS.bytesMax}` };
    const heard = isRouted(bytes) ? this.#decodeRouted(bytes) : this.#decodeLink(bytes);
    return isProblem(heard) && heard.problem === "UNKNOWN_ALIAS" ? this.#complain(heard) : heard;
  }

  #encodeLink({ seq, message }: LinkFrame): Uint8Array {
    if (seq <= this.#sentSeq) throw new MindosError("BAD_INPUT", `seq ${seq} after ${this.#sentSeq}`);
    const short: Message =
      message.type === "PING" && message.ackOf !== undefined
        ? { ...message, ackOf: message.ackOf % SHORT_SEQ_VALUES }
        : message;
    const bytes = encodeLinkFrame(seq, short, this.#sent);
    this.#sentSeq = seq;
    return bytes;
  }

  #encodeRouted(frame: RoutedFrame): Uint8Array {
    checkLocal(isUint(frame.hops, HOPS_MAX), `hops is 0 … ${HOPS_MAX}`);
    checkLocal(isUint(frame.seq, SEQ_MAX), `seq is 0 … ${SEQ_MAX}`);
    checkLocal(isUint(frame.srcEpoch, EPOCH_MAX), `an epoch is 0 … ${EPOCH_MAX}`);
    checkLocal(
      (frame.locator?.length ?? 0) <= LOCATOR_LEVELS_MAX,
      `a locator has at most ${LOCATOR_LEVELS_MAX} levels`,
    );
    const { number, encoded } = encodePayload(frame.payload);
    header.write(frame, number, this.#sent);
    const { length } = header;
    const bytes = new Uint8Array(length + encoded.length);
    // Byte by byte: for so few that is faster than a view of them.
    for (let i = 0; i < length; i++) bytes[i] = header.bytes[i] ?? 0;
    bytes.set(encoded, length);
    return bytes;
  }

  #decodeRouted(bytes: Uint8Array): Heard | FrameProblem {
    const frame = this.#reader.read(bytes);
    return isProblem(frame) ? frame : { form: "routed", frame };
  }

  #decodeLink(bytes: Uint8Array): Heard | FrameProblem {
    const frame = decodeLinkFrame(bytes, this.#heard);
    if (isProblem(frame)) return frame;
    const seq = nextWithBits(frame.seq, this.#heardSeq + 1);
    this.#heardSeq = seq;
    const { message } = frame;
    if (message.type === "ERROR" && message.code === UNKNOWN_ALIAS) this.#sent.clear();
    if (message.type !== "PING" || message.ackOf === undefined) return { form: "link", ...frame, seq };
    const ackOf = lastWithBits(message.ackOf, this.#sentSeq);
    if (ackOf < 0) return { problem: "BAD_FIELD", detail: "PING.ackOf: of no frame that was sent" };
    return { form: "link", ...frame, seq, message: { ...message, ackOf } };
  }

  /** Told at the 1st, 2nd, 4th, 8th, … such frame: those on their way when the first was told need no answer each. */
  #complain(unheard: FrameProblem): Unheard {
    if (this.#restarts !== this.#heard.restarts) this.#unknownAliases = 0;
    this.#restarts = this.#heard.restarts;
    this.#unknownAliases += 1;
    const isPowerOfTwo = (this.#unknownAliases & (this.#unknownAliases - 1)) === 0;
    if (!isPowerOfTwo) return unheard;
    return { ...unheard, answer: { type: "ERROR", code: UNKNOWN_ALIAS, fault: "remote", detail: unheard.detail } };
  }
}

/** @returns the smallest number from `min` on whose low 8 bits are `bits`. */
function nextWithBits(bits: number, min: number): number {
  return min + ((bits - min) & (SHORT_SEQ_VALUES - 1));
}

/** @returns the greatest number up to `max` whose low 8 bits are `bits`; negative when there is none. */
function lastWithBits(bits: number, max: number): number {
  return max - ((max - bits) & (SHORT_SEQ_VALUES - 1));
}
