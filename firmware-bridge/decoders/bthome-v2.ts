/**
 * BTHome v2: service data of UUID 0xFCD2. Pure.
 * Source: https://bthome.io/format and https://bthome.io/encryption
 *
 *     info  [mac reversed, 6]  objects …                         bit 0 encrypted, 1 mac included (an early revision's),
 *     info  [mac reversed, 6]  ciphertext  counter, 4  tag, 4    2 sends at irregular times, 5–7 version
 *
 * Decisions, each where the format leaves one:
 * - An unknown object id ends the advert, as the format says: its length is unknown, so nothing after it can be found.
 *   What came before is given out (ids are sent in ascending order, so that an older receiver keeps what it knows) and
 *   `unknownObjectId` tells. When not one measurement came before, there is nothing to give: UNKNOWN_OBJECT_ID.
 * - Ids out of order are read all the same: the order serves older receivers, the meaning does not depend on it.
 * - An object cut short refuses the whole advert: the radio's CRC has passed, so the sender counts lengths differently
 *   than we do, and then what was read before is in doubt too.
 * - A binary state other than 0 counts as 1, as the reference parser has it: an alarm rather rings than not.
 */
import { bytesToHex } from "../../runtime/core/bytes.js";
import {
  type DecodeContext,
  type Decoded,
  DecodeError,
  type Decoder,
  type Measurement,
} from "../../runtime/core/decoder.js";
import type { Quantity } from "../../runtime/core/quantity.js";
import { printable } from "../../runtime/core/text.js";
import {
  BTHOME_OBJECTS,
  type BthomeObject,
  BUTTON_EVENTS,
  COMMAND_OPCODES,
  DIMMER_LEFT,
  DIMMER_RIGHT,
} from "./tables/bthome-v2-objects.js";

const VERSION = 2;
const MAC_BYTES = 6;
const COUNTER_BYTES = 4;
const TAG_BYTES = 4;
/** The shortest object: an id and one byte. */
const OBJECT_BYTES_MIN = 2;
/** A length byte counts no further. */
const TEXT_CHARS_MAX = 255;
/** Stands for an event that did not happen, until the places of the others are counted. */
const NO_EVENT = Number.NaN;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

type Draft = { -readonly [K in keyof Decoded]: Decoded[K] } & { readonly measurements: Measurement[] };

export const decoder: Decoder = {
  id: "bthome-v2",
  title: "BTHome v2",
  serviceUuids: ["fcd2"],
  companyIds: [],
  decode(data, context) {
    const info = data[0];
    if (info === undefined) throw new DecodeError("TRUNCATED", "no device information byte");
    if (info >> 5 !== VERSION) throw new DecodeError("BAD_VERSION", `BTHome version ${info >> 5}`);
    const bodyAt = info & 2 ? 1 + MAC_BYTES : 1;
    const draft: Draft = {
      format: "bthome-v2",
      measurements: [],
      packetId: undefined,
      counter: undefined,
      encrypted: (info & 1) === 1,
      triggered: (info & 4) === 4,
    };
    if (draft.encrypted) return readObjects(decrypt(data, bodyAt, context, draft), 0, draft);
    if (context.key) throw new DecodeError("NOT_ENCRYPTED", "plain advert of a sensor that has a key");
    return readObjects(data, bodyAt, draft);
  },
};

function decrypt(data: Uint8Array, bodyAt: number, context: DecodeContext, draft: Draft): Uint8Array {
  if (!context.key) throw new DecodeError("KEY_NEEDED", "the advert is encrypted");
  const counterAt = data.length - TAG_BYTES - COUNTER_BYTES;
  if (counterAt < bodyAt + OBJECT_BYTES_MIN) throw new DecodeError("TRUNCATED", `${data.length} bytes, encrypted`);
  draft.counter = unsigned(data, counterAt, COUNTER_BYTES);
  const nonce = new Uint8Array(13);
  if (bodyAt === 1) nonce.set(context.address);
  else for (let i = 0; i < MAC_BYTES; i++) nonce[i] = byteAt(data, MAC_BYTES - i);
  nonce[6] = 0xd2;
  nonce[7] = 0xfc;
  nonce[8] = byteAt(data, 0);
  nonce.set(data.subarray(counterAt, counterAt + COUNTER_BYTES), 9);
  const plain = context.decryptCcm(
    context.key,
    nonce,
    data.subarray(bodyAt, counterAt),
    data.subarray(counterAt + COUNTER_BYTES),
  );
  if (!plain) throw new DecodeError("KEY_WRONG", "the tag does not match");
  return plain;
}

