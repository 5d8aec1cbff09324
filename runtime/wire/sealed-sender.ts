/**
 * The sending half of a sealed session: frames → a stream of bytes → segments, sent again until they are acknowledged. Pure.
 * Loss and pace as TCP: RFC 6298 (timeout), RFC 6675 (selective acknowledgement), RFC 5681 (congestion window). A broker that
 * restarts loses all that is under way, one that is overrun drops what comes last.
 */
import { type Range, SEGMENT_OVERHEAD_BYTES, SEGMENTS_AHEAD_MAX, WINDOW_BYTES } from "./sealed-packet.js";
import type { SealedSettings } from "./sealed-settings.js";

export interface Segment {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

interface SentSegment extends Segment {
  readonly firstMs: number;
  sentMs: number;
  tries: number;
  state: "flight" | "lost" | "arrived";
}

/** So many later segments have arrived: this one will not any more (RFC 6675 DupThresh). */
const REORDERED_MAX = 3;
const SEGMENT_BYTES_MIN = 64;
/** Two of the largest segments to begin with: the way to the broker is TCP, which finds its own pace. Unit: bytes. */
const INITIAL_WINDOW_BYTES = 64 * 1024;

export class SealedSender {
  readonly #settings: SealedSettings;
  readonly #chunks: Uint8Array[] = [];
  /** Bytes of the first chunk that have left already. */
  #taken = 0;
  #queuedBytes = 0;
  #batchMs = Number.POSITIVE_INFINITY;
  #segments: SentSegment[] = [];
  #nextOffset = 0;
  #ackedOffset = 0;
  /** Bytes in state "flight". */
  #flightBytes = 0;
  #segmentBytesMax: number;
  #windowBytes = INITIAL_WINDOW_BYTES;
  #thresholdBytes = WINDOW_BYTES;
  /** Losses below it belong to a cut of the window that was made already. */
  #recoveryOffset = 0;
  #srttMs = Number.NaN;
  #rttVarMs = 0;
  #rtoMs: number;
  #rtoFromMs = 0;

  constructor(settings: SealedSettings) {
    this.#settings = settings;
    this.#rtoMs = settings.rtoInitialMs;
    this.#segmentBytesMax = Math.max(SEGMENT_BYTES_MIN, settings.payloadBytesMax - SEGMENT_OVERHEAD_BYTES);
  }

  /** Smoothed round trip; NaN before the first. Unit: ms. */
  get rttMs(): number {
    return this.#srttMs;
  }

  get isIdle(): boolean {
    return this.#segments.length === 0 && this.#queuedBytes === 0;
  }

  /** When the other end is given up unless it acknowledges something. Unit: ms. */
  get giveUpMs(): number {
    const first = this.#segments[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first.firstMs + this.#settings.giveUpMs;
  }

