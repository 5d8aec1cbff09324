/**
 * Recordings on disk: written while adverts arrive, read back as a replay. Reads and writes files.
 * `recording-format.ts` says what the lines are.
 */
import { type FileHandle, open, rm } from "node:fs/promises";
import type { Advert, AdvertSource } from "../../runtime/core/advert.js";
import { MindosError, messageOf } from "../../runtime/core/errors.js";
import type { Clock } from "../../runtime/core/time.js";
import { fitsAdvert, isAddress, isRssi } from "./advert-limits.js";
import { invalidLine, readLines } from "./lines.js";
import {
  formatAdvert,
  formatHeader,
  parseAdvert,
  parseHeader,
  RECORDING_LINE_BYTES_MAX,
  type RecordingHeader,
} from "./recording-format.js";
import { realTimers, type TimedAdvert, type Timers } from "./replay-source.js";

/** Text waiting for a slow disk; beyond it adverts are dropped and counted. */
const PENDING_CHARACTERS_MAX = 1 << 20;
/** A gigabyte of adverts is a mistake, not a recording: four million of them. */
const FILE_BYTES_MAX = 1 << 30;
/** What a power cut may take. */
const SYNC_INTERVAL_MS = 1_000;

export interface RecordingSummary {
  readonly adverts: number;
  /** Not written: the disk was too slow, or the advert is not one that a radio can hear. */
  readonly dropped: number;
  readonly bytes: number;
}

/** @param onCut told when the last line was cut and skipped.
 *  @returns adverts, read anew each time they are iterated.
 *  @throws MindosError REPLAY_MISSING | REPLAY_INVALID with file and line, while iterating. */
export function readRecording(path: string, onCut?: (lineNumber: number) => void): AsyncIterable<TimedAdvert> {
  return {
    async *[Symbol.asyncIterator]() {
      let header: RecordingHeader | undefined;
      let lastMs = 0;
      for await (const line of readLines(path, RECORDING_LINE_BYTES_MAX)) {
        let advert: TimedAdvert;
        try {
          if (!header) {
            header = parseHeader(line.text);
            continue;
          }
          advert = parseAdvert(line.text, header);
          if (advert.atMs < lastMs) throw new RangeError(`goes back in time, from ${lastMs} to ${advert.atMs} ms`);
        } catch (error) {
          if (header && !line.ended) {
            onCut?.(line.number);
            return;
          }
          throw invalidLine(path, line.number, messageOf(error));
        }
        lastMs = advert.atMs;
        yield advert;
      }
      if (!header) throw new MindosError("REPLAY_INVALID", `${path} is empty`);
    },
  };
}

/** Appends lines to a new file. */
export class RecordingWriter {
  #pending = "";
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #adverts = 0;
  #dropped = 0;
  #bytes = 0;
  #lastMs = 0;

  private constructor(
    readonly path: string,
    readonly file: FileHandle,
  ) {}

  /** @throws MindosError BAD_INPUT when the file exists already or cannot be made. */
  static async create(path: string, header: RecordingHeader): Promise<RecordingWriter> {
    let file: FileHandle;
    try {
      file = await open(path, "wx");
    } catch (error) {
      const exists = (error as NodeJS.ErrnoException).code === "EEXIST";
      const problem = exists ? "exists already; name another file" : `cannot be written: ${messageOf(error)}`;
      throw new MindosError("BAD_INPUT", `${path} ${problem}`, { cause: error });
    }
    const writer = new RecordingWriter(path, file);
    writer.#append(formatHeader(header));
    return writer;
  }

