/**
 * One flush of the readings log as bytes, about 4 bytes a reading. Pure.
 *
 *     version 1 (1 byte), CRC-32C of all that follows (4, little-endian), then varints unless said otherwise:
 *     count of readings; base wall ms; count of quantities, each as length and ASCII name; count of series, each as
 *       sensor (6 bytes), quantity (place in the list above), index, count of points, decimals (1 byte),
 *       bytes of the rest; the rest: for each point wall ms, as signed difference to the one before (first: to the
 *       base); then for each point the value
 *     value: with decimals 0–9 the signed difference of value × 10^decimals to the one before (first: to 0);
 *       with decimals 255 an IEEE 754 double, little-endian
 *
 * A value of at most 9 decimals comes back as the double nearest to that decimal, any other one bit for bit.
 */
import { bytesEqual, bytesToHex, hexToBytes } from "../../core/bytes.js";
import { isSensorId, type SensorId } from "../../core/ids.js";
import { isQuantity, type Quantity } from "../../core/quantity.js";
import { crc32c } from "./crc32c.js";

export const BLOCK_VERSION = 1;
const HEADER_BYTES = 5;
const ADDRESS_BYTES = 6;
const DECIMALS_MAX = 9;
const RAW_DOUBLES = 255;
/** 21.15 computed as 2115 × 0.01 is 21.150000000000002: the sensor sent two decimals, so two are kept. */
const DECIMAL_TOLERANCE = 1e-13;
/** Beyond it, differences of scaled integers would no longer be exact. */
const SCALED_MAX = 2 ** 50;
/** Times to the year 2248, so that twice a difference is still exact. Unit: ms. */
export const WALL_MS_MAX = 2 ** 43;
export const INDEX_MAX = 0xffff;
const POINTS_MAX = 1_000_000;

export interface LoggedPoint {
  readonly sensor: SensorId;
  readonly quantity: Quantity;
  readonly index: number;
  readonly wallMs: number;
  readonly value: number;
}

/** Which points of a block are wanted. The address as bytes: a history reads thousands of series that are not meant. */
export interface SeriesKey {
  readonly address: Uint8Array;
  readonly quantity: Quantity;
  readonly index: number;
}

export function seriesKey(sensor: SensorId, quantity: Quantity, index: number): SeriesKey {
  return { address: hexToBytes(sensor.slice("ble:".length)), quantity, index };
}

/** @param points in the order in which they were heard; `wallMs` and `index` whole and within bounds, each value finite. */
export function encodeBlock(points: readonly LoggedPoint[]): Uint8Array {
  const bySeries = new Map<string, LoggedPoint[]>();
  for (const point of points) {
    const key = `${point.sensor} ${point.quantity} ${point.index}`;
    const series = bySeries.get(key);
    if (series) series.push(point);
    else bySeries.set(key, [point]);
  }
  const quantities = [...new Set(points.map((point) => point.quantity))];
  const baseMs = points[0]?.wallMs ?? 0;
  const out = new ByteWriter();
  out.byte(BLOCK_VERSION);
  out.bytes(new Uint8Array(4));
  out.varint(points.length);
  out.signed(baseMs);
  out.varint(quantities.length);
  for (const quantity of quantities) {
    out.varint(quantity.length);
    for (const letter of quantity) out.byte(letter.charCodeAt(0));
  }
  out.varint(bySeries.size);
  for (const series of bySeries.values()) encodeSeries(out, series, quantities, baseMs);
  const block = out.finish();
  new DataView(block.buffer).setUint32(1, crc32c(block.subarray(HEADER_BYTES)), true);
  return block;
}

function encodeSeries(
  out: ByteWriter,
  points: readonly LoggedPoint[],
  quantities: readonly Quantity[],
  baseMs: number,
) {
  const first = points[0];
  if (!first) return;
  out.bytes(seriesKey(first.sensor, first.quantity, first.index).address);
  out.varint(quantities.indexOf(first.quantity));
  out.varint(first.index);
  out.varint(points.length);
  const rest = new ByteWriter();
  let beforeMs = baseMs;
  for (const { wallMs } of points) {
    rest.signed(wallMs - beforeMs);
    beforeMs = wallMs;
  }
  const decimals = decimalsOf(points);
  let before = 0;
  for (const { value } of points) {
    if (decimals === RAW_DOUBLES) {
      rest.double(value);
      continue;
    }
    const scaled = Math.round(value * 10 ** decimals);
    rest.signed(scaled - before);
    before = scaled;
  }
  out.byte(decimals);
  const bytes = rest.finish();
  out.varint(bytes.length);
  out.bytes(bytes);
}

/** The fewest decimals that hold every value. */
function decimalsOf(points: readonly LoggedPoint[]): number {
  let decimals = 0;
  for (const { value } of points) {
    while (!isDecimal(value, decimals)) if (++decimals > DECIMALS_MAX) return RAW_DOUBLES;
  }
  // More decimals than a value needs may carry it out of the exact range.
  return points.every(({ value }) => isDecimal(value, decimals)) ? decimals : RAW_DOUBLES;
}

