/** The notes that have arrived at this hub, on disk until a person removes them. Bounded: whoever has most here loses its oldest. */
import { oldestOfGreatest } from "../core/bounded.js";
import type { HubId } from "../core/ids.js";
import type { ArrivedNote, NoteBody } from "../core/notes.js";
import type { Store, StoreOperation } from "../core/ports.js";
import { decodeCarried, encodeCarried } from "../wire/carried.js";

/** Of a day's notes by a chatty program, or 270 of the greatest size: for a flash card next to nothing. */
const NOTES_MAX = 1000;
const BYTES_MAX = 16 * 1_048_576;

const PREFIX = "inbox/";
const END = "inbox0";
/** Version (1), when it arrived (float64, wall ms), then the message NOTE as a broadcast carries it. */
const VERSION = 1;
const HEAD_BYTES = 9;

/** In memory of each. */
interface Held {
  readonly from: HubId;
  readonly id: string;
  readonly arrivedWallMs: number;
  /** On disk. */
  readonly bytes: number;
}

interface Read extends Omit<Held, "bytes"> {
  readonly note: NoteBody;
}

export class Inbox {
  readonly #store: Store;
  /** By key, in the order in which they arrived. */
  readonly #held = new Map<string, Held>();
  #bytes = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** What earlier runs have taken. */
  async load(): Promise<void> {
    const all: [string, Held][] = [];
    for await (const [key, value] of this.#store.range(PREFIX, END)) {
      const read = readNote(key, value);
      if (read !== undefined) all.push([key, { ...read, bytes: value.length }]);
    }
    all.sort(([, a], [, b]) => a.arrivedWallMs - b.arrivedWallMs);
    for (const [key, held] of all) this.#add(key, held);
  }

  /** @returns what is to be written. The same note again overwrites itself. */
  take(from: HubId, note: NoteBody, arrivedWallMs: number): StoreOperation[] {
    const key = `${PREFIX}${from}/${note.id}`;
    const carried = encodeCarried({ type: "NOTE", ...note });
    const value = new Uint8Array(HEAD_BYTES + carried.length);
    value[0] = VERSION;
    new DataView(value.buffer).setFloat64(1, arrivedWallMs);
    value.set(carried, HEAD_BYTES);
    this.#drop(key);
    const operations: StoreOperation[] = [{ type: "put", key, value }];
    while (this.#held.size >= NOTES_MAX || this.#bytes + value.length > BYTES_MAX) {
      const [victim] =
        oldestOfGreatest(
          this.#held,
          ([, { from: by }]) => by,
          ([, { bytes }]) => bytes,
        ) ?? [];
      if (victim === undefined) break;
      this.#drop(victim);
      operations.push({ type: "delete", key: victim });
    }
    this.#add(key, { from, id: note.id, arrivedWallMs, bytes: value.length });
    return operations;
  }

  /** Oldest first. */
  async list(): Promise<ArrivedNote[]> {
    const notes: ArrivedNote[] = [];
    for (const key of [...this.#held.keys()]) {
      const read = await this.#read(key);
      if (read !== undefined) notes.push(arrivedNote(read.from, read.note, read.arrivedWallMs));
    }
    return notes;
  }

  async content(id: string): Promise<Uint8Array | undefined> {
    const [key] = this.#keysOf([id]);
    return key === undefined ? undefined : (await this.#read(key))?.note.content;
  }

  /** @returns what is to be written: one operation a note. */
  remove(ids: readonly string[]): StoreOperation[] {
    const keys = this.#keysOf(ids);
    for (const key of keys) this.#drop(key);
    return keys.map((key) => ({ type: "delete", key }));
  }

  #keysOf(ids: readonly string[]): string[] {
    const wanted = new Set(ids);
    return [...this.#held].flatMap(([key, { id }]) => (wanted.has(id) ? [key] : []));
  }

  async #read(key: string): Promise<Read | undefined> {
    const value = await this.#store.get(key);
    return value && readNote(key, value);
  }

  #add(key: string, held: Held): void {
    this.#held.set(key, held);
    this.#bytes += held.bytes;
  }

  #drop(key: string): void {
    this.#bytes -= this.#held.get(key)?.bytes ?? 0;
    this.#held.delete(key);
  }
}

function readNote(key: string, value: Uint8Array): Read | undefined {
  if (value[0] !== VERSION || value.length < HEAD_BYTES) return undefined;
  const note = decodeCarried(value.subarray(HEAD_BYTES));
  if ("problem" in note || note.type !== "NOTE") return undefined;
  const [from = ""] = key.slice(PREFIX.length).split("/");
  const arrivedWallMs = new DataView(value.buffer, value.byteOffset).getFloat64(1);
  return { from: from as HubId, id: note.id, arrivedWallMs, note };
}

/** As it is shown: a text with its words, a file with its name. */
export function arrivedNote(from: HubId, { id, content, name, wallMs }: NoteBody, arrivedWallMs: number): ArrivedNote {
  const what = name === undefined ? { text: new TextDecoder().decode(content) } : { name };
  return { id, from, wallMs, arrivedWallMs, bytes: content.length, ...what };
}
