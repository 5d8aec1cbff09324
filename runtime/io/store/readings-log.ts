/**
 * The last readings of every sensor, for history and sparklines: appended in memory, flushed as one compact block at a
 * time, oldest blocks dropped when the ring is full.
 * A crash or power cut takes at most the readings since the last flush: `flushIntervalMs` of them.
 */
import { MindosError } from "../../core/errors.js";
import { isSensorId, type SensorId } from "../../core/ids.js";
import type { Counters, Store, StoreOperation } from "../../core/ports.js";
import { isQuantity, type Quantity } from "../../core/quantity.js";
import type { Reading } from "../../core/reading.js";
import type { HistoryPoint } from "../../core/status.js";
import type { Clock } from "../../core/time.js";
import {
  countBlock,
  decodeBlock,
  encodeBlock,
  INDEX_MAX,
  type LoggedPoint,
  seriesKey,
  WALL_MS_MAX,
} from "./readings-block.js";

/** Keys are `readings/` and 12 hex digits that grow by one per block. */
const KEY_PREFIX = "readings/";
const KEY_END = "readings0";
const SEQUENCE_DIGITS = 12;
/** One history query returns no more, whatever it asks for. */
export const HISTORY_POINTS_MAX = 20_000;

export interface ReadingsLogOptions {
  readonly clock: Clock;
  readonly counters?: Counters;
  /** Raise: longer history, at about 4 bytes of disk each; lower: faster start of the first history. */
  readonly readingsMax?: number;
  /** Raise: fewer bytes written (a flush costs about 10 KiB on ext4 beyond the readings themselves:
   *  17 MB a day at one a minute); lower: less history lost by a power cut. A minute is what a sparkline does not
   *  miss. Unit: ms. */
  readonly flushIntervalMs?: number;
  /** So many unflushed readings are flushed without waiting. When the disk takes none, twice as many are kept and
   *  then the oldest dropped. */
  readonly pendingMax?: number;
  /** Sensors in one flush; readings of further ones are dropped, so that a flood of made-up addresses cannot push the
   *  real ones out of memory. */
  readonly sensorsMax?: number;
}

export interface ReadingsLog {
  /** Never waits and never throws; what cannot be kept is a counted drop. */
  append(reading: Reading): void;
  /** Monotonic time at which the driver calls `flush`; undefined while there is nothing to flush. Unit: ms. */
  readonly flushDueMs: number | undefined;
  /** Resolves when all that was appended before survives a power cut.
   *  @throws MindosError DISK_FULL | STORE_CORRUPT | TOO_BUSY; the readings stay and the next flush tries again. */
  flush(): Promise<void>;
  /** The newest `limit` points, oldest first, unflushed ones included. @param index of several in one advert. */
  history(sensor: SensorId, quantity: Quantity, limit: number, index?: number): Promise<readonly HistoryPoint[]>;
  /** Flushes what is left. The store stays open. */
  close(): Promise<void>;
}

interface Block {
  readonly sequence: number;
  readonly points: number;
}

/** Reads nothing yet: the first flush or history finds out what is stored, so that a start does not wait for it. */
export function openReadingsLog(store: Store, options: ReadingsLogOptions): ReadingsLog {
  return new StoredReadingsLog(store, options);
}

class StoredReadingsLog implements ReadingsLog {
  readonly #readingsMax: number;
  readonly #flushIntervalMs: number;
  readonly #pendingMax: number;
  readonly #sensorsMax: number;
  #pending: LoggedPoint[] = [];
  #sensors = new Set<SensorId>();
  #pendingSinceMs = 0;
  /** Being written: still part of the history, no longer of the next block. */
  #inFlight: readonly LoggedPoint[] = [];
  #flushing: Promise<void> | undefined;
  #blocks: Block[] | undefined;
  #loading: Promise<Block[]> | undefined;
  #retryMs: number | undefined;
  #closed = false;

  constructor(
    readonly store: Store,
    readonly options: ReadingsLogOptions,
  ) {
    this.#readingsMax = atLeastOne(options.readingsMax ?? 200_000, "readingsMax");
    this.#flushIntervalMs = atLeastOne(options.flushIntervalMs ?? 60_000, "flushIntervalMs");
    this.#pendingMax = Math.min(atLeastOne(options.pendingMax ?? 8_192, "pendingMax"), this.#readingsMax);
    this.#sensorsMax = atLeastOne(options.sensorsMax ?? 512, "sensorsMax");
  }

