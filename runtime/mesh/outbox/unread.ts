/**
 * Parcels that have arrived and that this version cannot read: a newer hub has sent them. Pure. They are acknowledged like others, since
 * their sender has nothing to mend, and stay on disk until a start of a version that reads them. Bounded: whoever has most here loses its oldest.
 */
import { oldestOfGreatest } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";
import type { StoreOperation } from "../../core/ports.js";
import { type UnreadRecord, unreadBytes, unreadKey } from "./records.js";
import type { OutboxSettings } from "./settings.js";

/** A store takes 4 MiB at once, and others' writes go along. Unit: bytes. */
const WRITE_BYTES_MAX = 1_048_576;

interface Held {
  readonly origin: HubId;
  readonly bytes: number;
}

export class UnreadParcels {
  readonly #settings: OutboxSettings;
  readonly #held = new Map<string, Held>();
  #bytes = 0;
  #operations: StoreOperation[] = [];
  #operationBytes = 0;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#held.size;
  }

  get isToBeWritten(): boolean {
    return this.#operations.length > 0;
  }

  /** More would not go into one write. */
  get isFull(): boolean {
    return this.#operationBytes >= WRITE_BYTES_MAX;
  }

  /** @returns how many others made room. */
  add(record: UnreadRecord): number {
    const value = unreadBytes(record);
    const dropped = this.#hold(record, value.length);
    this.#ask({ type: "put", key: unreadKey(record), value });
    for (const key of dropped) this.#ask({ type: "delete", key });
    return dropped.length;
  }

  /** It is on disk, and still cannot be read. */
  restore(record: UnreadRecord): void {
    for (const key of this.#hold(record, unreadBytes(record).length)) this.#ask({ type: "delete", key });
  }

  /** It is on disk, and has been read now. */
  wasRead(record: UnreadRecord): void {
    this.#ask({ type: "delete", key: unreadKey(record) });
  }

  /** What is to be written now. */
  take(): StoreOperation[] {
    const operations = this.#operations;
    this.#operations = [];
    this.#operationBytes = 0;
    return operations;
  }

  /** The write of what was taken has failed. */
  putBack(operations: readonly StoreOperation[]): void {
    const later = this.take();
    for (const operation of [...operations, ...later]) this.#ask(operation);
  }

  #ask(operation: StoreOperation): void {
    this.#operations.push(operation);
    if (operation.type === "put") this.#operationBytes += operation.value.length;
  }

  /** @returns the keys of those that made room. */
  #hold({ origin, stream, number }: UnreadRecord, bytes: number): string[] {
    const { unreadBytesMax, unreadParcelsMax } = this.#settings;
    const dropped: string[] = [];
    while (this.#held.size >= unreadParcelsMax || this.#bytes + bytes > unreadBytesMax) {
      const [oldest] =
        oldestOfGreatest(
          this.#held,
          ([, { origin: by }]) => by,
          ([, held]) => held.bytes,
        ) ?? [];
      if (oldest === undefined) break;
      this.#bytes -= this.#held.get(oldest)?.bytes ?? 0;
      this.#held.delete(oldest);
      dropped.push(oldest);
    }
    this.#held.set(unreadKey({ origin, stream, number }), { origin, bytes });
    this.#bytes += bytes;
    return dropped;
  }
}
