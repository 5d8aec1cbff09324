/**
 * A retained message as the store keeps it. Pure, but for Buffer.
 * Layout, version 1: version (1 B), QoS (1 B), header length (2 B, big endian), header (JSON, UTF-8), payload.
 */

/** MQTT 5 §3.3.2.3: the properties of a PUBLISH that belong to the message and not to the connection. */
export interface MessageProperties {
  readonly payloadFormatIndicator?: boolean;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Buffer;
  readonly userProperties?: Readonly<Record<string, string | readonly string[]>>;
}

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly properties?: MessageProperties;
  /** Message expiry as a wall time. Unit: ms. */
  readonly messageExpiry?: number;
}

const VERSION = 1;
const FIXED_BYTES = 4;
const HEADER_BYTES_MAX = 0xffff;

/** @returns undefined when the properties are too large to be kept. */
export function encodeRetained(message: RetainedMessage): Uint8Array | undefined {
  const { correlationData, ...plain } = message.properties ?? {};
  const header = Buffer.from(
    JSON.stringify({
      properties: message.properties && plain,
      correlationData: correlationData?.toString("base64"),
      messageExpiry: message.messageExpiry,
    }),
  );
  if (header.length > HEADER_BYTES_MAX) return undefined;
  const fixed = Buffer.from([VERSION, message.qos, header.length >> 8, header.length & 0xff]);
  return Buffer.concat([fixed, header, message.payload]);
}

/** @returns undefined for anything that `encodeRetained` did not write. */
export function decodeRetained(topic: string, bytes: Uint8Array): RetainedMessage | undefined {
  const [version, qos, high, low] = bytes;
  if (version !== VERSION || high === undefined || low === undefined) return undefined;
  if (qos !== 0 && qos !== 1 && qos !== 2) return undefined;
  const headerEnd = FIXED_BYTES + high * 256 + low;
  if (bytes.length <= headerEnd) return undefined; // an empty payload is never retained
  const header = parseHeader(Buffer.from(bytes.subarray(FIXED_BYTES, headerEnd)).toString("utf8"));
  return header && { topic, qos, payload: Buffer.from(bytes.subarray(headerEnd)), ...header };
}

function parseHeader(text: string): Pick<RetainedMessage, "properties" | "messageExpiry"> | undefined {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(header)) return undefined;
  const { properties, correlationData, messageExpiry } = header;
  const kept = messagePropertiesOf(properties);
  return {
    ...(kept && { properties: typeof correlationData === "string" ? withCorrelation(kept, correlationData) : kept }),
    ...(typeof messageExpiry === "number" && { messageExpiry }),
  };
}

function withCorrelation(properties: MessageProperties, base64: string): MessageProperties {
  return { ...properties, correlationData: Buffer.from(base64, "base64") };
}

/** Copies the known properties of the right type; everything else (topic alias, subscription identifier) is left. */
export function messagePropertiesOf(properties: unknown): MessageProperties | undefined {
  if (!isRecord(properties)) return undefined;
  const { payloadFormatIndicator, contentType, responseTopic, correlationData, userProperties } = properties;
  return {
    ...(typeof payloadFormatIndicator === "boolean" && { payloadFormatIndicator }),
    ...(typeof contentType === "string" && { contentType }),
    ...(typeof responseTopic === "string" && { responseTopic }),
    ...(Buffer.isBuffer(correlationData) && { correlationData: Buffer.from(correlationData) }),
    ...(isUserProperties(userProperties) && { userProperties }),
  };
}

function isUserProperties(value: unknown): value is Record<string, string | string[]> {
  if (!isRecord(value)) return false;
  return Object.values(value).every((entry) => [entry].flat().every((text) => typeof text === "string"));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