  append(reading: Reading): void {
    const { sensor, quantity, index, value } = reading;
    const wallMs = Math.round(reading.wallMs);
    if (quantity === "text" || quantity === "raw") return;
    if (this.#closed) return this.#drop("closed");
    const timely = Math.abs(wallMs) <= WALL_MS_MAX;
    if (!timely || !Number.isFinite(value) || !Number.isInteger(index) || index < 0 || index > INDEX_MAX) {
      return this.#drop("invalid");
    }
    // One that the block cannot name would make every later flush fail.
    if (!isSensorId(sensor) || !isQuantity(quantity)) return this.#drop("invalid");
    if (!this.#sensors.has(sensor)) {
      if (this.#sensors.size >= this.#sensorsMax) return this.#drop("sensors-full");
      this.#sensors.add(sensor);
    }
    if (this.#pending.length === 0) this.#pendingSinceMs = this.options.clock.nowMs();
    this.#pending.push({ sensor, quantity, index, wallMs, value });
    this.#boundPending();
  }

  get flushDueMs(): number | undefined {
    if (this.#pending.length === 0 || this.#flushing) return undefined;
    if (this.#retryMs !== undefined) return this.#retryMs;
    if (this.#pending.length >= this.#pendingMax) return this.#pendingSinceMs;
    return this.#pendingSinceMs + this.#flushIntervalMs;
  }

  async flush(): Promise<void> {
    // What was appended while a flush ran is not part of it.
    if (this.#flushing) await this.#flushing.catch(() => undefined);
    if (this.#pending.length === 0) return;
    this.#flushing ??= this.#flushPending();
    await this.#flushing;
  }

  async history(sensor: SensorId, quantity: Quantity, limit: number, index = 0): Promise<readonly HistoryPoint[]> {
    if (!isSensorId(sensor)) return [];
    const pointsMax = Math.min(Math.max(Math.trunc(limit) || 0, 0), HISTORY_POINTS_MAX);
    await this.#loaded();
    // One moment for both halves: a block that is stored while the older ones are read must not count twice.
    const recent = [...this.#inFlight, ...this.#pending];
    const storedEnd = blockKey(this.#nextSequence());
    const wanted = seriesKey(sensor, quantity, index);
    const newestFirst: LoggedPoint[] = [];
    for (const point of recent.reverse()) {
      if (point.sensor === sensor && point.quantity === quantity && point.index === index) newestFirst.push(point);
    }
    if (newestFirst.length < pointsMax) {
      for await (const [, block] of this.store.range(KEY_PREFIX, storedEnd, { reverse: true })) {
        const points = decodeBlock(block, wanted);
        if (!points) this.#drop("block-damaged");
        for (const point of points?.reverse() ?? []) newestFirst.push(point);
        if (newestFirst.length >= pointsMax) break;
      }
    }
    const kept = newestFirst.slice(0, pointsMax).reverse();
    // The wall clock may have been set back between two readings; a chart needs the order of time.
    return kept.map(({ wallMs, value }) => [wallMs, value] as const).sort((a, b) => a[0] - b[0]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  async #flushPending(): Promise<void> {
    try {
      const blocks = await this.#loaded();
      const points = this.#pending;
      this.#inFlight = points;
      this.#pending = [];
      this.#sensors = new Set();
      await this.#writeBlock(blocks, points);
      this.#inFlight = [];
      this.#retryMs = undefined;
    } catch (error) {
      this.#pending = [...this.#inFlight, ...this.#pending];
      this.#inFlight = [];
      this.#sensors = new Set(this.#pending.map((point) => point.sensor));
      this.#retryMs = this.options.clock.nowMs() + this.#flushIntervalMs;
      this.#boundPending();
      throw error;
    } finally {
      this.#flushing = undefined;
    }
  }

  async #writeBlock(blocks: Block[], points: readonly LoggedPoint[]): Promise<void> {
    const sequence = this.#nextSequence();
    const operations: StoreOperation[] = [{ type: "put", key: blockKey(sequence), value: encodeBlock(points) }];
    let total = points.length + blocks.reduce((sum, block) => sum + block.points, 0);
    let evicted = 0;
    for (const block of blocks) {
      if (total <= this.#readingsMax) break;
      operations.push({ type: "delete", key: blockKey(block.sequence) });
      total -= block.points;
      evicted++;
    }
    await this.store.write(operations);
    blocks.splice(0, evicted);
    blocks.push({ sequence, points: points.length });
  }

  #loaded(): Promise<Block[]> {
    if (this.#blocks) return Promise.resolve(this.#blocks);
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<Block[]> {
    const blocks: Block[] = [];
    const damaged: StoreOperation[] = [];
    for await (const [key, bytes] of this.store.range(KEY_PREFIX, KEY_END)) {
      const sequence = sequenceOf(key);
      const points = sequence === undefined ? undefined : countBlock(bytes);
      if (sequence !== undefined && points !== undefined) blocks.push({ sequence, points });
      else damaged.push({ type: "delete", key });
    }
    if (damaged.length > 0) {
      this.#drop("block-damaged", damaged.length);
      await this.store.write(damaged, { durable: false });
    }
    this.#blocks = blocks;
    return blocks;
  }

  #nextSequence(): number {
    return (this.#blocks?.at(-1)?.sequence ?? -1) + 1;
  }

  #boundPending(): void {
    const excess = this.#pending.length - 2 * this.#pendingMax;
    if (excess <= 0) return;
    this.#pending.splice(0, excess);
    this.#drop("pending-full", excess);
  }

  #drop(reason: string, count = 1): void {
    this.options.counters?.count(`readings-log.dropped.${reason}`, count);
  }
}

function blockKey(sequence: number): string {
  return KEY_PREFIX + sequence.toString(16).padStart(SEQUENCE_DIGITS, "0");
}

function sequenceOf(key: string): number | undefined {
  const digits = key.slice(KEY_PREFIX.length);
  return /^[0-9a-f]{12}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

function atLeastOne(value: number, name: string): number {
  if (!(value >= 1)) throw new MindosError("BAD_INPUT", `${name} is ${value}, not at least 1`);
  return value;
}
