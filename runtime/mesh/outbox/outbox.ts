/**
 * Store and forward: what must arrive, exactly once, however long it takes. Pure.
 *
 *     send ─► on disk ─► queue (priority, pace) ─► PARCEL ─► window ─► delivered ─► window on disk ─► ack ─► off disk
 *
 * A hub that leaves hands what it holds to custodians (RFC 5050 §5.10 has the idea), who deliver it in its place. Both may then
 * deliver: the reader's window takes one. Neither can a custodian change what it carries, nor say that it has arrived
 * (`parcel-proofs.ts`). Parcels of one sender may overtake each other.
 */
import type { HubId } from "../../core/ids.js";
import { PARCEL_CONTENT_BYTES_MAX, type ParcelBody, type ParcelOp } from "../../core/messages-outbox.js";
import type { OriginAuthority } from "../broadcast/origin.js";
import type { Part } from "../part.js";
import type { Content, OutboxSink, ParcelRef, WaitingParcel } from "./outbox-sink.js";
import { ParcelProofs } from "./parcel-proofs.js";
import { Receiver } from "./receiver.js";
import { type OutboxRecord, readRecord } from "./records.js";
import { parcelMessage, Sender } from "./sender.js";
import { OUTBOX_DEFAULTS, type OutboxSettings } from "./settings.js";

export interface OutboxOptions {
  readonly hub: HubId;
  readonly epoch: number;
  /** Wall clock minus monotonic clock, at the start: parcels on disk say in wall time when they run out. Unit: ms. */
  readonly wallOffsetMs: number;
  readonly sink: OutboxSink;
  /** Absent: nothing is signed and everything believed (a simulation). */
  readonly authority?: OriginAuthority | undefined;
  readonly settings?: OutboxSettings;
}

export interface Delivery {
  /** 0 (whenever) … 7 (now). */
  readonly priority: number;
  /** At most `ttlMsMax`. Unit: ms. */
  readonly ttlMs: number;
}

export class Outbox implements Part {
  readonly #hub: HubId;
  readonly #settings: OutboxSettings;
  readonly #sink: OutboxSink;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  /** Custody that is promised once it is written: by serial, in order. */
  readonly #promises = new Map<number, { readonly from: HubId; readonly body: ParcelBody }>();
  #serial = 0;

  constructor({ hub, epoch, wallOffsetMs, sink, authority, settings = OUTBOX_DEFAULTS }: OutboxOptions) {
    this.#hub = hub;
    this.#settings = settings;
    this.#sink = sink;
    const nextSerial = (): number => {
      this.#serial += 1;
      return this.#serial;
    };
    const proofs = new ParcelProofs(authority, (name) => sink.count(name));
    this.#sender = new Sender({ hub, epoch, wallOffsetMs, settings, sink, proofs, nextSerial });
    this.#receiver = new Receiver({ hub, settings, sink, proofs, nextSerial });
  }

