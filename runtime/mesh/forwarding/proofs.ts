/**
 * Who says what along the routes. Pure.
 * A frame crosses hubs that could name another source. What its reader would act upon, or show as its origin's word, is therefore signed by
 * its origin when it leaves over anybody's link but its destination's; over its origin's own link the channel proves it (TLS), and nothing is added. The
 * rest (echoes, errors, benches) is hearsay, and its reader is told so.
 */
import type { HubId } from "../../core/ids.js";
import type { Message, MessageType } from "../../core/messages.js";
import type { RoutedFrame } from "../../core/routed.js";
import { TokenBucket } from "../../core/token-bucket.js";
import type { OriginAuthority } from "../broadcast/origin.js";

export interface ProofsOptions {
  /** Absent: nothing is signed and everything believed (a simulation). */
  readonly authority: OriginAuthority | undefined;
  readonly encode: (message: Message) => Uint8Array;
  /** What is wrong with it, it counts itself. */
  readonly decode: (content: Uint8Array) => Message | undefined;
  readonly count: (name: string) => void;
}

export interface Judged {
  readonly message: Message;
  /** The frame's source has said it. */
  readonly proven: boolean;
}

/** Not those that prove themselves: revocations, entries of registries, certificates. */
const TO_BE_SIGNED: ReadonlySet<MessageType> = new Set(["CANCEL", "DETECTION", "INTENT", "LOAD", "PARCEL", "RESULT"]);
/** Signatures checked for frames: 0.14 ms each on a PC. Who floods a slow board with forged ones takes up half of its time, no more. Unit: per
 *  second; count. */
const CHECKS_PER_SECOND = 500;
const CHECKS_BURST = 1000;

const LABEL = "mindos-routed-v1";
const HEAD_BYTES = LABEL.length + 32 + 32 + 8 + 8;

export class Proofs {
  readonly #options: ProofsOptions;
  readonly #checks = new TokenBucket(CHECKS_PER_SECOND, CHECKS_BURST);

  constructor(options: ProofsOptions) {
    this.#options = options;
  }

  /** A frame of this hub's own, as it may leave over a link that is not its destination's. What no frame can carry stays as it is: whoever
   *  sends it says so. */
  sign(frame: RoutedFrame): RoutedFrame {
    const { authority, encode } = this.#options;
    const { payload } = frame;
    if (authority === undefined || "encoded" in payload || !TO_BE_SIGNED.has(payload.type)) return frame;
    let content: Uint8Array;
    try {
      content = encode(payload);
    } catch {
      return frame;
    }
    return { ...frame, payload: { type: "SIGNED", proof: authority.sign(signedBytes(frame, content)), content } };
  }

  /** @param message the payload of a frame for this hub. @param from the neighbour that brought it.
   *  @returns undefined, and counts why, when it is not to be believed. */
  judge(frame: RoutedFrame, message: Message, from: HubId, nowMs: number): Judged | undefined {
    const { authority } = this.#options;
    if (message.type === "SIGNED") return this.#open(frame, message.proof, message.content, from, nowMs);
    const proven = from === frame.src || authority === undefined;
    return proven || !TO_BE_SIGNED.has(message.type) ? { message, proven } : this.#refuse("unproven");
  }

  #open(frame: RoutedFrame, proof: Uint8Array, content: Uint8Array, from: HubId, nowMs: number): Judged | undefined {
    const { authority, decode } = this.#options;
    // Whom nobody has let in can sign too.
    if (from !== frame.src && authority?.isMember(frame.src) === false) return this.#refuse("stranger");
    if (!this.#checks.take(nowMs)) return this.#refuse("proofFlood");
    if (authority?.verify(frame.src, proof, signedBytes(frame, content)) === false) return this.#refuse("forged");
    const message = decode(content);
    if (message?.type === "SIGNED") return this.#refuse("malformed");
    return message && { message, proven: true };
  }

  #refuse(why: string): undefined {
    this.#options.count(`mesh.forwarding.${why}`);
    return undefined;
  }
}

/** All that must arrive unchanged: what the hubs on the way may write (hops, locator) is not in it. */
function signedBytes({ src, srcEpoch, dst, seq }: RoutedFrame, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEAD_BYTES + content.length);
  const view = new DataView(bytes.buffer);
  const text = LABEL + src + dst;
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  view.setFloat64(text.length, srcEpoch);
  view.setFloat64(text.length + 8, seq);
  bytes.set(content, HEAD_BYTES);
  return bytes;
}