function isDecimal(value: number, decimals: number): boolean {
  if (Object.is(value, -0)) return false;
  const scaled = Math.round(value * 10 ** decimals);
  if (Math.abs(scaled) > SCALED_MAX) return false;
  return Math.abs(scaled / 10 ** decimals - value) <= Math.abs(value) * DECIMAL_TOLERANCE;
}

/** @returns undefined when the bytes are not a whole block of this version. */
export function countBlock(block: Uint8Array): number | undefined {
  return readBlock(block, (reader) => boundedCount(reader));
}

/** @returns the points of one series, or of all when `wanted` is absent; undefined when the block is damaged. */
export function decodeBlock(block: Uint8Array, wanted?: SeriesKey): LoggedPoint[] | undefined {
  return readBlock(block, (reader) => {
    boundedCount(reader);
    const baseMs = reader.signed();
    const quantities = Array.from({ length: reader.count() }, () => readQuantity(reader));
    const points: LoggedPoint[] = [];
    const seriesCount = reader.count();
    for (let at = 0; at < seriesCount; at++) decodeSeries(reader, quantities, baseMs, wanted, points);
    if (!reader.atEnd) throw new RangeError("bytes after the last series");
    return points;
  });
}

function decodeSeries(
  reader: ByteReader,
  quantities: readonly Quantity[],
  baseMs: number,
  wanted: SeriesKey | undefined,
  into: LoggedPoint[],
): void {
  const address = reader.take(ADDRESS_BYTES);
  const quantity = quantities[reader.varint()];
  if (quantity === undefined) throw new RangeError("a series without a quantity");
  const index = reader.varint();
  const count = reader.count();
  const decimals = reader.byte();
  if (decimals > DECIMALS_MAX && decimals !== RAW_DOUBLES) throw new RangeError("decimals");
  const rest = new ByteReader(reader.take(reader.varint()));
  if (wanted && !(wanted.quantity === quantity && wanted.index === index && bytesEqual(wanted.address, address)))
    return;
  const sensor = `ble:${bytesToHex(address)}`;
  if (!isSensorId(sensor)) throw new RangeError("a series without a sensor");
  const wallMs: number[] = [];
  let beforeMs = baseMs;
  for (let at = 0; at < count; at++) {
    beforeMs += rest.signed();
    wallMs.push(beforeMs);
  }
  let before = 0;
  for (const ms of wallMs) {
    let value: number;
    if (decimals === RAW_DOUBLES) value = rest.double();
    else {
      before += rest.signed();
      value = before / 10 ** decimals;
    }
    if (Math.abs(ms) > WALL_MS_MAX || !Number.isFinite(value)) throw new RangeError("a point out of range");
    into.push({ sensor, quantity, index, wallMs: ms, value });
  }
  if (!rest.atEnd) throw new RangeError("bytes after the last point");
}

function readBlock<T>(block: Uint8Array, read: (reader: ByteReader) => T): T | undefined {
  if (block.length < HEADER_BYTES || block[0] !== BLOCK_VERSION) return undefined;
  const stored = new DataView(block.buffer, block.byteOffset).getUint32(1, true);
  const content = block.subarray(HEADER_BYTES);
  if (crc32c(content) !== stored) return undefined;
  try {
    return read(new ByteReader(content));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function boundedCount(reader: ByteReader): number {
  const count = reader.varint();
  if (count > POINTS_MAX) throw new RangeError("too many points");
  return count;
}

function readQuantity(reader: ByteReader): Quantity {
  const name = String.fromCharCode(...reader.take(Math.min(reader.varint(), 64)));
  if (!isQuantity(name)) throw new RangeError(`unknown quantity "${name}"`);
  return name;
}

/** Little-endian base 128, on doubles: wall milliseconds need more than 32 bits. */
class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  bytes(values: Uint8Array): void {
    if (this.#length + values.length > this.#bytes.length) this.#grow(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  varint(value: number): void {
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) this.byte((left % 128) | 128);
    this.byte(left);
  }

  /** Zigzag: 0, -1, 1, -2, … become 0, 1, 2, 3, … */
  signed(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  double(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.bytes(bytes);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Throws RangeError at the end of the bytes. */
class ByteReader {
  #at = 0;
  constructor(readonly source: Uint8Array) {}

  get atEnd(): boolean {
    return this.#at === this.source.length;
  }

  byte(): number {
    const value = this.source[this.#at++];
    if (value === undefined) throw new RangeError("end of the block");
    return value;
  }

  take(length: number): Uint8Array {
    const from = this.#at;
    if (length > this.source.length - from) throw new RangeError("end of the block");
    this.#at = from + length;
    return this.source.subarray(from, this.#at);
  }

  varint(): number {
    let value = 0;
    for (let weight = 1; weight < 2 ** 56; weight *= 128) {
      const byte = this.byte();
      value += (byte & 127) * weight;
      if (byte < 128) return value;
    }
    throw new RangeError("varint too long");
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A count of things that take at least one byte each: a larger one cannot be true. */
  count(): number {
    const value = this.varint();
    if (value > this.source.length) throw new RangeError("count beyond the block");
    return value;
  }

  double(): number {
    const bytes = this.take(8);
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
  }
}
