/**
 * A frame as an MQTT 3.1.1 PUBLISH of QoS 0, and the watch over what a peer sends. Pure, but for Buffer.
 * Source: MQTT 3.1.1 §2.2 (fixed header), §3.3 (PUBLISH).
 */
import { LINK_TOPIC } from "./broker-access.js";

export const FRAME_BYTES_MAX = 64 * 1024;
/** What may wait for one peer; the mesh is told "no" past it. 16 of the largest frames: 0.8 s at 10 Mbit/s. */
export const LINK_OUTGOING_BYTES_MAX = 1024 * 1024;
const PUBLISH_QOS_0 = 0x30;
const CONNACK = 0x20;
const PINGRESP = 0xd0;
const TOPIC_BYTES = Buffer.byteLength(LINK_TOPIC);
const HEADER_BYTES_MAX = 1 + 4 + 2 + TOPIC_BYTES;

/** @returns the whole packet, in a buffer of its own. */
export function encodeFramePublish(frame: Uint8Array): Buffer {
  const packet = Buffer.allocUnsafe(HEADER_BYTES_MAX + frame.length);
  let at = packet.writeUInt8(PUBLISH_QOS_0, 0);
  let rest = 2 + TOPIC_BYTES + frame.length;
  do {
    at = packet.writeUInt8((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0), at);
    rest >>>= 7;
  } while (rest > 0);
  at = packet.writeUInt16BE(TOPIC_BYTES, at);
  at += packet.write(LINK_TOPIC, at, "latin1");
  packet.set(frame, at);
  return packet.subarray(0, at + frame.length);
}

/**
 * Follows the packet boundaries of what an acceptor sends to its dialler, chunk by chunk, and keeps nothing. A peer may
 * send one CONNACK, then frames of QoS 0 and PINGRESP; a longer packet is refused at its header, before it is gathered.
 */
export class LinkWatch {
  #bodyBytesLeft = 0;
  #state: "type" | "length" | "body" = "type";
  #shift = 0;
  #length = 0;
  #acknowledged = false;

  /** @returns false when the connection must be cut. */
  feed(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === "body") {
        const taken = Math.min(this.#bodyBytesLeft, chunk.length - at);
        at += taken;
        this.#bodyBytesLeft -= taken;
        if (this.#bodyBytesLeft === 0) this.#state = "type";
      } else if (!this.#header(chunk[at++] ?? 0)) return false;
    }
    return true;
  }

  #header(byte: number): boolean {
    if (this.#state === "type") {
      this.#state = "length";
      this.#shift = 0;
      this.#length = 0;
      if (this.#acknowledged) return byte === PUBLISH_QOS_0 || byte === PINGRESP;
      this.#acknowledged = true;
      return byte === CONNACK;
    }
    this.#length |= (byte & 0x7f) << this.#shift;
    this.#shift += 7;
    if (this.#length > FRAME_BYTES_MAX + 2 + TOPIC_BYTES) return false;
    if (byte & 0x80) return this.#shift < 28;
    this.#bodyBytesLeft = this.#length;
    this.#state = this.#length === 0 ? "type" : "body";
    return true;
  }
}
