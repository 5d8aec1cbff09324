/**
 * What an MQTT 3.1.1 session consists of on a link: frames as PUBLISH of QoS 0 on one topic, and a handful of short
 * packets around them. Pure, but for Buffer. Source: MQTT 3.1.1 §2.2 (fixed header), §3.1 (CONNECT), §3.3 (PUBLISH).
 * By hand because there is so little of it: passing a frame on costs 3 to 5 µs of CPU, TLS and header included; through a
 * general client and broker it was 14 to 30 without either.
 */
import type { HubId } from "../../core/ids.js";

/** Frames between hubs travel on this topic. One byte, since every frame pays for it. */
export const LINK_TOPIC = "m";
export const FRAME_BYTES_MAX = 64 * 1024;
/** What may wait for one peer; the mesh is told "no" past it. 16 of the largest frames: 0.8 s at 10 Mbit/s. */
export const LINK_OUTGOING_BYTES_MAX = 1024 * 1024;
/** What the dialling end promises in CONNECT: cut after 1.5 of these in silence. The mesh's own ping is faster. */
export const KEEPALIVE_S = 15;

export const CONNECT = 0x10;
export const CONNACK = 0x20;
export const PUBLISH = 0x30;
export const PINGREQ = 0xc0;
export const PINGRESP = 0xd0;
export const DISCONNECT = 0xe0;

/** Before a frame: the length of the topic, and the topic. */
const TOPIC = Buffer.from([0, 1, LINK_TOPIC.charCodeAt(0)]);
export const TOPIC_BYTES = TOPIC.length;
/** A CONNECT takes 46 bytes here; nobody gets more gathered before there is a session. */
const OPENING_BYTES_MAX = 256;
const PROTOCOL = Buffer.from([0, 4, ...Buffer.from("MQTT"), 4]);
const CLEAN_SESSION = 0x02;
const CONNECT_HEAD_BYTES = PROTOCOL.length + 1 + 2 + 2;

/** @returns bytes of the PUBLISH that carries a frame of this length. */
export function publishBytes(frameBytes: number): number {
  const rest = TOPIC_BYTES + frameBytes;
  return 1 + (rest < 0x80 ? 1 : rest < 0x4000 ? 2 : 3) + rest;
}

/** @returns where the packet ends in `out`. */
export function writePublish(out: Buffer, at: number, frame: Uint8Array): number {
  let rest = TOPIC_BYTES + frame.length;
  out[at++] = PUBLISH;
  for (; rest > 0x7f; rest >>>= 7) out[at++] = (rest & 0x7f) | 0x80;
  out[at++] = rest;
  for (let i = 0; i < TOPIC_BYTES; i++) out[at++] = TOPIC[i] ?? 0;
  out.set(frame, at);
  return at + frame.length;
}

export function encodeConnect(selfId: HubId): Buffer {
  const body = Buffer.concat([
    PROTOCOL,
    Buffer.from([CLEAN_SESSION, 0, KEEPALIVE_S, 0, selfId.length]),
    Buffer.from(selfId, "latin1"),
  ]);
  return Buffer.concat([Buffer.from([CONNECT, body.length]), body]);
}

export type ConnectVerdict = "accepted" | "version" | "identifier" | "malformed";

/** CONNACK return codes, §3.2.2.3. A malformed CONNECT is not answered. */
export const CONNACK_CODES = { accepted: 0, version: 1, identifier: 2 } as const;

/** @param peer whom the channel has proven: the client must call itself by that id. No will, no user, a clean session. */
export function judgeConnect(body: Uint8Array, peer: HubId): ConnectVerdict {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (bytes.length < CONNECT_HEAD_BYTES || !bytes.subarray(0, 6).equals(PROTOCOL.subarray(0, 6))) return "malformed";
  if (bytes[6] !== PROTOCOL[6]) return "version";
  const idBytes = bytes.readUInt16BE(CONNECT_HEAD_BYTES - 2);
  if (bytes[7] !== CLEAN_SESSION || bytes.length !== CONNECT_HEAD_BYTES + idBytes) return "malformed";
  return bytes.toString("latin1", CONNECT_HEAD_BYTES) === peer ? "accepted" : "identifier";
}

/** @returns the frame in the body of a PUBLISH, or undefined when it is on another topic. */
export function frameOf(body: Uint8Array): Uint8Array | undefined {
  if (body.length < TOPIC_BYTES) return undefined;
  for (let i = 0; i < TOPIC_BYTES; i++) if (body[i] !== TOPIC[i]) return undefined;
  return body.subarray(TOPIC_BYTES);
}

/** @param head the first byte: type and flags.
 *  @param body a view of the bytes that were fed, or of the reader's own; valid for as long as it is held.
 *  @returns false when the connection must be cut. */
export type TakePacket = (head: number, body: Uint8Array) => boolean;

/**
 * Cuts a stream of bytes into packets. What lies whole in a chunk is handed on as a view of it; what does not is gathered
 * in a buffer of just its length. A packet that is too long is refused at its header, before it is gathered.
 */
export class PacketReader {
  #bodyBytesMax = OPENING_BYTES_MAX;
  /** Header bytes of a packet whose length is not known yet: at most 5. */
  readonly #header: number[] = [];
  #body: Buffer | undefined;
  #gathered = 0;

  /** There is a session: frames may come. */
  open(): void {
    this.#bodyBytesMax = TOPIC_BYTES + FRAME_BYTES_MAX;
  }

  /** @returns false when the connection must be cut. */
  feed(chunk: Uint8Array, take: TakePacket): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body !== undefined) {
        at = this.#gather(this.#body, chunk, at);
        if (this.#gathered < this.#body.length) return true;
        const body = this.#body;
        this.#body = undefined;
        if (!this.#finish(body, take)) return false;
        continue;
      }
      this.#header.push(chunk[at++] ?? 0);
      const length = this.#length();
      if (length === "more") continue;
      if (length === "bad" || length > this.#bodyBytesMax) return false;
      if (at + length <= chunk.length) {
        const body = chunk.subarray(at, at + length);
        at += length;
        if (!this.#finish(body, take)) return false;
      } else {
        this.#body = Buffer.allocUnsafeSlow(length);
        this.#gathered = 0;
      }
    }
    return true;
  }

  #gather(body: Buffer, chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + body.length - this.#gathered);
    body.set(chunk.subarray(at, end), this.#gathered);
    this.#gathered += end - at;
    return end;
  }

  #finish(body: Uint8Array, take: TakePacket): boolean {
    const head = this.#header[0] ?? 0;
    this.#header.length = 0;
    return take(head, body);
  }

  /** §2.2.3: 7 bits a byte, the least significant first, at most 4 bytes, in the shortest form. */
  #length(): number | "more" | "bad" {
    const header = this.#header;
    const last = header.length - 1;
    if (last === 0) return "more";
    const byte = header[last] ?? 0;
    if (byte & 0x80) return last < 4 ? "more" : "bad";
    if (byte === 0 && last > 1) return "bad";
    let length = 0;
    for (let i = last; i > 0; i--) length = length * 128 + ((header[i] ?? 0) & 0x7f);
    return length;
  }
}
