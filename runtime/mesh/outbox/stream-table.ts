/** The streams of an outbox: one for each hub that parcels wait for, and one for each pair that is delivered for others. Pure, bounded. */
import type { HubId } from "../../core/ids.js";
import type { OutboxSettings } from "./settings.js";
import { Stream } from "./stream.js";

/** Streams begun within one epoch. The number of a stream is made of both, so that it grows over restarts without being kept. */
const STREAMS_PER_EPOCH = 4096;

export class StreamTable {
  readonly #self: HubId;
  readonly #epoch: number;
  readonly #settings: OutboxSettings;
  readonly #streams = new Map<string, Stream>();
  #begun = 0;
  #others = 0;

  constructor(self: HubId, epoch: number, settings: OutboxSettings) {
    this.#self = self;
    this.#epoch = epoch;
    this.#settings = settings;
  }

  get(origin: HubId, to: HubId): Stream | undefined {
    return this.#streams.get(this.#keyOf(origin, to));
  }

  values(): IterableIterator<Stream> {
    return this.#streams.values();
  }

  /** @param idle called with this hub's stream that had to go.
   *  @returns undefined when every stream is in use. */
  begin(to: HubId, idle: (gone: Stream) => void): Stream | undefined {
    if (this.#begun >= STREAMS_PER_EPOCH || !this.#makeRoom(idle)) return undefined;
    const number = this.#epoch * STREAMS_PER_EPOCH + this.#begun;
    this.#begun += 1;
    return this.add(this.#self, to, number);
  }

  /** @returns undefined when the table is full, or others have their share of it. */
  add(origin: HubId, to: HubId, number: number): Stream | undefined {
    const isOthers = origin !== this.#self;
    const { custodyStreamsMax, streamsMax } = this.#settings;
    if (this.#streams.size >= streamsMax || (isOthers && this.#others >= custodyStreamsMax)) return undefined;
    const stream = new Stream(origin, to, number, this.#settings);
    this.#streams.set(this.#keyOf(origin, to), stream);
    if (isOthers) this.#others += 1;
    return stream;
  }

  delete({ origin, to }: Stream): void {
    if (this.#streams.delete(this.#keyOf(origin, to)) && origin !== this.#self) this.#others -= 1;
  }

  #keyOf(origin: HubId, to: HubId): string {
    return origin === this.#self ? to : origin + to;
  }

  /** The idle stream that was used longest ago goes; the next one to the same hub has a greater number. */
  #makeRoom(idle: (gone: Stream) => void): boolean {
    if (this.#streams.size < this.#settings.streamsMax) return true;
    let idlest: Stream | undefined;
    for (const stream of this.#streams.values())
      if (stream.parcels.size === 0 && stream.usedMs < (idlest?.usedMs ?? Number.POSITIVE_INFINITY)) idlest = stream;
    if (idlest === undefined) return false;
    this.delete(idlest);
    idle(idlest);
    return true;
  }
}
