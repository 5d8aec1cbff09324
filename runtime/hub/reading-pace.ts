/**
 * How fast this hub tells its cell what its sensors say. Pure. Every broadcast costs each hub that it passes a signature check, others take only
 * so many from one hub (`originRate` of mesh/broadcast/settings.ts), and the news of a detection must have its share. So the first few readings
 * go at once, each by itself; what comes faster is gathered until the next frame may go, and goes whole.
 */
import type { Machine, Tick } from "../core/machine.js";
import type { MessageOf } from "../core/messages.js";
import { TokenBucket } from "../core/token-bucket.js";
import { HEARD_MAX, reading } from "../wire/messages/sensing.js";

export type ReadingBody = MessageOf<"READING">;
export type ReadingNews = ReadingBody | MessageOf<"READINGS">;
type Input = { readonly type: "say"; readonly body: ReadingBody } | Tick;

/** Frames, sustained and at once: half of what others take from a hub. Raise: what is gathered waits for less than the 200 ms of now; lower: fewer
 *  signatures to check, everywhere. Unit: per second; count. */
const FRAMES_PER_SECOND = 5;
const FRAMES_BURST = 50;
/** A hundred readings: 500 a second, 40 kB/s. More would crowd out a home's other traffic over slow Wi-Fi. Unit: bytes. */
export const FRAME_BYTES_MAX = 8 * 1024;
/** What a burst may pile up, told within two seconds. Of a sensor that says too much its own oldest is left out, so that none silences another; it stays
 *  in this hub's history. Unit: bytes. */
const WAITING_BYTES_MAX = 10 * FRAME_BYTES_MAX;

interface Waiting {
  readonly body: ReadingBody;
  readonly bytes: number;
}

export class ReadingPace implements Machine<Input, ReadingNews> {
  readonly #bucket = new TokenBucket(FRAMES_PER_SECOND, FRAMES_BURST);
  readonly #onDrop: () => void;
  /** In the order in which they were heard. */
  #waiting: Waiting[] = [];
  #bytes = 0;
  #deadlineMs: number | undefined;

  /** @param onDrop a reading is not told of, since too many wait. */
  constructor(onDrop: () => void) {
    this.#onDrop = onDrop;
  }

  get deadlineMs(): number | undefined {
    return this.#deadlineMs;
  }

  handle(input: Input, nowMs: number): readonly ReadingNews[] {
    if (input.type === "say") return this.#say(input.body, nowMs);
    const told = this.#waiting.length > 0 && this.#bucket.take(nowMs) ? [this.#next()] : [];
    this.#deadlineMs = this.#waiting.length === 0 ? undefined : this.#bucket.readyMs(nowMs);
    return told;
  }

  /** All that waits, for a hub that stops. */
  rest(): readonly ReadingNews[] {
    const rest: ReadingNews[] = [];
    while (this.#waiting.length > 0) rest.push(this.#next());
    this.#deadlineMs = undefined;
    return rest;
  }

  #say(body: ReadingBody, nowMs: number): readonly ReadingNews[] {
    if (this.#waiting.length === 0) {
      if (this.#bucket.take(nowMs)) return [body];
      this.#deadlineMs = this.#bucket.readyMs(nowMs);
    }
    this.#keep(body);
    return [];
  }

  #keep(body: ReadingBody): void {
    const bytes = reading.size(body);
    this.#waiting.push({ body, bytes });
    this.#bytes += bytes;
    while (this.#bytes > WAITING_BYTES_MAX) {
      const own = this.#waiting.findIndex((waiting) => waiting.body.sensor === body.sensor);
      // Where nothing of this sensor waits but what was just heard: the oldest of all, which is most often of those that say much.
      const [dropped] = this.#waiting.splice(own === this.#waiting.length - 1 ? 0 : own, 1);
      this.#bytes -= dropped?.bytes ?? 0;
      this.#onDrop();
    }
  }

  #next(): ReadingNews {
    const count = fitting(this.#waiting);
    const told = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const { bytes } of told) this.#bytes -= bytes;
    return frameOf(told.map(({ body }) => body));
  }
}

/** @returns the same in as few frames as they fit in, for a hub that is told them all at once. */
export function inFrames(bodies: readonly ReadingBody[]): ReadingNews[] {
  const frames: ReadingNews[] = [];
  let rest = bodies.map((body) => ({ body, bytes: reading.size(body) }));
  while (rest.length > 0) {
    const count = fitting(rest);
    frames.push(frameOf(rest.slice(0, count).map(({ body }) => body)));
    rest = rest.slice(count);
  }
  return frames;
}

/** How many of the first go in one frame: one at the least. */
function fitting(waiting: readonly Waiting[]): number {
  let bytes = 0;
  let count = 0;
  for (const next of waiting) {
    bytes += next.bytes;
    if (count > 0 && (bytes > FRAME_BYTES_MAX || count >= HEARD_MAX)) break;
    count += 1;
  }
  return count;
}

function frameOf(heard: readonly ReadingBody[]): ReadingNews {
  const [first] = heard;
  return heard.length === 1 && first !== undefined ? first : { type: "READINGS", heard };
}
