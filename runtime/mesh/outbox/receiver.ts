/**
 * The receiving half of the outbox: delivers each parcel once, and acknowledges it when the window that remembers it is on disk. Pure.
 * In this order: deliver, write, acknowledge. A parcel is never acknowledged and lost; only a loss of power between the first two,
 * while one write takes, can deliver it again. What comes during a write is written together afterwards (group commit).
 */
import { LruMap } from "../../core/bounded.js";
import type { HubId } from "../../core/ids.js";
import { PARCEL_WINDOW, type ParcelBody } from "../../core/messages-outbox.js";
import type { StoreOperation } from "../../core/ports.js";
import { InWindow } from "./in-window.js";
import type { OutboxSink } from "./outbox-sink.js";
import type { ParcelProofs } from "./parcel-proofs.js";
import { type UnreadRecord, type WindowRecord, windowBytes, windowKey } from "./records.js";
import { parcelMessage } from "./sender.js";
import type { OutboxSettings } from "./settings.js";
import { UnreadParcels } from "./unread.js";

export interface ReceiverOptions {
  readonly hub: HubId;
  readonly settings: OutboxSettings;
  readonly sink: OutboxSink;
  readonly proofs: ParcelProofs;
  readonly nextSerial: () => number;
}

interface Write {
  readonly serial: number;
  readonly origins: ReadonlySet<HubId>;
  readonly unread: readonly StoreOperation[];
}

interface Ack {
  readonly to: HubId;
  readonly origin: HubId;
}

export class Receiver {
  readonly #hub: HubId;
  readonly #settings: OutboxSettings;
  readonly #sink: OutboxSink;
  readonly #proofs: ParcelProofs;
  readonly #nextSerial: () => number;
  #windows: LruMap<HubId, InWindow> | undefined;
  /** Origins whose windows differ from what is on disk. */
  #dirty = new Set<HubId>();
  readonly #unread: UnreadParcels;
  /** The write under way, and whose windows it holds. */
  #writing: Write | undefined;
  /** The last write failed: nothing new is taken until one succeeds, or what is delivered and cannot be acknowledged would grow without end. */
  #diskFailed = false;
  /** By reader and origin. */
  readonly #acks = new Map<string, Ack>();
  #flushMs = Number.POSITIVE_INFINITY;

  constructor({ hub, settings, sink, proofs, nextSerial }: ReceiverOptions) {
    this.#hub = hub;
    this.#settings = settings;
    this.#sink = sink;
    this.#proofs = proofs;
    this.#nextSerial = nextSerial;
    this.#unread = new UnreadParcels(settings);
  }

  /** Parcels that wait for a version that can read them. */
  get unread(): number {
    return this.#unread.size;
  }

  get deadlineMs(): number {
    return this.#flushMs;
  }

