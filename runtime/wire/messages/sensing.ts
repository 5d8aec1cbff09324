/** What sensors say and what was noticed in it: READING, READINGS and DETECTION. Pure. */
import * as v from "valibot";
import type { Detection } from "../../core/detection.js";
import type { ReadingBody, ReadingItem, ReadingsBody } from "../../core/messages.js";
import type { CborValue } from "../cbor.js";
import { type Codec, list, type Reader, record, SKIP } from "../codec.js";
import {
  boolean,
  EVIDENCE_MAX,
  evidence,
  identifier,
  integer,
  label,
  MODEL_BYTES_MAX,
  origin,
  place,
  quantity,
  real,
  registered,
  sensorId,
  uint53,
} from "../fields.js";

/** More measurements than the longest advert of a known format holds. */
export const READINGS_MAX = 64;
/** A BTHome object is at most 255 bytes; raw ones travel as twice as many hex digits. */
export const READING_TEXT_BYTES_MAX = 512;
/** The longest name that Bluetooth allows. */
export const SENSOR_NAME_BYTES_MAX = 248;

const itemIndex = integer(0, 255);
const itemText = label(READING_TEXT_BYTES_MAX);
const itemSchema = v.pipe(v.array(v.unknown()), v.minLength(2), v.maxLength(4));

/** `[quantity, value, index, text]`, cut after the last that is not the default (index 0, no text). */
const item: Codec<ReadingItem> = {
  read(wire, reader) {
    if (!v.is(itemSchema, wire)) return reader.fail("BAD_FIELD", "expected [quantity, value, index, text]");
    // Two are there by the schema; a null is not an absent one.
    const [wireQuantity = null, wireValue = null, wireIndex, wireText] = wire as readonly CborValue[];
    if (wireIndex === 0 && wireText === undefined) return reader.fail("NOT_CANONICAL", "a default is left out");
    const index = wireIndex === undefined ? 0 : readPart(itemIndex, wireIndex, reader);
    const text = wireText === undefined ? "" : readPart(itemText, wireText, reader);
    const value = readPart(real, wireValue, reader);
    if (index === undefined || text === undefined || value === undefined) return undefined;
    const which = quantity.read(wireQuantity, reader);
    if (which === undefined || which === SKIP) return which;
    return wireText === undefined ? { quantity: which, value, index } : { quantity: which, value, index, text };
  },
  write({ quantity: which, value, index, text }) {
    const wire = [quantity.write(which), real.write(value)];
    if (index !== 0 || text !== undefined) wire.push(itemIndex.write(index));
    if (text !== undefined) wire.push(itemText.write(text));
    return wire;
  },
};

function readPart<T>(codec: Codec<T>, wire: CborValue, reader: Reader): T | undefined {
  const value = codec.read(wire, reader);
  return value === SKIP ? undefined : value;
}

export const reading = record<ReadingBody>({
  sensor: { key: 1, codec: sensorId },
  readings: { key: 2, codec: list(item, READINGS_MAX, 1) },
  wallMs: { key: 3, codec: uint53 },
  rssiDbm: { key: 4, codec: integer(-128, 127) },
  origin: { key: 5, codec: origin },
  sequence: { key: 6, codec: uint53, optional: true },
  place: { key: 8, codec: place, optional: true },
  name: { key: 10, codec: label(SENSOR_NAME_BYTES_MAX), optional: true },
  format: { key: 12, codec: identifier(32), optional: true },
  encrypted: { key: 14, codec: boolean, optional: true },
});

/** Adverts in one frame: with the least that each takes, 30 bytes, still well below the limits of a frame. */
export const HEARD_MAX = 256;

export const readings = record<ReadingsBody>({
  heard: { key: 1, codec: list(reading, HEARD_MAX, 1) },
});

export const detection = record<Detection>({
  id: { key: 1, codec: identifier(128) },
  kind: { key: 2, codec: registered("kind of detection", { anomaly: 0 }) },
  sensor: { key: 3, codec: sensorId },
  score: { key: 4, codec: real },
  threshold: { key: 5, codec: real },
  model: { key: 6, codec: identifier(MODEL_BYTES_MAX) },
  startedWallMs: { key: 7, codec: uint53 },
  endedWallMs: { key: 8, codec: uint53, optional: true },
  origin: { key: 9, codec: origin },
  place: { key: 10, codec: place, optional: true },
  summary: { key: 11, codec: label(280) },
  evidence: { key: 13, codec: list(evidence, EVIDENCE_MAX) },
});