  get deadlineMs(): number {
    const batchMs = this.#hasRoom() ? this.#batchMs : Number.POSITIVE_INFINITY;
    return Math.min(batchMs, this.#timeoutMs(), this.giveUpMs);
  }

  /** @returns false when too much waits already. */
  write(frame: Uint8Array, nowMs: number): boolean {
    const head = lengthOf(frame.length);
    const bytes = head.length + frame.length;
    if (this.#queuedBytes + bytes > this.#settings.queueBytesMax) return false;
    if (this.#queuedBytes === 0) this.#batchMs = nowMs + this.#settings.batchMs;
    this.#chunks.push(head);
    if (frame.length > 0) this.#chunks.push(frame);
    this.#queuedBytes += bytes;
    if (this.#queuedBytes >= this.#segmentBytesMax) this.#batchMs = nowMs;
    return true;
  }

  /** @returns false when the other end acknowledges what was never sent. */
  onAck(ack: number, ranges: readonly Range[], nowMs: number): boolean {
    if (ack > this.#nextOffset) return false;
    const ackedBytes = Math.max(0, ack - this.#ackedOffset);
    this.#ackedOffset = Math.max(this.#ackedOffset, ack);
    let done = 0;
    for (const segment of this.#segments) {
      if (segment.offset + segment.bytes.length > ack) break;
      this.#arrived(segment, nowMs);
      done += 1;
    }
    if (done > 0) {
      this.#segments.splice(0, done);
      this.#rtoFromMs = nowMs;
      this.#grow(ackedBytes);
    }
    for (const segment of this.#segments) {
      const end = segment.offset + segment.bytes.length;
      if (ranges.some(([from, to]) => from <= segment.offset && end <= to)) this.#arrived(segment, nowMs);
    }
    this.#findLost();
    return true;
  }

  /** What may leave now, marked as sent; undefined when nothing may. To be called until then. */
  next(nowMs: number): Segment | undefined {
    if (this.#timeoutMs() <= nowMs) this.#timedOut();
    if (this.#flightBytes >= this.#windowBytes) return undefined;
    const lost = this.#segments.find(({ state }) => state === "lost");
    if (lost !== undefined) return this.#send(lost, nowMs);
    if (this.#batchMs > nowMs || !this.#hasRoom()) return undefined;
    const bytes = this.#take();
    const segment: SentSegment = {
      offset: this.#nextOffset,
      bytes,
      firstMs: nowMs,
      sentMs: nowMs,
      tries: 0,
      state: "lost",
    };
    this.#nextOffset += bytes.length;
    this.#segments.push(segment);
    return this.#send(segment, nowMs);
  }

  /** The way was interrupted and is there again: what was under way is sent anew, without waiting for the timeout. */
  resume(): void {
    this.#loseAll();
    this.#rtoMs = this.#rtoOf();
  }

  #hasRoom(): boolean {
    const underWay = this.#nextOffset - this.#ackedOffset;
    const next = Math.min(this.#queuedBytes, this.#segmentBytesMax);
    return (
      next > 0 &&
      underWay + next <= WINDOW_BYTES &&
      this.#segments.length < SEGMENTS_AHEAD_MAX &&
      this.#flightBytes < this.#windowBytes
    );
  }

  #send(segment: SentSegment, nowMs: number): Segment {
    if (this.#flightBytes === 0) this.#rtoFromMs = nowMs;
    segment.state = "flight";
    segment.tries += 1;
    segment.sentMs = nowMs;
    this.#flightBytes += segment.bytes.length;
    return segment;
  }

  #take(): Uint8Array {
    const out = new Uint8Array(Math.min(this.#queuedBytes, this.#segmentBytesMax));
    let filled = 0;
    let used = 0;
    while (filled < out.length) {
      const chunk = this.#chunks[used] as Uint8Array;
      const part = chunk.subarray(this.#taken, this.#taken + out.length - filled);
      out.set(part, filled);
      filled += part.length;
      this.#taken += part.length;
      if (this.#taken < chunk.length) break;
      this.#taken = 0;
      used += 1;
    }
    this.#chunks.splice(0, used);
    this.#queuedBytes -= out.length;
    // What is left was written before now: it does not wait again.
    if (this.#queuedBytes === 0) this.#batchMs = Number.POSITIVE_INFINITY;
    return out;
  }

  #arrived(segment: SentSegment, nowMs: number): void {
    if (segment.state === "arrived") return;
    if (segment.state === "flight") this.#flightBytes -= segment.bytes.length;
    segment.state = "arrived";
    // Karn: of one that was sent twice nobody knows which has arrived.
    if (segment.tries === 1) this.#measure(nowMs - segment.sentMs);
  }

  #findLost(): void {
    let arrivedAbove = 0;
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i] as SentSegment;
      if (segment.state === "arrived") arrivedAbove += 1;
      // One that was sent again is left to the timeout.
      else if (segment.state === "flight" && segment.tries === 1 && arrivedAbove >= REORDERED_MAX) {
        segment.state = "lost";
        this.#flightBytes -= segment.bytes.length;
        if (segment.offset < this.#recoveryOffset) continue;
        this.#recoveryOffset = this.#nextOffset;
        this.#shrink();
        this.#windowBytes = this.#thresholdBytes;
      }
    }
  }

  #timeoutMs(): number {
    return this.#flightBytes > 0 ? this.#rtoFromMs + this.#rtoMs : Number.POSITIVE_INFINITY;
  }

  #timedOut(): void {
    this.#shrink();
    this.#windowBytes = this.#segmentBytesMax;
    this.#recoveryOffset = this.#nextOffset;
    this.#rtoMs = Math.min(this.#settings.rtoMaxMs, this.#rtoMs * 2);
    this.#loseAll();
  }

  #loseAll(): void {
    for (const segment of this.#segments) if (segment.state === "flight") segment.state = "lost";
    this.#flightBytes = 0;
  }

  #grow(ackedBytes: number): void {
    const step =
      this.#windowBytes < this.#thresholdBytes ? ackedBytes : (this.#segmentBytesMax * ackedBytes) / this.#windowBytes;
    this.#windowBytes = Math.min(WINDOW_BYTES, this.#windowBytes + step);
  }

  #shrink(): void {
    const underWay = this.#nextOffset - this.#ackedOffset;
    this.#thresholdBytes = Math.max(2 * this.#segmentBytesMax, underWay / 2);
  }

  #measure(rttMs: number): void {
    if (Number.isNaN(this.#srttMs)) {
      this.#srttMs = rttMs;
      this.#rttVarMs = rttMs / 2;
    } else {
      this.#rttVarMs += (Math.abs(this.#srttMs - rttMs) - this.#rttVarMs) / 4;
      this.#srttMs += (rttMs - this.#srttMs) / 8;
    }
    this.#rtoMs = this.#rtoOf();
  }

  #rtoOf(): number {
    const { rtoInitialMs, rtoMaxMs, rtoMinMs } = this.#settings;
    if (Number.isNaN(this.#srttMs)) return rtoInitialMs;
    return Math.min(rtoMaxMs, Math.max(rtoMinMs, this.#srttMs + 4 * this.#rttVarMs));
  }
}

/** 7 bits a byte, the least significant first; frames are up to 64 KiB. */
function lengthOf(bytes: number): Uint8Array {
  if (bytes < 0x80) return Uint8Array.of(bytes);
  if (bytes < 0x4000) return Uint8Array.of((bytes & 0x7f) | 0x80, bytes >> 7);
  return Uint8Array.of((bytes & 0x7f) | 0x80, ((bytes >> 7) & 0x7f) | 0x80, bytes >> 14);
}