  onParcel(from: HubId, body: ParcelBody, nowMs: number): void {
    const { origin = from, stream, number, behind, kind, content } = body;
    const isWhole = kind !== undefined && content !== undefined && number >= 1;
    if (!isWhole || origin === this.#hub || (origin === from && behind === undefined))
      return this.#sink.count("mesh.outbox.incomplete");
    const isByCustodian = origin !== from;
    // Before any window is touched: a forged number would bar a true one, a forged stream all that follow.
    if (
      isByCustodian &&
      !this.#proofs.isParcelProven({ origin, to: this.#hub, stream, number, kind, content }, body.proof, nowMs)
    )
      return;
    // Only the origin knows what it has given up; a custodian knows its own parcels alone.
    const back = isByCustodian || behind === undefined ? PARCEL_WINDOW : behind + 1;
    if (this.#diskFailed) {
      this.#sink.count("mesh.outbox.diskFailed");
      return this.#write();
    }
    if (this.#unread.isFull) return this.#sink.count("mesh.outbox.unreadBusy");
    const settled = Math.max(0, number - back);
    const window = this.#windowOf(origin, stream, settled);
    if (stream < window.stream) return this.#sink.count("mesh.outbox.oldStream");
    if (!isByCustodian) window.settleUpTo(settled);
    const arrival = window.arrive(number);
    if (arrival === "ahead") return this.#sink.count("mesh.outbox.ahead");
    if (this.#acks.size < this.#settings.windowsMax) this.#acks.set(from + origin, { to: from, origin });
    this.#flushMs = Math.min(this.#flushMs, nowMs + this.#settings.ackDelayMs);
    if (arrival === "duplicate") this.#sink.count("mesh.outbox.repeat");
    else {
      this.#dirty.add(origin);
      this.#deliver({ origin, stream, number, kind, content });
    }
    this.#write();
  }

  /** Acknowledges what is safe on disk; what is not waits for its write. */
  tick(nowMs: number): void {
    if (this.#flushMs > nowMs) return;
    this.#flushMs = Number.POSITIVE_INFINITY;
    for (const [key, ack] of this.#acks) {
      if (this.#dirty.has(ack.origin) || this.#writing?.origins.has(ack.origin) === true) continue;
      this.#acks.delete(key);
      this.#acknowledge(ack);
    }
  }

  written(serial: number, nowMs: number): void {
    if (this.#writing === undefined || this.#writing.serial > serial) return;
    this.#writing = undefined;
    this.#diskFailed = false;
    if (this.#acks.size > 0) this.#flushMs = Math.min(this.#flushMs, nowMs + this.#settings.ackDelayMs);
    this.#write();
  }

  /** Nothing is acknowledged: the parcels come again, and each tries the write again. */
  writeFailed(serial: number): void {
    if (this.#writing?.serial !== serial) return;
    this.#sink.count("mesh.outbox.notWritten");
    for (const origin of this.#writing.origins) this.#dirty.add(origin);
    this.#unread.putBack(this.#writing.unread);
    this.#writing = undefined;
    this.#diskFailed = true;
  }

  restore({ origin, stream, floor, above }: WindowRecord): void {
    this.#remember(origin, new InWindow(stream, floor, above));
  }

  /** After the windows, in the order in which they came: perhaps this version reads it. */
  restoreUnread(record: UnreadRecord): void {
    const { origin, stream, number, kind, content } = record;
    if (this.#sink.deliver(origin, { kind, bytes: content }, { stream, number })) this.#unread.wasRead(record);
    else this.#unread.restore(record);
  }

  /** That was all. */
  restored(): void {
    this.#write();
  }

  #deliver(record: UnreadRecord): void {
    const { origin, stream, number, kind, content } = record;
    if (this.#sink.deliver(origin, { kind, bytes: content }, { stream, number })) return;
    this.#sink.count("mesh.outbox.unread");
    const dropped = this.#unread.add(record);
    if (dropped > 0) this.#sink.count("mesh.outbox.unreadDropped", dropped);
  }

  #write(): void {
    if (this.#writing !== undefined || (this.#dirty.size === 0 && !this.#unread.isToBeWritten)) return;
    const origins = this.#dirty;
    this.#dirty = new Set();
    const puts: StoreOperation[] = [];
    for (const origin of origins) {
      const window = this.#windows?.get(origin);
      if (window === undefined) continue;
      const { stream, floor } = window;
      puts.push({ type: "put", key: windowKey(origin), value: windowBytes({ stream, floor, above: window.above() }) });
    }
    const serial = this.#nextSerial();
    const unread = this.#unread.take();
    this.#writing = { serial, origins, unread };
    this.#sink.write([...unread, ...puts], serial);
  }

  /** All that has arrived of the stream, so that a lost acknowledgement costs nothing once a later one comes. */
  #acknowledge({ to, origin }: Ack): void {
    const window = this.#windows?.get(origin);
    if (window === undefined) return;
    const bits = window.above();
    const above = bits.length === 0 ? undefined : bits;
    const ack = { origin, to: this.#hub, stream: window.stream, number: window.floor, above };
    const { stream, number } = ack;
    const passedOn = origin === to ? {} : { origin, proof: this.#proofs.signAck(ack) };
    this.#sink.route(to, parcelMessage({ op: "ack", stream, number, above, ...passedOn }));
  }

  /** A greater stream is a new numbering: what came before it is over. */
  #windowOf(origin: HubId, stream: number, settled: number): InWindow {
    const known = this.#windows?.get(origin);
    if (known !== undefined && known.stream >= stream) return known;
    const window = new InWindow(stream, settled);
    this.#remember(origin, window);
    return window;
  }

  #remember(origin: HubId, window: InWindow): void {
    this.#windows ??= new LruMap(this.#settings.windowsMax);
    const forgotten = this.#windows.set(origin, window);
    if (forgotten === undefined) return;
    this.#sink.count("mesh.outbox.windowForgotten");
    this.#dirty.delete(forgotten[0]);
    this.#sink.write([{ type: "delete", key: windowKey(forgotten[0]) }], this.#nextSerial());
  }
}
