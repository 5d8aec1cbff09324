/**
 * Frames in order and each once, or the end of it, over packets that may be lost, doubled and reordered. Pure: the two halves
 * (`sealed-sender.ts`, `sealed-receiver.ts`), when to acknowledge, and when to give up.
 */
import { type PacketBody, readBody, writeBody } from "./sealed-packet.js";
import { SealedReceiver } from "./sealed-receiver.js";
import { SealedSender, type Segment } from "./sealed-sender.js";
import type { SealedSettings } from "./sealed-settings.js";

export interface StreamEvents {
  /** To be sealed and sent, once. */
  packet(body: Uint8Array): void;
  frame(frame: Uint8Array): void;
  /** Once, unless this side closed it: nothing comes any more. */
  ended(reason: StreamEnd): void;
}

export type StreamEnd = "closed" | "lost" | "violation";

/** Two segments are acknowledged at once, one waits for `ackDelayMs` (RFC 5681 §4.2). */
const UNACKED_MAX = 2;

export class SealedStream {
  readonly #settings: SealedSettings;
  readonly #events: StreamEvents;
  readonly #sender: SealedSender;
  readonly #receiver = new SealedReceiver();
  #unacked = 0;
  #ackMs = Number.POSITIVE_INFINITY;
  #heardMs: number;
  /** A sign of life was asked for. */
  #askedMs = Number.POSITIVE_INFINITY;
  #open = true;

  constructor(settings: SealedSettings, events: StreamEvents, nowMs: number) {
    this.#settings = settings;
    this.#events = events;
    this.#sender = new SealedSender(settings);
    this.#heardMs = nowMs;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get rttMs(): number {
    return this.#sender.rttMs;
  }

  get deadlineMs(): number {
    if (!this.#open) return Number.POSITIVE_INFINITY;
    return Math.min(this.#sender.deadlineMs, this.#ackMs, this.#lifeMs());
  }

  /** Leaves with the next tick. @returns false when too much waits already. */
  write(frame: Uint8Array, nowMs: number): boolean {
    return this.#open && this.#sender.write(frame, nowMs);
  }

  /** @param bytes what was inside the seal; not to be changed afterwards. */
  receive(bytes: Uint8Array, nowMs: number): void {
    if (!this.#open) return;
    const body = readBody(bytes);
    if (body === undefined || !this.#sender.onAck(body.ack, body.ranges, nowMs)) return this.#end("violation");
    this.#heardMs = nowMs;
    this.#askedMs = Number.POSITIVE_INFINITY;
    if (body.segment !== undefined && !this.#take(body.segment, nowMs)) return;
    if (body.close === true) return this.#end("closed");
    if (body.ackWanted === true) this.#ackMs = nowMs;
    this.tick(nowMs);
  }

  tick(nowMs: number): void {
    if (!this.#open) return;
    if (this.#sender.giveUpMs <= nowMs || this.#askedMs + this.#settings.giveUpMs <= nowMs) return this.#end("lost");
    for (let segment = this.#sender.next(nowMs); segment !== undefined; segment = this.#sender.next(nowMs)) {
      this.#say({ segment });
    }
    if (this.#ackMs <= nowMs) this.#say({});
    if (this.#lifeMs() > nowMs) return;
    this.#askedMs = Math.min(this.#askedMs, nowMs);
    this.#heardMs = nowMs;
    this.#say({ ackWanted: true });
  }

  /** The broker was gone and is there again. */
  resume(nowMs: number): void {
    this.#sender.resume();
    this.tick(nowMs);
  }

  /** What waits is dropped. The other end is told, once. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#say({ close: true });
  }

  /** When a sign of life is asked for, or asked for again. What is unacknowledged asks by itself. */
  #lifeMs(): number {
    return this.#sender.isIdle ? this.#heardMs + this.#settings.idleMs : Number.POSITIVE_INFINITY;
  }

  /** @returns false when the stream has ended meanwhile. */
  #take({ offset, bytes }: Segment, nowMs: number): boolean {
    const receipt = this.#receiver.receive(offset, bytes, (frame) => {
      this.#events.frame(frame);
      return this.#open;
    });
    if (!this.#open) return false;
    if (receipt === "violation") {
      this.#end("violation");
      return false;
    }
    this.#unacked += 1;
    const atOnce = receipt !== "new" || this.#unacked >= UNACKED_MAX;
    this.#ackMs = Math.min(this.#ackMs, atOnce ? nowMs : nowMs + this.#settings.ackDelayMs);
    return true;
  }

  #say(body: Omit<PacketBody, "ack" | "ranges">): void {
    this.#unacked = 0;
    this.#ackMs = Number.POSITIVE_INFINITY;
    this.#events.packet(writeBody({ ack: this.#receiver.offset, ranges: this.#receiver.ranges(), ...body }));
  }

  #end(reason: StreamEnd): void {
    if (reason === "closed") this.#open = false;
    else this.close();
    this.#events.ended(reason);
  }
}
