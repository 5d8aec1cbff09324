/**
 * The store: an ordered key-value map on disk that a power cut cannot take an acknowledged write from.
 * One queue feeds the engine one batch at a time, so that order holds; what waits goes together, so that many durable
 * writes share one fsync.
 */
import { statfs } from "node:fs/promises";
import { MindosError } from "../../core/errors.js";
import type { Store, StoreOperation } from "../../core/ports.js";
import { makeDirectory } from "../files/atomic-file.js";
import { DATA_PREFIX, type Engine, type EngineOperation, META_PREFIX } from "./engine.js";
import { storageError } from "./errors.js";
import { checkOperations, WRITE_BYTES_MAX } from "./operations.js";
import { openRecovered } from "./recovery.js";
import { migrate, SCHEMA_MIGRATIONS, type StoreMigration } from "./schema.js";

/** Writes that wait beyond this are refused with TOO_BUSY: the disk is slower than the hub. Unit: bytes. */
const QUEUE_BYTES_MAX = 2 * WRITE_BYTES_MAX;
/** Puts stop while the disk has less than this left, so that the engine can still tidy up and the identity be written.
 *  Unit: bytes. */
const RESERVE_BYTES = 8 * 1024 * 1024;

export interface StoreOptions {
  /** Told in one sentence what was found damaged at opening, and what was done. */
  readonly onRepair?: (note: string) => void;
  /** Lifts older layouts, one step each; the layout's version is their number plus one. */
  readonly migrations?: readonly StoreMigration[];
  readonly reserveBytes?: number;
  /** Another engine, for tests. */
  readonly openEngine?: () => Promise<Engine>;
  readonly freeBytes?: () => Promise<number>;
}

/** @param directory the store's own folder, made when absent; nothing else may live in it.
 *  @throws MindosError DATA_DIR_IN_USE | DATA_DIR_UNUSABLE | DISK_FULL | STORE_CORRUPT */
export async function openStore(directory: string, options: StoreOptions = {}): Promise<Store> {
  const onRepair = options.onRepair ?? (() => undefined);
  try {
    await makeDirectory(directory);
  } catch (error) {
    throw storageError(error, directory, "DATA_DIR_UNUSABLE");
  }
  const openEngine = options.openEngine ?? (() => openRecovered(directory, onRepair));
  const engine = await openEngine();
  try {
    await migrate(engine, options.migrations ?? SCHEMA_MIGRATIONS, directory);
  } catch (error) {
    await engine.close().catch(() => undefined);
    throw storageError(error, directory, "STORE_CORRUPT");
  }
  return new EngineStore(engine, {
    directory,
    openEngine,
    reserveBytes: options.reserveBytes ?? RESERVE_BYTES,
    freeBytes: options.freeBytes ?? (() => freeBytesOf(directory)),
  });
}

interface Surroundings {
  readonly directory: string;
  readonly openEngine: () => Promise<Engine>;
  readonly reserveBytes: number;
  readonly freeBytes: () => Promise<number>;
}

interface Waiting {
  readonly operations: readonly StoreOperation[];
  readonly durable: boolean;
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: MindosError) => void;
}

class EngineStore implements Store {
  #engine: Engine | undefined;
  #opening: Promise<Engine> | undefined;
  /** A write failed half-way: what the log's end holds is unknown, so nothing is appended until it was read again. */
  #doubtful = false;
  #closing: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;

  constructor(
    engine: Engine,
    readonly around: Surroundings,
  ) {
    this.#engine = engine;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#refuseWhenClosed();
    const engine = await this.#ready();
    try {
      return await engine.get(DATA_PREFIX + key);
    } catch (error) {
      throw storageError(error, this.around.directory, "STORE_CORRUPT");
    }
  }

  async write(operations: readonly StoreOperation[], options: { readonly durable?: boolean } = {}): Promise<void> {
    const bytes = checkOperations(operations);
    this.#refuseWhenClosed();
    if (this.#queuedBytes + bytes > QUEUE_BYTES_MAX) {
      throw new MindosError("TOO_BUSY", `${this.#queuedBytes} bytes wait for the disk already`);
    }
    this.#queuedBytes += bytes;
    // The caller may reuse its buffers while the write waits.
    const copies = operations.map((one) => (one.type === "put" ? { ...one, value: one.value.slice() } : one));
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ operations: copies, durable: options.durable ?? true, bytes, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  async *range(
    from: string,
    to: string,
    options: { readonly limit?: number; readonly reverse?: boolean } = {},
  ): AsyncIterable<readonly [string, Uint8Array]> {
    const limit = options.limit ?? -1;
    if (limit === 0) return;
    this.#refuseWhenClosed();
    const engine = await this.#ready();
    try {
      const entries = engine.range(DATA_PREFIX + from, DATA_PREFIX + to, { limit, reverse: options.reverse ?? false });
      for await (const [key, value] of entries) yield [key.slice(DATA_PREFIX.length), value];
    } catch (error) {
      throw storageError(error, this.around.directory, "STORE_CORRUPT");
    }
  }

  /** Writes that were taken before are finished first. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#draining;
      await this.#opening?.catch(() => undefined);
      await this.#engine?.close();
    })();
    return this.#closing;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#takeGroup();
      let failure: MindosError | undefined;
      try {
        await this.#commit(group);
      } catch (error) {
        failure = storageError(error, this.around.directory, "STORE_CORRUPT");
      }
      for (const one of group) {
        this.#queuedBytes -= one.bytes;
        if (failure) one.reject(failure);
        else one.resolve();
      }
    }
    this.#draining = undefined;
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const one of this.#waiting) {
      bytes += one.bytes;
      if (count > 0 && bytes > WRITE_BYTES_MAX) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const operations = group.flatMap((one) => one.operations.map(toEngineOperation));
    if (operations.some((one) => one.type === "put")) await this.#requireSpace();
    const durable = group.some((one) => one.durable);
    if (operations.length === 0) {
      if (!durable) return;
      // An empty durable write is a barrier: what came before it survives a power cut. The engine skips empty batches.
      operations.push({ type: "del", key: `${META_PREFIX}barrier` });
    }
    const engine = this.#doubtful ? await this.#reopen() : await this.#ready();
    try {
      await engine.batch(operations, durable);
    } catch (error) {
      this.#doubtful = true;
      throw error;
    }
  }

  async #requireSpace(): Promise<void> {
    const freeBytes = await this.around.freeBytes();
    if (freeBytes >= this.around.reserveBytes) return;
    throw new MindosError("DISK_FULL", `${freeBytes} bytes are left on the disk of ${this.around.directory}`);
  }

  #ready(): Promise<Engine> {
    if (this.#engine) return Promise.resolve(this.#engine);
    return this.#opening ?? this.#reopen();
  }

  /** Reading the log again settles what a failed write left; the engine then begins a new one. */
  #reopen(): Promise<Engine> {
    const old = this.#engine;
    this.#engine = undefined;
    this.#opening ??= (async () => {
      try {
        await old?.close();
        this.#engine = await this.around.openEngine();
        this.#doubtful = false;
        return this.#engine;
      } catch (error) {
        throw storageError(error, this.around.directory, "STORE_CORRUPT");
      } finally {
        this.#opening = undefined;
      }
    })();
    return this.#opening;
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw new MindosError("INTERNAL", "the store is closed");
  }
}

function toEngineOperation(operation: StoreOperation): EngineOperation {
  const key = DATA_PREFIX + operation.key;
  return operation.type === "put" ? { type: "put", key, value: operation.value } : { type: "del", key };
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