function readObjects(bytes: Uint8Array, start: number, draft: Draft): Decoded {
  if (bytes.length <= start) throw new DecodeError("TRUNCATED", "no objects");
  let silentEvents = false;
  for (let at = start; at < bytes.length; ) {
    const id = byteAt(bytes, at);
    const object = BTHOME_OBJECTS[id];
    if (object === undefined) {
      if (draft.measurements.length === 0)
        throw new DecodeError("UNKNOWN_OBJECT_ID", `object 0x${id.toString(16).padStart(2, "0")}`);
      draft.unknownObjectId = id;
      break;
    }
    at += 1;
    const length = object.bytes > 0 ? object.bytes : variableLength(bytes, at, object);
    if (at + length > bytes.length) throw new DecodeError("TRUNCATED", `object 0x${id.toString(16)} is cut short`);
    if (object.kind === "number") {
      const raw = object.signed ? signed(bytes, at, length) : unsigned(bytes, at, length);
      push(draft.measurements, object.quantity, (raw * object.times) / object.per);
    } else if (object.kind === "binary") {
      const on = byteAt(bytes, at) !== 0;
      push(draft.measurements, object.quantity, on === object.inverted ? 0 : 1);
    } else if (readSpecial(bytes, at, length, object, draft)) silentEvents = true;
    at += length;
  }
  if (!silentEvents) return draft;
  return { ...draft, measurements: draft.measurements.filter((measurement) => !Number.isNaN(measurement.value)) };
}

/** Length byte included. A command's length byte counts its arguments alone, in its low five bits. */
function variableLength(bytes: Uint8Array, at: number, object: BthomeObject): number {
  if (at >= bytes.length) throw new DecodeError("TRUNCATED", `object 0x${object.id.toString(16)} has no length`);
  const length = byteAt(bytes, at);
  return object.kind === "command" ? 2 + (length & 0x1f) : 1 + length;
}

/** @returns whether it was an event that did not happen. It still takes its place among those of its kind. */
function readSpecial(bytes: Uint8Array, at: number, length: number, object: BthomeObject, draft: Draft): boolean {
  const { measurements } = draft;
  switch (object.kind) {
    case "packetId":
      draft.packetId = byteAt(bytes, at);
      return false;
    case "deviceType":
      draft.deviceType = unsigned(bytes, at, length);
      return false;
    case "firmware":
      draft.firmware = bytes
        .slice(at, at + length)
        .reverse()
        .join(".");
      return false;
    case "text":
      push(measurements, object.quantity, 0, decodeText(bytes.subarray(at + 1, at + length)));
      return false;
    case "raw":
      push(measurements, object.quantity, 0, bytesToHex(bytes.subarray(at + 1, at + length)));
      return false;
    case "button": {
      const code = byteAt(bytes, at);
      return event(measurements, object.quantity, BUTTON_EVENTS.has(code) ? code : NO_EVENT);
    }
    case "dimmer": {
      const code = byteAt(bytes, at);
      const steps = byteAt(bytes, at + 1);
      const turned = code === DIMMER_RIGHT ? steps : code === DIMMER_LEFT ? 0 - steps : NO_EVENT;
      return event(measurements, object.quantity, turned);
    }
    case "command": {
      const opcode = byteAt(bytes, at + 1);
      const args = length > 2 ? bytesToHex(bytes.subarray(at + 2, at + length)) : undefined;
      return event(measurements, object.quantity, COMMAND_OPCODES.has(opcode) ? opcode : NO_EVENT, args);
    }
    default:
      return false;
  }
}

function event(measurements: Measurement[], quantity: Quantity, value: number, text?: string): boolean {
  push(measurements, quantity, value, text);
  return Number.isNaN(value);
}

function push(measurements: Measurement[], quantity: Quantity, value: number, text?: string): void {
  let index = 0;
  for (let i = measurements.length - 1; i >= 0; i--) {
    const earlier = measurements[i];
    if (earlier?.quantity === quantity) {
      index = earlier.index + 1;
      break;
    }
  }
  measurements.push(text === undefined ? { quantity, value, index } : { quantity, value, index, text });
}

function decodeText(bytes: Uint8Array): string {
  try {
    return printable(utf8.decode(bytes), TEXT_CHARS_MAX);
  } catch (error) {
    if (error instanceof TypeError) throw new DecodeError("BAD_VALUE", "the text is not UTF-8");
    throw error;
  }
}

/** The caller has checked that `at` lies inside. */
function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** Little-endian, one to four bytes. */
function unsigned(bytes: Uint8Array, at: number, length: number): number {
  let value = byteAt(bytes, at);
  if (length > 1) value |= byteAt(bytes, at + 1) << 8;
  if (length > 2) value |= byteAt(bytes, at + 2) << 16;
  if (length > 3) value |= byteAt(bytes, at + 3) << 24;
  return value >>> 0;
}

function signed(bytes: Uint8Array, at: number, length: number): number {
  const spare = 32 - 8 * length;
  return (unsigned(bytes, at, length) << spare) >> spare;
}
