/**
 * How many bytes a frame takes on a link, MQTT included, without writing it: for whoever accounts for traffic of frames that
 * are never bytes. Pure. Of a settled link: every hub in it is bound, under an alias of two bytes (24 … 255).
 */
import type { Message, PingBody } from "../core/messages.js";
import type { RoutedFrame } from "../core/routed.js";
import { headBytes } from "./cbor-size.js";
import type { Writer } from "./codec.js";
import type { LinkFrame } from "./frame.js";
import { LINK_SEQ_MAX } from "./messages/link.js";
import { messageOfName } from "./messages.js";

/** A PUBLISH of QoS 0 on a topic of one byte: its head, its length, and the topic. MQTT 3.1.1 §2.2.3, §3.3. */
const MQTT_BYTES = 4;
const MQTT_TOPIC_BYTES = 3;
const ALIAS = 24;
const settled: Writer = { refer: () => ALIAS };

/** What a payload takes does not change while it travels; it is asked about at every hop. */
const payloadBytes = new WeakMap<Message, number>();

/** Of a message that can be sent: whether it can, only writing it tells. */
export function frameBytes(frame: LinkFrame | RoutedFrame): number {
  const cborBytes = "payload" in frame ? routedBytes(frame) : linkBytes(frame);
  const rest = MQTT_TOPIC_BYTES + cborBytes;
  return MQTT_BYTES - MQTT_TOPIC_BYTES + (rest < 0x80 ? 1 : rest < 0x4000 ? 2 : 3) + rest;
}

function linkBytes({ seq, message }: LinkFrame): number {
  const seqBytes = headBytes(seq & LINK_SEQ_MAX);
  // A key and a short number; most frames of an idle mesh are these.
  if (message.type === "PING") return 2 + seqBytes + pingBytes(message);
  const { number, bytes } = bodyOf(message, settled);
  // An empty body, which takes one byte, is left out.
  return 1 + headBytes(number) + seqBytes + (bytes === 1 ? 0 : bytes);
}

/** Of what follows the number: a map, if anything is to be said. */
function pingBytes({ ackOf, late }: PingBody): number {
  const bytes = (ackOf === undefined ? 0 : 1 + headBytes(ackOf & LINK_SEQ_MAX)) + (late === undefined ? 0 : 2);
  return bytes === 0 ? 0 : 1 + bytes;
}

function routedBytes({ hops, seq, payload }: RoutedFrame): number {
  const header = 1 + 2 * headBytes(ALIAS) + headBytes(hops) + headBytes(seq);
  if ("encoded" in payload) return header + headBytes(payload.number) + payload.encoded.length;
  let bytes = payloadBytes.get(payload);
  if (bytes === undefined) {
    const body = bodyOf(payload, undefined);
    bytes = headBytes(body.number) + body.bytes;
    payloadBytes.set(payload, bytes);
  }
  return header + bytes;
}

function bodyOf(message: Message, writer: Writer | undefined): { readonly number: number; readonly bytes: number } {
  const entry = messageOfName(message.type);
  if (entry === undefined) throw new TypeError(`${message.type} is not specified`);
  return { number: entry.number, bytes: entry.body.size(message, writer) };
}
