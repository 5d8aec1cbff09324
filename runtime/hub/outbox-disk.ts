/**
 * What the outbox writes, in the order in which it asked: a later window must not be overwritten by an earlier one. What was delivered
 * since goes with the next write, all of it or none: the reader acknowledges a parcel when its window is on disk, and what the parcel
 * brought is on disk with it.
 */
import type { Store, StoreOperation } from "../core/ports.js";

/** A store takes 4 MiB at once: room for one more delivery and for windows. */
const BATCH_BYTES = 2 * 1_048_576;

interface Rider {
  readonly operations: readonly StoreOperation[];
  readonly written: () => void;
}

export class OutboxDisk {
  readonly #store: Pick<Store, "write">;
  readonly #onFailure: (error: unknown) => void;
  /** The last write failed, and that was told. */
  #isFailing = false;
  #turn: Promise<void> = Promise.resolve();
  /** As many as are delivered while one write takes: after one that failed the outbox takes nothing new until the next succeeds. */
  #riders: readonly Rider[] = [];

  /** @param onFailure told of the first write that fails, and then not before one has succeeded: others' parcels come again and again. */
  constructor(store: Pick<Store, "write">, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  /** Durable when it resolves. @throws MindosError as `Store.write`: then nothing of it is on disk. */
  write(operations: readonly StoreOperation[]): Promise<void> {
    const turn = this.#turn.then(() => this.#write(operations));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** With the next write, or the first after it that succeeds. Resolves when it is on disk. */
  withNext(operations: readonly StoreOperation[]): Promise<void> {
    return new Promise((written) => {
      this.#riders = [...this.#riders, { operations, written }];
    });
  }

  /** What was asked for so far is written, or has failed. */
  get settled(): Promise<void> {
    return this.#turn;
  }

  async #write(operations: readonly StoreOperation[]): Promise<void> {
    const riders = this.#riders;
    this.#riders = [];
    try {
      let batch: StoreOperation[] = [];
      for (const rider of riders) {
        if (bytesOf(batch) > BATCH_BYTES) {
          // Sooner than the window does no harm.
          await this.#store.write(batch, { durable: false });
          batch = [];
        }
        batch.push(...rider.operations);
      }
      await this.#store.write([...batch, ...operations]);
    } catch (error) {
      this.#riders = [...riders, ...this.#riders];
      if (!this.#isFailing) this.#onFailure(error);
      this.#isFailing = true;
      throw error;
    }
    this.#isFailing = false;
    for (const { written } of riders) written();
  }
}

function bytesOf(operations: readonly StoreOperation[]): number {
  return operations.reduce((sum, operation) => sum + (operation.type === "put" ? operation.value.length : 0), 0);
}
