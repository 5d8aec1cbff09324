/** What the store needs of a key-value engine, so that tests can break one in every way a disk can. */

/** First character of every engine key: the store's data, or the store's own records. */
export const DATA_PREFIX = "/";
export const META_PREFIX = ".";

export type EngineOperation =
  | { readonly type: "put"; readonly key: string; readonly value: Uint8Array }
  | { readonly type: "del"; readonly key: string };

export interface Engine {
  get(key: string): Promise<Uint8Array | undefined>;
  /** Atomic. With `sync` it returns once these and all earlier operations are on the disk; without, once the kernel
   *  has them. Never called again before the last call has settled. */
  batch(operations: readonly EngineOperation[], sync: boolean): Promise<void>;
  range(
    from: string,
    to: string,
    options: { readonly limit: number; readonly reverse: boolean },
  ): AsyncIterable<readonly [string, Uint8Array]>;
  close(): Promise<void>;
}