  get summary(): RecordingSummary {
    return { adverts: this.#adverts, dropped: this.#dropped, bytes: this.#bytes };
  }

  /** Set once the disk refused; nothing is written any more. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** @param atMs since the start of the recording; clamped so that it never falls.
   *  @returns false when the advert was dropped: the disk is too slow, or a reader would refuse the line. */
  write(advert: Advert, atMs: number): boolean {
    this.#lastMs = Math.max(this.#lastMs, atMs);
    const taken = !this.failed && isRecordable(advert) && this.#append(formatAdvert(advert, this.#lastMs));
    if (taken) this.#adverts++;
    else this.#dropped++;
    return taken;
  }

  /** What was written so far survives a power cut. */
  async sync(): Promise<void> {
    await this.#drained();
    if (!this.failed) await this.file.datasync().catch((error: unknown) => this.#fail(error));
  }

  /** @throws MindosError DISK_FULL | BAD_INPUT when not everything could be written. */
  async close(): Promise<RecordingSummary> {
    await this.sync();
    await this.file.close().catch((error: unknown) => this.#fail(error));
    if (this.#failure === undefined) return this.summary;
    const full = (this.#failure as NodeJS.ErrnoException).code === "ENOSPC";
    const problem = `${this.path} cannot be written: ${messageOf(this.#failure)}`;
    throw new MindosError(full ? "DISK_FULL" : "BAD_INPUT", problem, { cause: this.#failure });
  }

  #append(line: string): boolean {
    if (this.#pending.length + line.length > PENDING_CHARACTERS_MAX || this.#bytes > FILE_BYTES_MAX) return false;
    this.#pending += `${line}\n`;
    this.#writing ??= this.#drain();
    return true;
  }

  async #drained(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async #drain(): Promise<void> {
    while (this.#pending !== "" && !this.failed) {
      const bytes = Buffer.from(this.#pending);
      this.#pending = "";
      try {
        await this.file.appendFile(bytes);
        this.#bytes += bytes.length;
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#writing = undefined;
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
  }
}

function isRecordable({ address, rssiDbm, serviceData, manufacturerData }: Advert): boolean {
  return isAddress(address) && isRssi(rssiDbm) && fitsAdvert(serviceData, manufacturerData);
}

export interface RecordOptions {
  readonly clock: Clock;
  /** Ends after this many seconds, or this many adverts, or when aborted, whichever is first. */
  readonly seconds?: number;
  readonly count?: number;
  readonly signal?: AbortSignal;
  /** Called about once a second. */
  readonly onProgress?: (summary: RecordingSummary) => void;
  readonly timers?: Timers;
}

/** Starts the source, writes what it hears to a new file, and stops it again.
 *  @throws MindosError RADIO_UNAVAILABLE and what else the source throws | BAD_INPUT | DISK_FULL */
export async function recordAdverts(
  source: AdvertSource,
  path: string,
  options: RecordOptions,
): Promise<RecordingSummary> {
  const { clock, signal, count = Infinity, seconds = Infinity } = options;
  if (!(count > 0 && seconds > 0)) throw new MindosError("BAD_INPUT", "a recording needs a time and a count above 0");
  const writer = await RecordingWriter.create(path, { source: source.name, startedWallMs: clock.wallMs() });
  const startMs = clock.nowMs();
  const ending = new AbortController();
  const end = (): void => ending.abort();
  signal?.addEventListener("abort", end);
  let started = false;
  try {
    await source.start((advert) => {
      if (writer.summary.adverts < count) writer.write(advert, advert.heardMs - startMs);
      if (writer.summary.adverts >= count) end();
    });
    started = true;
    if (signal?.aborted) end();
    await recordUntil(ending.signal, writer, options, seconds);
    await source.stop();
  } finally {
    signal?.removeEventListener("abort", end);
    await writer.close();
    // A header alone would only stand in the way of the next try.
    if (!started) await rm(path, { force: true });
  }
  return writer.summary;
}

/** Saves and reports about once a second until told to end, out of time or out of disk. */
function recordUntil(ending: AbortSignal, writer: RecordingWriter, options: RecordOptions, seconds: number) {
  const { clock, timers = realTimers, onProgress } = options;
  const endMs = clock.nowMs() + seconds * 1_000;
  return new Promise<void>((resolve) => {
    let timer: unknown;
    const finish = (): void => {
      timers.clear(timer);
      ending.removeEventListener("abort", finish);
      resolve();
    };
    const wait = (): void => {
      timer = timers.set(tick, Math.min(Math.ceil(endMs - clock.nowMs()), SYNC_INTERVAL_MS));
    };
    const tick = (): void => {
      void writer.sync();
      onProgress?.(writer.summary);
      if (writer.failed || clock.nowMs() >= endMs) finish();
      else wait();
    };
    ending.addEventListener("abort", finish);
    if (ending.aborted) finish();
    else wait();
  });
}
