/**
 * Retained messages: in memory for the broker, in the store across restarts. Not pure: owns a timer.
 * Flash wears: a QoS 0 message may be lost by its own contract, so its changes are gathered and written together, and a
 * value that is already in the store is not written again. QoS 1 and 2 are on disk before they are acknowledged.
 */
import type { Counters, Store, StoreOperation } from "../../core/ports.js";
import type { BrokerLimits } from "./limits.js";
import { decodeRetained, encodeRetained, type RetainedMessage } from "./retained-codec.js";

const PREFIX = "mqtt/retained/";
const PREFIX_END = "mqtt/retained0"; // "0" follows "/" in byte order

export interface RetainedOptions {
  readonly store?: Store;
  readonly counters: Counters;
  readonly limits: Pick<BrokerLimits, "retainedMessagesMax" | "retainedBytesMax">;
  /** Raise: less flash wear; lower: less state lost by a crash. Unit: ms. */
  readonly flushMs?: number;
}

interface Entry {
  readonly message: RetainedMessage;
  readonly encoded: Uint8Array;
}

export class RetainedMessages {
  readonly #options: RetainedOptions;
  readonly #entries = new Map<string, Entry>();
  /** Topics that the store holds. */
  readonly #stored = new Set<string>();
  /** Topics that changed since the last write: a subset of the entries and of what is stored, so bounded by both. */
  readonly #dirty = new Set<string>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: RetainedOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Reads what an earlier run left. An entry that cannot be read is dropped and counted, the rest is kept. */
  async load(): Promise<void> {
    const { store, counters } = this.#options;
    if (!store) return;
    const bad: StoreOperation[] = [];
    for await (const [key, value] of store.range(PREFIX, PREFIX_END)) {
      const message = decodeRetained(key.slice(PREFIX.length), value);
      if (message && this.#put({ message, encoded: value })) this.#stored.add(message.topic);
      else bad.push({ type: "delete", key });
    }
    if (bad.length === 0) return;
    counters.count("broker.retained_unreadable", bad.length);
    await store.write(bad);
  }

  /** An empty payload removes. Past a bound the message is delivered but not retained, and counted. */
  set(message: RetainedMessage): void {
    const { topic } = message;
    if (message.payload.length === 0) {
      this.#remove(topic);
      return;
    }
    const encoded = encodeRetained(message);
    const known = this.#entries.get(topic);
    if (encoded && known && Buffer.compare(known.encoded, encoded) === 0) return;
    if (encoded && this.#put({ message, encoded })) this.#touch(topic);
    else this.#options.counters.count("broker.retained_full");
  }

  *matching(matches: (topic: string) => boolean): Generator<RetainedMessage> {
    for (const [topic, entry] of this.#entries) if (matches(topic)) yield entry.message;
  }

  /** Resolves once everything set so far is written. @throws MindosError DISK_FULL | STORE_CORRUPT */
  flush(durable: boolean): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const write = this.#writing.then(() => this.#write(durable));
    this.#writing = write.catch(() => undefined); // the next write must not inherit this failure
    return write;
  }

  async #write(durable: boolean): Promise<void> {
    const { store, counters } = this.#options;
    const topics = [...this.#dirty];
    this.#dirty.clear();
    if (!store || topics.length === 0) return;
    const operations = topics.map((topic): StoreOperation => {
      const entry = this.#entries.get(topic);
      return entry
        ? { type: "put", key: PREFIX + topic, value: entry.encoded }
        : { type: "delete", key: PREFIX + topic };
    });
    for (const topic of topics) this.#stored.add(topic); // before the write ends: a removal meanwhile must delete it
    try {
      await store.write(operations, { durable });
    } catch (cause) {
      counters.count("broker.retained_write_failed");
      for (const topic of topics) this.#touch(topic);
      throw cause;
    }
    for (const topic of topics) if (!this.#entries.has(topic) && !this.#dirty.has(topic)) this.#stored.delete(topic);
  }

  /** Marks as changed; writes by itself after a while. */
  #touch(topic: string): void {
    this.#dirty.add(topic);
    if (!this.#options.store || this.#timer) return;
    this.#timer = setTimeout(() => {
      this.flush(false).catch(() => undefined); // counted in #write, and tried again with the next one
    }, this.#options.flushMs ?? 30_000);
    this.#timer.unref();
  }

  #put(entry: Entry): boolean {
    const { retainedMessagesMax, retainedBytesMax } = this.#options.limits;
    const known = this.#entries.get(entry.message.topic);
    const bytes = this.#bytes - (known ? sizeOf(known) : 0) + sizeOf(entry);
    if (bytes > retainedBytesMax || (!known && this.#entries.size >= retainedMessagesMax)) return false;
    this.#entries.set(entry.message.topic, entry);
    this.#bytes = bytes;
    return true;
  }

  #remove(topic: string): void {
    const known = this.#entries.get(topic);
    if (!known) return;
    this.#entries.delete(topic);
    this.#bytes -= sizeOf(known);
    if (this.#stored.has(topic)) this.#touch(topic);
    else this.#dirty.delete(topic);
  }
}

function sizeOf(entry: Entry): number {
  return entry.encoded.length + entry.message.topic.length;
}
