/**
 * MQTT packets as a client at a foreign broker needs them: measured before they are gathered, parsed by mqtt-packet. Not pure.
 * The library believes any length that a broker declares, and throws for some that are cut short; here both end the connection.
 */
import { generate, type IConnackPacket, type Packet, parser } from "mqtt-packet";
import { messageOf } from "../../core/errors.js";

/** The greatest publish of ours, its topic, and properties that a broker may add. Unit: bytes. */
export const PACKET_BYTES_MAX = 64 * 1024;
export type MqttVersion = 4 | 5;

/** Cuts a connection's bytes into packets. */
export class PacketParser {
  readonly #version: MqttVersion;
  readonly #take: (packet: Packet) => void;
  readonly #parser;
  #error: string | undefined;
  /** Of the packet that is being gathered: bytes still to come. */
  #bodyBytes = 0;
  /** Of its length: bytes read, the type before them included. */
  #headBytes = 0;
  #length = 0;

  constructor(version: MqttVersion, take: (packet: Packet) => void) {
    this.#version = version;
    this.#take = take;
    this.#parser = parser({ protocolVersion: version });
    this.#parser.on("packet", (packet) => {
      if (this.#error === undefined) this.#take(packet);
    });
    this.#parser.on("error", (error: unknown) => {
      this.#error ??= messageOf(error);
    });
  }

  /** @returns what is wrong; the connection must be cut then. */
  feed(chunk: Buffer): string | undefined {
    if (!this.#measure(chunk)) return "a packet is too long";
    try {
      this.#parser.parse(chunk);
    } catch (error) {
      this.#error ??= messageOf(error);
    }
    return this.#error;
  }

  /** MQTT 3.1.1 §2.2.3. @returns false when a packet declares more than may come. */
  #measure(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length; ) {
      if (this.#bodyBytes > 0) {
        const part = Math.min(this.#bodyBytes, chunk.length - at);
        this.#bodyBytes -= part;
        at += part;
        continue;
      }
      const byte = chunk[at++] as number;
      this.#headBytes += 1;
      if (this.#headBytes === 1) continue;
      this.#length += (byte & 0x7f) * 128 ** (this.#headBytes - 2);
      if (this.#length > PACKET_BYTES_MAX) return false;
      if (byte & 0x80) {
        if (this.#headBytes > 4) return false;
        continue;
      }
      this.#bodyBytes = this.#length;
      this.#length = 0;
      this.#headBytes = 0;
    }
    return true;
  }

  encode(packet: Packet): Buffer {
    return generate(packet, { protocolVersion: this.#version });
  }
}

export type ConnectVerdict =
  | { readonly type: "accepted"; readonly payloadBytesMax: number }
  /** Another version of MQTT may be spoken there. */
  | { readonly type: "version" }
  | { readonly type: "refused"; readonly why: string };

const ANY_REASON = "the broker refuses the connection";
/** MQTT 3.1.1 §3.2.2.3 and MQTT 5 §3.2.2.2, as far as a person can do something about it. */
const REASONS: Readonly<Record<number, string>> = {
  2: "the broker refuses the client identifier",
  3: "the broker is not available",
  4: "the broker does not accept the user name and password",
  5: "the broker does not let this user in",
  133: "the broker refuses the client identifier",
  134: "the broker does not accept the user name and password",
  135: "the broker does not let this user in",
  136: "the broker is not available",
  137: "the broker is busy",
  138: "the broker has banned this client",
  151: "the broker's quota is exceeded",
  159: "the broker asks for fewer connections",
};
const VERSION_REFUSED: ReadonlySet<number> = new Set([1, 132]);
/** Topic, header and properties around a payload. Unit: bytes. */
const PUBLISH_OVERHEAD_BYTES = 128;

export function judgeConnack({ reasonCode, returnCode, properties }: IConnackPacket): ConnectVerdict {
  const code = reasonCode ?? returnCode ?? 0;
  if (VERSION_REFUSED.has(code)) return { type: "version" };
  if (code !== 0) return { type: "refused", why: REASONS[code] ?? `${ANY_REASON} (code ${code})` };
  const packetBytesMax = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  return { type: "accepted", payloadBytesMax: packetBytesMax - PUBLISH_OVERHEAD_BYTES };
}