  get deadlineMs(): number {
    return Math.min(this.#sender.deadlineMs, this.#receiver.deadlineMs);
  }

  /** What waits here to leave, own and others'. */
  get waiting(): { readonly parcels: number; readonly bytes: number } {
    return { parcels: this.#sender.parcels, bytes: this.#sender.bytes };
  }

  /** Parcels for this hub that wait for a version that can read them. */
  get unread(): number {
    return this.#receiver.unread;
  }

  /** This hub's own that wait, in no order. */
  own(): Generator<WaitingParcel> {
    return this.#sender.own();
  }

  /** After `leave`: nothing is left here that no custodian has taken. */
  get handedOver(): boolean {
    return this.#sender.handedOver;
  }

  /** @returns undefined when there is no room: what is here is worth more.
   *  @throws RangeError for a priority, a life or a size that no parcel can have, and for a parcel to oneself. */
  send(to: HubId, content: Content, { priority, ttlMs }: Delivery, nowMs: number): ParcelRef | undefined {
    if (to === this.#hub) throw new RangeError("a parcel to oneself");
    if (!Number.isInteger(priority) || priority < 0 || priority > 7) throw new RangeError(`priority ${priority}`);
    if (!(ttlMs > 0 && ttlMs <= this.#settings.ttlMsMax)) throw new RangeError(`a life of ${ttlMs} ms`);
    if (content.bytes.length > PARCEL_CONTENT_BYTES_MAX) throw new RangeError(`${content.bytes.length} bytes`);
    return this.#sender.send(to, content, priority, ttlMs, nowMs);
  }

  onParcel(from: HubId, body: ParcelBody, nowMs: number): void {
    const handlers: { readonly [O in ParcelOp]: () => void } = {
      parcel: () => this.#receiver.onParcel(from, body, nowMs),
      ack: () => this.#sender.onAck(from, body, nowMs),
      custody: () => this.#onCustody(from, body, nowMs),
      taken: () => this.#sender.onTaken(from, body, nowMs),
    };
    handlers[body.op]();
  }

  tick(nowMs: number): void {
    this.#sender.tick(nowMs);
    this.#receiver.tick(nowMs);
  }

  /** Everything up to this serial survives a loss of power. */
  written(serial: number, nowMs: number): void {
    this.#sender.written(serial, nowMs);
    this.#receiver.written(serial, nowMs);
    for (const [one, { from, body }] of this.#promises) {
      if (one > serial) break;
      this.#promises.delete(one);
      this.#promise(from, body);
    }
  }

  /** This one write did not happen: the disk is full. */
  writeFailed(serial: number): void {
    this.#promises.delete(serial);
    this.#sender.writeFailed(serial);
    this.#receiver.writeFailed(serial);
  }

  /** Somebody was put out of the home: what is kept for others is looked through. */
  prune(): void {
    this.#sender.prune();
  }

  /** A hub has been heard of again: a link, a frame, an answer of the directory. */
  reachable(hub: HubId, nowMs: number): void {
    this.#sender.reachable(hub, nowMs);
  }

  /** Own place, cell or routes have changed. */
  waysChanged(nowMs: number): void {
    this.#sender.waysChanged(nowMs);
  }

  /** This hub is about to leave: these take over what it has not delivered. An empty list: it stays after all. */
  leave(custodians: readonly HubId[], nowMs: number): void {
    this.#sender.leave(
      custodians.filter((hub) => hub !== this.#hub),
      nowMs,
    );
  }

  /** What `write` effects put and did not delete, of earlier runs. Before anything else happens. */
  restore(entries: Iterable<readonly [string, Uint8Array]>, nowMs: number): void {
    const records: OutboxRecord[] = [];
    for (const [key, value] of entries) {
      const record = readRecord(key, value);
      if (record === undefined) this.#sink.count("mesh.outbox.badRecord");
      else records.push(record);
    }
    for (const record of records)
      if (record.type === "stream") this.#sender.restoreStream(record);
      else if (record.type === "window") this.#receiver.restore(record);
    const parcels = records.filter((record) => record.type === "parcel").sort((a, b) => a.number - b.number);
    for (const parcel of parcels) this.#sender.restoreParcel(parcel, nowMs);
    const unread = records.filter((record) => record.type === "unread");
    for (const record of unread.sort((a, b) => a.stream - b.stream || a.number - b.number))
      this.#receiver.restoreUnread(record);
    this.#receiver.restored();
  }

  #onCustody(from: HubId, body: ParcelBody, nowMs: number): void {
    const { to, origin = from } = body;
    if (to === undefined || to === from) return this.#sink.count("mesh.outbox.incomplete");
    if (to === this.#hub) {
      this.#receiver.onParcel(from, body, nowMs);
      return;
    }
    const before = this.#serial;
    if (origin !== from || !this.#sender.takeCustody(origin, to, body, nowMs)) {
      this.#sink.count("mesh.outbox.custodyRefused");
      return;
    }
    // Taken before: promised again. Else once it is written.
    if (this.#serial === before) this.#promise(from, body);
    else this.#promises.set(this.#serial, { from, body });
  }

  #promise(to: HubId, { stream, number, to: reader }: ParcelBody): void {
    this.#sink.route(to, parcelMessage({ op: "taken", stream, number, to: reader }));
  }
}
