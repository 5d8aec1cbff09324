/**
 * D-Bus messages ↔ bytes, by dbus-next's marshaller. No I/O.
 * Source: https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-messages
 *
 * Why only its marshaller: its bus turns an error reply to Hello (the daemon is full) into an unhandled rejection, throws
 * out of a stream's event handler on a message it cannot read (any local program can send one), tells nobody that the
 * bus went away, lets calls wait for ever, and never removes a match rule. All of that is in its connection and its bus,
 * which also load an XML parser that nothing here needs.
 */

export const MESSAGE_TYPE = { call: 1, reply: 2, error: 3, signal: 4 } as const;
export const MESSAGE_FLAG = { noReply: 1, noAutoStart: 2 } as const;

export interface DbusMessage {
  readonly type: number;
  readonly flags: number;
  readonly serial: number;
  readonly sender?: string;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly replySerial?: number;
  /** Dictionaries are plain objects, `ay` is a Buffer, variants are { signature, value }. */
  readonly body: readonly unknown[];
}

export type OutgoingMessage = Omit<DbusMessage, "flags" | "sender" | "body"> & {
  readonly flags?: number;
  readonly destination?: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
};

export interface DbusCodec {
  encode(message: OutgoingMessage): Uint8Array;
  /** @param bytes one whole message. @throws Error of any kind when they make no sense. */
  decode(bytes: Buffer): DbusMessage;
  variant(signature: string, value: unknown): unknown;
}

/** Loaded on first use: a hub without Bluetooth does not pay for it. */
export async function loadDbusCodec(): Promise<DbusCodec> {
  const [message, compat, variant] = await Promise.all([
    import("dbus-next/lib/message.js"),
    import("dbus-next/lib/marshall-compat.js"),
    import("dbus-next/lib/variant.js"),
  ]);
  const { unmarshalMessages } = message.default;
  const { marshallMessage, messageToJsFmt } = compat.default;
  const { Variant } = variant.default;
  return {
    encode: (outgoing) => marshallMessage({ ...outgoing })[0],
    decode(bytes) {
      let decoded: DbusMessage | undefined;
      unmarshalMessages(
        oneMessage(bytes),
        (raw) => {
          decoded = messageToJsFmt(raw) as unknown as DbusMessage;
        },
        { ayBuffer: true },
      );
      if (!decoded) throw new RangeError("not a whole message");
      return decoded;
    },
    variant: (signature, value) => new Variant(signature, value),
  };
}

/** What the parser wants to see as a stream: the bytes of one message, here at once. */
function oneMessage(bytes: Buffer) {
  let at = 0;
  return {
    on: (_event: "readable", pump: () => void): void => pump(),
    read(length: number): Buffer | null {
      if (at + length > bytes.length || at === bytes.length) return null;
      at += length;
      return bytes.subarray(at - length, at);
    },
  };
}

export const HEADER_BYTES = 16;
/** The specification allows 128 MiB. A list of 4,000 devices takes 2 MiB. */
export const MESSAGE_BYTES_MAX = 16 << 20;

/** @returns how long the message is that begins with this fixed header.
 *  @throws RangeError when this is no D-Bus header, or the message is longer than this program takes. */
export function messageLength(header: Buffer): number {
  const order = header[0];
  if ((order !== 0x6c && order !== 0x42) || header[3] !== 1) throw new RangeError("not a D-Bus message");
  const little = order === 0x6c;
  const body = little ? header.readUInt32LE(4) : header.readUInt32BE(4);
  const fields = little ? header.readUInt32LE(12) : header.readUInt32BE(12);
  const length = HEADER_BYTES + Math.ceil(fields / 8) * 8 + body;
  if (length > MESSAGE_BYTES_MAX) throw new RangeError(`a message of ${length} bytes`);
  return length;
}
